//! JSON Web Signatures (RFC 7515), strict.
//!
//! A token is parsed completely before any key is touched; what does not verify gives no payload. Only the
//! protected header counts. `jwk`, `jku` and `x5u` are carried in [`Header::members`] and used by nobody here.
mod compact;
mod header;
mod json;
mod produce;

pub use compact::{CompactJws, Verified};
pub use header::{Header, MAX_CERTIFICATES, MAX_NAME, Understood};
pub use json::{JsonJws, JsonSignature, MAX_SIGNATURES};
pub use produce::{Prepared, sign};

/// Why a JWS was refused. No variant carries content of the token beyond names.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum JwsError {
    /// Not three base64url parts, or too large.
    #[error("not a compact JWS: {0}")]
    Format(&'static str),
    /// Header is not strict JSON.
    #[error("header: {0}")]
    Json(#[from] crate::json::JsonError),
    /// A header parameter is missing or malformed.
    #[error("header parameter {0:?} is missing or malformed")]
    Parameter(&'static str),
    /// `alg` is none, symmetric or unknown.
    #[error("alg {0:?} is not an algorithm for signatures")]
    Algorithm(String),
    /// A critical header that nobody here understands.
    #[error("critical header parameter {0:?} is not understood")]
    Critical(String),
    /// The algorithm is not on the caller's list.
    #[error("alg {0} is not allowed here")]
    NotAllowed(&'static str),
    /// The algorithm does not fit the key, or the key's own metadata forbids this use.
    #[error("alg {0} does not fit the key")]
    WrongKey(&'static str),
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// `typ` differs from what the profile demands.
    #[error("typ is not {0:?}")]
    Type(&'static str),
    /// A member of a JSON serialisation is missing, malformed or not expected.
    #[error("member {0:?} is missing, malformed or not expected")]
    Member(String),
    /// A name stands in both headers (RFC 7515 §7.2.1).
    #[error("{0:?} stands in the protected and in the unprotected header")]
    Overlap(String),
    /// The provider made no signature.
    #[error("signing failed")]
    Signing,
}
