//! Pages.
use super::{Portal, Visitor, session, visitor::Remembered};
use askama::Template;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::{Html, IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use procura_service::Problem;
use procura_store::StoreError;

#[derive(Template)]
#[template(path = "portal/signed_out.html")]
struct SignedOut;

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
    #[error("the session's visitor cannot be read")]
    Visitor,
}
impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        tracing::error!(error = %self, "page failed");
        let page = FailurePage {
            title: "The portal cannot answer now",
            what_to_do: "Nothing is lost. Please try again in a minute.",
        };
        (
            StatusCode::SERVICE_UNAVAILABLE,
            Html(page.render().unwrap_or_default()),
        )
            .into_response()
    }
}

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
    let page = match session.map(|session| session.visitor) {
        None => SignedOut.render()?,
        Some(None) => Waiting {
            one_moment: response_code.is_some(),
        }
        .render()?,
        Some(Some(visitor)) => {
            let remembered: Remembered = serde_json::from_str(&visitor).map_err(|_| Failure::Visitor)?;
            SignedIn {
                visitor: &remembered.visitor,
            }
            .render()?
        }
    };
    Ok(Html(page).into_response())
}
/// What the portal knows of the session, for the browser that it belongs to: JSON, or 404 while nobody signed in.
pub(super) async fn session(State(portal): State<Portal>, headers: HeaderMap) -> Result<Response, Failure> {
    let visitor = session::current(&portal, &headers)
        .await?
        .and_then(|session| session.visitor);
    Ok(match visitor {
        None => Problem::not_found().into_response(),
        Some(visitor) => ([(header::CONTENT_TYPE, "application/json")], visitor).into_response(),
    })
}
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
