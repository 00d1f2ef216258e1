//! The JSON body of an error (RFC 6749 §5.2), with the nonce that OpenID4VCI draft 11 §7.3.2 adds.
use super::ErrorCode;
use crate::Secret;
use procura_jose::json::{self, JsonError, Limits};
use serde::{Deserialize, Serialize};

/// An error as a server answers it.
///
/// ```
/// use procura_protocol::oauth::{ErrorCode, ErrorResponse};
/// let body = ErrorResponse::new(ErrorCode::InvalidGrant, "the code cannot be redeemed");
/// let read = ErrorResponse::parse(&serde_json::to_vec(&body).unwrap()).unwrap();
/// assert_eq!(read.code(), Some(ErrorCode::InvalidGrant));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorResponse {
    /// The code as received; [`ErrorResponse::code`] reads it.
    pub error: String,
    /// For a developer: ASCII without `"` and `\`, no secrets, no personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_description: Option<String>,
    /// A fresh nonce for the next proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c_nonce: Option<Secret>,
    /// Its life-time in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub c_nonce_expires_in: Option<u64>,
}
impl ErrorResponse {
    /// With a description.
    #[must_use]
    pub fn new(code: ErrorCode, description: &str) -> Self {
        Self {
            error: code.as_str().to_owned(),
            error_description: Some(description.to_owned()),
            c_nonce: None,
            c_nonce_expires_in: None,
        }
    }
    /// The same with a fresh nonce.
    #[must_use]
    pub fn with_nonce(self, c_nonce: Secret, expires_in: u64) -> Self {
        Self {
            c_nonce: Some(c_nonce),
            c_nonce_expires_in: Some(expires_in),
            ..self
        }
    }
    /// The code, if it is one that we know.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        ErrorCode::from_name(&self.error)
    }
    /// Reads the body of a stranger's server.
    pub fn parse(body: &[u8]) -> Result<Self, JsonError> {
        let object = json::parse_object(
            body,
            Limits {
                size: 16 * 1024,
                depth: 8,
            },
        )?;
        serde_json::from_value(object.into()).map_err(|e| JsonError::Syntax(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_documents_error_is_written() {
        let body = ErrorResponse::new(
            ErrorCode::InvalidOrMissingProof,
            "Credential Issuer requires proof to be bound to a Credential Issuer provided nonce.",
        )
        .with_nonce(Secret::new("8YE9hCnyV2"), 300);
        assert_eq!(
            serde_json::to_value(&body).unwrap(),
            json!({
                "error": "invalid_or_missing_proof",
                "error_description":
                    "Credential Issuer requires proof to be bound to a Credential Issuer provided nonce.",
                "c_nonce": "8YE9hCnyV2",
                "c_nonce_expires_in": 300
            })
        );
    }

    #[test]
    fn an_unknown_code_is_kept_and_not_understood() {
        let read = ErrorResponse::parse(br#"{"error":"new_thing","x":1}"#).unwrap();
        assert_eq!((read.code(), read.error.as_str()), (None, "new_thing"));
        assert!(ErrorResponse::parse(br#"{"description":"x"}"#).is_err());
    }
}
