//! Handing the Authorization Request out (DOME §3.3.4.2 step 7 to §3.3.4.3).

use crate::{
    nonce,
    pages::{EndedPage, html},
    parties::Parties,
    resources::{Seal, Time},
    transaction::state_of,
};
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use procura_protocol::vp::{
    AuthorizationRequest, Query as Asked, REQUEST_OBJECT_MEDIA_TYPE, REQUEST_OBJECT_TYP, RequestObject,
    transaction::{Requested, StepError},
};
use procura_service::{Problem, SystemRng};
use procura_store::{Store, StoreError, verifier};
use serde::Deserialize;

/// Why no request is handed out.
#[derive(Debug, thiserror::Error)]
pub enum RequestRefusal {
    /// No login has this `state`.
    #[error("no login has this state")]
    Unknown,
    /// The login, or its request, is over.
    #[error("the login or its request is over")]
    Gone,
    /// The seal did not work.
    #[error("the request could not be sealed: {0}")]
    Seal(#[from] procura_keys::SignerError),
    /// The database did not work.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our own settings make no request.
    #[error("the request cannot be written: {0}")]
    Request(#[from] url::ParseError),
}

impl IntoResponse for RequestRefusal {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown => Problem::new(StatusCode::NOT_FOUND, "PRO-4010", "There is no such sign-in"),
            Self::Gone => Problem::new(StatusCode::GONE, "PRO-4011", "This sign-in is over; start again"),
            Self::Seal(error) => {
                tracing::error!(%error, "the request could not be sealed");
                Problem::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "PRO-4012",
                    "The request cannot be sealed now",
                )
            }
            Self::Store(error) => Problem::internal(&error),
            Self::Request(error) => Problem::internal(&error),
        }
        .into_response()
    }
}

/// `?state=…`.
#[derive(Debug, Deserialize)]
pub struct ByState {
    /// The relying party's name of the login session.
    pub state: String,
}

/// `GET /authorization-requests?state=…`: the sealed request; to a browser that navigates here (`Sec-Fetch-Mode:
/// navigate`), a page that says what to do with this address. `HEAD` hands nothing out.
///
/// # Errors
/// [`RequestRefusal`].
#[utoipa::path(
    get,
    path = "/authorization-requests",
    params(("state" = String, Query, description = "From the QR code.")),
    responses(
        (
            status = 200,
            description = "The request, sealed as JAdES; to a browser that navigates (Sec-Fetch-Mode), a page for people.",
            content(
                (String = "application/oauth-authz-req+jwt"),
                (String = "text/html"),
            )
        ),
        (status = 404, description = "PRO-4010: no sign-in has this state.", content_type = "application/problem+json"),
        (status = 410, description = "PRO-4011: the sign-in or its request is over.", content_type = "application/problem+json"),
    ),
)]
pub async fn get(
    State(parties): State<Parties>,
    State(time): State<Time>,
    State(store): State<Store>,
    State(seal): State<Seal>,
    method: Method,
    headers: HeaderMap,
    query: Result<Query<ByState>, QueryRejection>,
) -> Result<Response, RequestRefusal> {
    // Whoever only asks what is here (a link preview, a monitor) does not take the first request from the wallet.
    if method == Method::HEAD || navigates(&headers) {
        return Ok(for_a_person());
    }
    let Query(ByState { state }) = query.map_err(|_| RequestRefusal::Unknown)?;
    let requested = hand_out(&store, state, time.now()).await?;
    let object = RequestObject::issue(request(&parties, &requested)?, requested.requested_at);
    let payload = object.claims().to_string();
    let sealed =
        procura_keys::seal(&*seal.0, REQUEST_OBJECT_TYP, None, payload.as_bytes(), time.now()).await?;
    tracing::info!(client = requested.terms.client, "request handed out");
    let mut response = sealed.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(REQUEST_OBJECT_MEDIA_TYPE),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// Whether a browser asks for something to show: a person scanned the code with a camera, or has no wallet that takes the
/// link over. The first request is kept for the wallet.
///
/// Browsers say that they navigate (Fetch Metadata §2.3) to every potentially trustworthy URL: https, and http on
/// 127.0.0.0/8 and localhost (Secure Contexts §3.1). `Accept` says nothing of the kind: the default of old Java clients
/// names `text/html` first and is content with anything. Whoever does not say it gets the request.
fn navigates(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-mode")
        .is_some_and(|mode| mode.as_bytes() == b"navigate")
}

fn for_a_person() -> Response {
    let words = "This address is for your wallet. Open your wallet, choose Scan, and point it at the code; or copy this \
                 address and give it to your wallet.";
    let mut response = html(StatusCode::OK, &EndedPage::new("Open this in your wallet", words));
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The step: at most one commit, none when the request is fetched again. Who fetches it again gets a nonce of its own.
async fn hand_out(store: &Store, state: String, now: Timestamp) -> Result<Requested, RequestRefusal> {
    // Twice, since another fetch may win the first: then this one is a repetition.
    for _ in 0..2 {
        let login = store
            .read(state.clone(), |tx, state| Box::pin(verifier::by_state(tx, state)))
            .await?
            .ok_or(RequestRefusal::Unknown)?;
        let mut requested = state_of(&login).request(now).map_err(|error: StepError| {
            tracing::info!(reason = %error, "no request handed out");
            RequestRefusal::Gone
        })?;
        if login.requested_at.is_some() {
            requested.terms.nonce = nonce::for_repetition(&login, &mut SystemRng);
            return Ok(requested);
        }
        let first = store
            .write((login.id, now), |tx, (id, now)| {
                Box::pin(verifier::request(tx, id, *now))
            })
            .await?;
        if first {
            return Ok(requested);
        }
    }
    Err(RequestRefusal::Gone)
}

fn request(parties: &Parties, requested: &Requested) -> Result<AuthorizationRequest, url::ParseError> {
    Ok(AuthorizationRequest {
        query: Asked::Scope(requested.terms.scope.clone()),
        client_id: parties.did().clone(),
        redirect_uri: parties.response_url().parse()?,
        state: requested.terms.state.clone(),
        nonce: requested.terms.nonce.clone(),
    })
}
