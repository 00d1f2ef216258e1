//! Refusals in the standard's words (CSC API v2 §10.2 and the tables of each method).
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde_json::json;

#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: &'static str,
    description: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            error,
            description: description.into(),
        }
    }
    /// The usual one.
    pub(super) fn invalid(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }
    pub(super) fn missing(kind: &str, parameter: &str) -> Self {
        Self::invalid(format!("Missing (or invalid type) {kind} parameter {parameter}"))
    }
    pub(super) fn parameter(parameter: &str) -> Self {
        Self::invalid(format!("Invalid parameter {parameter}"))
    }
    pub(super) fn token(error: &'static str) -> Self {
        let description = match error {
            "expired_token" => "The access or refresh token is expired or has been revoked",
            _ => "The token provided is not a valid OAuth access or refresh token",
        };
        Self::new(StatusCode::UNAUTHORIZED, error, description)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({"error": self.error, "error_description": self.description});
        (self.status, Json(body)).into_response()
    }
}
