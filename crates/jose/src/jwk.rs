//! JSON Web Keys (RFC 7517), public ones only.
use crate::algorithm::Algorithm;
use procura_crypto::PublicKey;
use serde_json::{Map, Value};

/// A public JWK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    /// The key.
    pub key: PublicKey,
    /// `kid`.
    pub kid: Option<String>,
    /// `alg`; a key with an `alg` serves that algorithm only.
    pub alg: Option<Algorithm>,
    /// `use`.
    pub usage: Option<String>,
}
/// Why a JWK was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum JwkError {
    /// It holds private members.
    #[error("a public key was expected, this one holds {0:?}")]
    Private(&'static str),
    /// A member is missing or malformed.
    #[error("member {0:?} is missing or malformed")]
    Member(&'static str),
    /// Unsupported type, curve or algorithm.
    #[error("unsupported key")]
    Unsupported,
}
impl Jwk {
    /// Without metadata.
    #[must_use]
    pub fn of(key: PublicKey) -> Self {
        Self { key, kid: None, alg: None, usage: None }
    }
    /// From its JSON form.
    pub fn from_json(_object: &Map<String, Value>) -> Result<Self, JwkError> {
        todo!()
    }
    /// Its JSON form.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        todo!()
    }
    /// RFC 7638 thumbprint with SHA-256, base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        todo!()
    }
}
/// A JWK set.
#[derive(Clone, Debug, Default)]
pub struct JwkSet(pub Vec<Jwk>);
impl JwkSet {
    /// From its JSON form; keys of unknown type are skipped (RFC 7517 §5).
    pub fn from_json(_object: &Map<String, Value>) -> Result<Self, JwkError> {
        todo!()
    }
    /// Its JSON form.
    #[must_use]
    pub fn to_json(&self) -> Value {
        todo!()
    }
    /// The key with this `kid`; `None` when absent or not unique.
    #[must_use]
    pub fn find(&self, _kid: &str) -> Option<&Jwk> {
        todo!()
    }
}
