//! OAuth 2.0 as far as both sides speak it: error codes (RFC 6749 §5.2 and the drafts on it), a verifier's metadata
//! (RFC 8414, OpenID Connect Discovery 1.0), and access tokens (RFC 9068) that carry the credential that was proven.

pub mod access_token;
pub mod error;
pub mod error_response;
pub mod metadata;

pub use access_token::{AccessToken, TokenError, TokenExpectations};
pub use error::ErrorCode;
pub use error_response::ErrorResponse;
pub use metadata::{Accepted, VerifierMetadata};
