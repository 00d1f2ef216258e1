//! Strict JOSE: one parser, protected and unprotected headers never merged. SKELETON.
pub mod algorithm;
pub mod base64url;
pub mod json;
pub mod jwk;
pub mod jws;
pub mod jwt;

pub use algorithm::{Algorithm, AlgorithmSet};
pub use jwk::{Jwk, JwkSet};
pub use jws::{CompactJws, Header, JsonJws, Understood};
