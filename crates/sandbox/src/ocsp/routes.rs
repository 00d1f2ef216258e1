//! OCSP over HTTP (RFC 6960 appendix A.1).
use super::{Behaviour, OcspResponder};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, StatusCode, header};
use procura_pki::ocsp::{REQUEST, RESPONSE};
use procura_service::error::Problem;

impl OcspResponder {
    /// `POST path` with the request as body, `GET path/{request}` with the base64 of the request.
    pub fn router(&self, path: &str) -> Router {
        Router::new()
            .route(path, post(ask))
            .route(&format!("{path}/{{*request}}"), get(ask_by_path))
            .with_state(self.clone())
    }

    async fn respond(self, request: Vec<u8>) -> Response {
        match self.0.behaviour {
            Behaviour::HttpError(status) => return status.into_response(),
            Behaviour::Silent => return std::future::pending().await,
            Behaviour::Garbage => return ([(header::CONTENT_TYPE, RESPONSE)], "not DER").into_response(),
            _ => {}
        }
        // A delegate's key may have to be made.
        match tokio::task::spawn_blocking(move || self.answer(&request)).await {
            Ok(der) => ([(header::CONTENT_TYPE, RESPONSE)], der).into_response(),
            Err(error) => Problem::internal(&error).into_response(),
        }
    }
}

/// The status of certificates (RFC 6960): body is an `OCSPRequest` in DER, the answer an `OCSPResponse`, a refusal
/// included.
#[utoipa::path(
    post,
    path = "/ocsp",
    request_body(description = "`OCSPRequest` in DER.", content_type = "application/ocsp-request"),
    responses(
        (status = 200, description = "`OCSPResponse` in DER: the status, or why it is not told.", content_type = "application/ocsp-response"),
        (status = 415, description = "PRO-9603: the body is not of type application/ocsp-request."),
    ),
)]
pub(crate) async fn ask(State(responder): State<OcspResponder>, headers: HeaderMap, body: Bytes) -> Response {
    if headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|sent| sent.as_bytes() != REQUEST.as_bytes())
    {
        let problem = Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "PRO-9603",
            "The status of certificates is asked for as application/ocsp-request",
        );
        return problem.into_response();
    }
    responder.respond(body.to_vec()).await
}

/// The same by GET (RFC 6960 appendix A.1): the path ends in the base64 of the `OCSPRequest`, percent-encoded.
#[utoipa::path(
    get,
    path = "/ocsp/{request}",
    params(("request" = String, Path, description = "`OCSPRequest` in base64, percent-encoded.", example = "MEMwQTA%2FMD0wOzAJBgUrDgMCGgUABBQAAQIDBAUGBwgJCgsMDQ4PEBESEwQUAAECAwQFBgcICQoLDA0ODxAREhMCAhI0")),
    responses(
        (status = 200, description = "`OCSPResponse` in DER: the status, or why it is not told.", content_type = "application/ocsp-response"),
    ),
)]
pub(crate) async fn ask_by_path(
    State(responder): State<OcspResponder>,
    Path(request): Path<String>,
) -> Response {
    // What is no base64 is answered as what is no request.
    responder
        .respond(STANDARD.decode(request).unwrap_or_default())
        .await
}
