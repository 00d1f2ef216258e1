//! Error codes on the wire (RFC 6749 §5.2, RFC 6750 §3.1, OpenID4VCI draft 11 §7.3.1, OpenID4VP §6.4).

use serde::{Deserialize, Serialize};

/// A registered error code. One list for all endpoints: the route decides which of them it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorCode {
    /// RFC 6749 §5.2: malformed, incomplete, a parameter twice.
    InvalidRequest,
    /// RFC 6749 §5.2: who asks is not known or not who it says.
    InvalidClient,
    /// RFC 6749 §5.2: unknown, expired, used or locked code and wrong PIN alike.
    InvalidGrant,
    /// RFC 6749 §5.2: this client may not do this.
    UnauthorizedClient,
    /// RFC 6749 §5.2.
    UnsupportedGrantType,
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
    /// RFC 6749 §5.2: the scope stands for nothing here.
    InvalidScope,
    /// RFC 6749 §4.1.2.1: refused by policy or by the person; a presentation that was not proven.
    AccessDenied,
    /// RFC 6749 §4.1.2.1.
    ServerError,
    /// RFC 6749 §4.1.2.1: try again later.
    TemporarilyUnavailable,
    /// RFC 6750 §3.1: access token missing, expired, malformed or revoked.
    InvalidToken,
    /// RFC 6750 §3.1: the token does not reach this far.
    InsufficientScope,
    /// DOME §3.3.3, OpenID4VCI draft 11 §7.3.1: with a fresh `c_nonce`.
    InvalidOrMissingProof,
    /// OpenID4VCI draft 11 §7.3.1.
    UnsupportedCredentialType,
    /// OpenID4VCI draft 11 §7.3.1.
    UnsupportedCredentialFormat,
    /// OpenID4VP §6.4: another format was presented than is accepted.
    VpFormatsNotSupported,
}

impl ErrorCode {
    /// As it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::InvalidScope => "invalid_scope",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::InvalidOrMissingProof => "invalid_or_missing_proof",
            Self::UnsupportedCredentialType => "unsupported_credential_type",
            Self::UnsupportedCredentialFormat => "unsupported_credential_format",
            Self::VpFormatsNotSupported => "vp_formats_not_supported",
        }
    }

    /// The code of a wire name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::from(name)).ok()
    }
}

impl core::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn a_code_is_written_and_read_by_its_registered_name() {
        for code in [
            ErrorCode::InvalidRequest,
            ErrorCode::InvalidGrant,
            ErrorCode::AccessDenied,
            ErrorCode::UnsupportedResponseType,
            ErrorCode::InvalidOrMissingProof,
            ErrorCode::UnsupportedCredentialFormat,
            ErrorCode::VpFormatsNotSupported,
        ] {
            let json = serde_json::to_string(&code).expect("a string");
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(ErrorCode::from_name(code.as_str()), Some(code));
        }
    }
}
