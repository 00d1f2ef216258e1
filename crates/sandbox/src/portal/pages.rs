//! Pages.
use super::{
    Portal, Visitor, session,
    visitor::{Remembered, VaultError},
};
use askama::Template;
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    response::{Html, IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use procura_service::Problem;
use procura_store::{StoreError, portal::Session};

#[derive(Template)]
#[template(path = "portal/signed_out.html")]
struct SignedOut<'a> {
    further: Vec<Choice<'a>>,
}
/// A mandate of another kind to sign in with.
struct Choice<'a> {
    scope: &'a str,
    /// The credential's type: what the scope ends with.
    name: &'a str,
}
impl<'a> SignedOut<'a> {
    fn of(portal: &'a Portal) -> Self {
        let further = portal.0.config.further_scopes.iter().map(|scope| Choice {
            scope,
            name: scope.rsplit('.').next().unwrap_or(scope),
        });
        Self {
            further: further.collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "portal/waiting.html")]
struct Waiting {
    /// The browser came back before the notification: look again.
    one_moment: bool,
}

/// What a browser brings back from the verifier.
#[derive(serde::Deserialize)]
pub(super) struct Back {
    response_code: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/signed_in.html")]
struct SignedIn<'a> {
    visitor: &'a Visitor,
}
#[derive(Template)]
#[template(path = "portal/failure.html")]
struct FailurePage {
    title: &'static str,
    what_to_do: &'static str,
}

/// A page cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("database: {0}")]
    Store(#[from] StoreError),
    #[error("page: {0}")]
    Page(#[from] askama::Error),
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A browser asks for what logins here do not ask for.
    #[error("no login here asks for this scope")]
    Scope,
}
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, title, what_to_do) = match self {
            Self::Scope => (
                StatusCode::BAD_REQUEST,
                "There is no such way to sign in",
                "Please begin on the first page.",
            ),
            Self::Store(_) | Self::Page(_) | Self::Vault(_) => {
                tracing::error!(error = %self, "page failed");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The portal cannot answer now",
                    "Nothing is lost. Please try again in a minute.",
                )
            }
        };
        let page = FailurePage { title, what_to_do };
        (status, Html(page.render().unwrap_or_default())).into_response()
    }
}

/// The first page: welcome, waiting, or greeting.
#[utoipa::path(
    get,
    path = "/",
    params(("response_code" = Option<String>, Query, description = "What the verifier gave the browser.")),
    responses(
        (status = 200, description = "Page.", content_type = "text/html"),
        (status = 303, description = "The browser is signed in; the code leaves the address."),
        (status = 503, description = "Try again.", content_type = "text/html"),
    ),
)]
pub(super) async fn home(
    State(portal): State<Portal>,
    headers: HeaderMap,
    back: Result<Query<Back>, QueryRejection>,
) -> Result<Response, Failure> {
    let response_code = back.ok().and_then(|Query(back)| back.response_code);
    let session = session::current(&portal, &headers).await?;
    if let (Some(session), Some(response_code)) = (&session, &response_code)
        && (session.visitor.is_some() || session::complete(&portal, &headers, response_code).await?)
    {
        // The code leaves the address.
        return Ok(Redirect::to("/").into_response());
    }
    let page = match session {
        None => SignedOut::of(&portal).render()?,
        Some(session) => match remembered(&portal, &session)? {
            None => Waiting {
                one_moment: response_code.is_some(),
            }
            .render()?,
            Some(remembered) => SignedIn {
                visitor: &remembered.visitor,
            }
            .render()?,
        },
    };
    Ok(Html(page).into_response())
}
/// What the portal knows of the session, for the browser that it belongs to: JSON, or 404 while nobody signed in.
#[utoipa::path(
    get,
    path = "/session",
    responses(
        (status = 200, description = "`visitor` and `access_token` (header and claims).", content_type = "application/json"),
        (status = 404, description = "Nobody is signed in by this cookie."),
        (status = 503, description = "Try again.", content_type = "text/html"),
    ),
)]
pub(super) async fn session(State(portal): State<Portal>, headers: HeaderMap) -> Result<Response, Failure> {
    let session = session::current(&portal, &headers).await?;
    let remembered = session
        .map(|session| remembered(&portal, &session))
        .transpose()?
        .flatten();
    Ok(match remembered {
        None => Problem::not_found().into_response(),
        Some(remembered) => Json(remembered).into_response(),
    })
}
/// What a completed session remembers.
fn remembered(portal: &Portal, session: &Session) -> Result<Option<Remembered>, Failure> {
    let sealed = session.visitor.as_deref();
    Ok(sealed
        .map(|sealed| Remembered::open(&portal.0.vault, &session.state, sealed))
        .transpose()?)
}
/// The style sheet.
#[utoipa::path(
    get,
    path = "/style.css",
    responses((status = 200, description = "Style sheet.", content_type = "text/css")),
)]
pub(super) async fn style() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, include_str!("../../templates/portal/style.css"))
}
pub(super) async fn not_found() -> Result<Response, Failure> {
    let page = FailurePage {
        title: "There is no such page",
        what_to_do: "Please begin on the first page.",
    };
    Ok((StatusCode::NOT_FOUND, Html(page.render()?)).into_response())
}
