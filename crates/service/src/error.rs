//! What goes out when something goes wrong: a problem (RFC 9457) or an OAuth error (RFC 6749 §5.2).
//!
//! Both are `no-store`. A [`Problem`] names a stable code of `docs/errors.md` and the id of the request, by which the log
//! has the rest.
use crate::shell::request_id;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

/// A refusal of our own interfaces, as `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// `PRO-nnnn`.
    pub code: &'static str,
    /// What is wrong, the same for every occurrence.
    pub title: &'static str,
    /// What is wrong here and what mends it; never a secret, never who.
    pub detail: Option<String>,
}

#[derive(Serialize)]
struct ProblemBody<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl Problem {
    /// A problem without detail.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self {
            status,
            code,
            title,
            detail: None,
        }
    }

    /// With what is wrong here.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// There is nothing under this path, or not for this caller.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "PRO-9404", "There is nothing here")
    }

    /// Our own failure: `reason` goes to the log only.
    #[must_use]
    pub fn internal(reason: &dyn core::fmt::Display) -> Self {
        tracing::error!(%reason, "internal failure");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "PRO-9500",
            "This service failed",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            r#type: format!("urn:procura:error:{}", self.code),
            title: self.title,
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail.as_deref(),
            request_id: request_id().map(|id| id.0),
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// A refusal as OAuth and OpenID specifications write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthErrorResponse {
    /// HTTP status.
    pub status: StatusCode,
    /// The specification's code, `invalid_grant`.
    pub error: String,
    /// For developers; other than printable ASCII without `"` and `\` (RFC 6749 §5.2) is replaced.
    pub error_description: Option<String>,
    /// Members that a specification adds (`c_nonce`, `c_nonce_expires_in`, …).
    pub more: serde_json::Map<String, serde_json::Value>,
}

impl OAuthErrorResponse {
    /// An error with status 400.
    #[must_use]
    pub fn new(error: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            error: error.into(),
            error_description: None,
            more: serde_json::Map::new(),
        }
    }

    /// With another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With a description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.error_description = Some(description.into());
        self
    }

    /// With one more member.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<serde_json::Value>) -> Self {
        self.more.insert(member.to_owned(), value.into());
        self
    }
}

impl IntoResponse for OAuthErrorResponse {
    fn into_response(self) -> Response {
        let ascii = |text: &str| -> String {
            text.chars()
                .map(|c| {
                    if matches!(c, ' '..='!' | '#'..='[' | ']'..='~') {
                        c
                    } else {
                        '?'
                    }
                })
                .collect()
        };
        let mut body = self.more;
        body.insert("error".into(), ascii(&self.error).into());
        if let Some(description) = &self.error_description {
            body.insert("error_description".into(), ascii(description).into());
        }
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
