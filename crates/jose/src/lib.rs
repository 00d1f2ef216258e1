//! Strict JOSE: one parser, protected and unprotected headers never merged.
//!
//! JWS in compact and JSON form (RFC 7515), JWK (RFC 7517, RFC 7638), JWT claims (RFC 7519), with the rules of
//! RFC 8725: the algorithm is on the caller's list and fits the key before any arithmetic, types are demanded,
//! duplicate members, unknown `crit` names, `b64: false`, lax base64, floating dates, deep or large input are
//! refused. `none` and HMAC cannot be expressed. Nothing here follows `jku`, `jwk` or `x5u`.
//!
//! ```
//! use procura_jose::{Algorithm, AlgorithmSet, CompactJws, Understood, json::Limits, jws};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = procura_crypto::PrivateKey::generate(Algorithm::Es256.key_kind())?;
//! let token = jws::sign(&key, Algorithm::Es256, serde_json::Map::new(), b"{}")?;
//!
//! let parsed = CompactJws::parse(&token, Understood::default(), Limits::default())?;
//! let verified = parsed.verify(key.public_key(), &AlgorithmSet::new(&[Algorithm::Es256]))?;
//! assert_eq!(verified.payload(), b"{}");
//! # Ok(())
//! # }
//! ```
pub mod algorithm;
pub mod base64url;
pub mod json;
pub mod jwk;
pub mod jws;
pub mod jwt;

pub use algorithm::{Algorithm, AlgorithmSet};
pub use jwk::{Jwk, JwkSet};
pub use jws::{CompactJws, Header, JsonJws, Understood};
