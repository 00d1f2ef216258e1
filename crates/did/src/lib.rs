//! DID syntax and documents; did:key, did:elsi. SKELETON.
use procura_crypto::PublicKey;
use procura_jose::Algorithm;
use procura_pki::OrganizationIdentifier;

/// A DID, valid by syntax (W3C DID Core §3.1), without path, query or fragment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Did(String);
/// Why text is not a DID that we know.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum DidError {
    /// Syntax.
    #[error("not a DID")]
    Syntax,
    /// Another method than asked for.
    #[error("not a did:{0}")]
    Method(&'static str),
    /// The method-specific identifier is malformed.
    #[error("malformed identifier: {0}")]
    Identifier(&'static str),
}
impl Did {
    /// Parses.
    pub fn parse(_text: &str) -> Result<Self, DidError> {
        todo!()
    }
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Method name.
    pub fn method(&self) -> &str {
        todo!()
    }
}
impl TryFrom<String> for Did {
    type Error = DidError;
    fn try_from(t: String) -> Result<Self, DidError> {
        Self::parse(&t)
    }
}
impl From<Did> for String {
    fn from(d: Did) -> Self {
        d.0
    }
}
impl core::fmt::Display for Did {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}
/// did:key: the key is the identifier.
pub mod key {
    use super::{Did, DidError, PublicKey};
    /// The did:key of a public key (P-256, P-384, secp256k1, Ed25519).
    pub fn encode(_key: &PublicKey) -> Result<Did, DidError> {
        todo!()
    }
    /// The key of a did:key.
    pub fn decode(_did: &Did) -> Result<PublicKey, DidError> {
        todo!()
    }
    /// Resolves a `kid`: `did:key:z…#z…` (the fragment must repeat the identifier) or, tolerated, the bare DID.
    pub fn from_kid(_kid: &str) -> Result<(Did, PublicKey), DidError> {
        todo!()
    }
    /// `did:key:z…#z…`.
    pub fn verification_method(_did: &Did) -> String {
        todo!()
    }
}
/// did:elsi: the organizationIdentifier of an eIDAS certificate.
pub mod elsi {
    use super::{Did, DidError, OrganizationIdentifier};
    /// `did:elsi:` + identifier, percent-encoded where DID syntax demands it.
    pub fn derive(_identifier: &OrganizationIdentifier) -> Did {
        todo!()
    }
    /// The identifier of a did:elsi, percent-decoded and checked.
    pub fn identifier(_did: &Did) -> Result<OrganizationIdentifier, DidError> {
        todo!()
    }
    /// The minimal, deterministic document.
    pub fn document(_did: &Did) -> Result<serde_json::Value, DidError> {
        todo!()
    }
}
/// Algorithm that a did:key's key signs with.
pub fn algorithm(_key: &PublicKey) -> Option<Algorithm> {
    todo!()
}
