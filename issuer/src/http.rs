//! Routes: what wallets reach, and what operators reach.
pub(crate) mod management;
pub(crate) mod page;
pub(crate) mod public;
mod wish;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use procura_protocol::oauth::ErrorCode;
use procura_service::{OAuthErrorResponse, Problem};

/// A refusal of an OAuth endpoint with its stable code.
fn oauth(error: ErrorCode, code: &'static str, description: &str) -> OAuthErrorResponse {
    OAuthErrorResponse::new(error.as_str())
        // RFC 6749 §5.2 has no double quotes in a description.
        .with_description(description.replace('"', "'"))
        .with("code", code)
}

/// Our own failure on an OAuth endpoint: the reason goes to the log only.
fn unavailable(reason: &dyn core::fmt::Display) -> Response {
    tracing::error!(code = "PRO-2190", %reason, "internal failure");
    oauth(
        ErrorCode::TemporarilyUnavailable,
        "PRO-2190",
        "this service failed; try again later",
    )
    .with_status(StatusCode::SERVICE_UNAVAILABLE)
    .into_response()
}

/// 401 or 403 of RFC 6750 §3.
fn challenge(mut response: Response, challenge: &'static str) -> Response {
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}

/// There is no such route.
async fn nowhere() -> Problem {
    Problem::not_found()
}
