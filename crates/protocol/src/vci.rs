//! Issuance: OpenID4VCI as the DOME document profiles it (an early draft, draft 11 in shape).
//!
//! Both sides' messages, typed: an issuer builds what a wallet parses and the other way round. Everything here is
//! pure; time and randomness are arguments, and what must be unique or single-use is the store's to hold.
//!
//! Refused: a link with anything but one `credential_offer_uri`, metadata that names another issuer, parameters
//! that stand twice, proofs by symmetric algorithms or by a key that is not the `kid`'s.
//! Ignored, because the specification says so: unknown members and unknown parameters.
mod credential;
mod identifier;
mod metadata;
mod offer;
mod proof;
mod state;
mod token;

pub use credential::{CredentialRequest, CredentialResponse, JWT_VC_JSON, ProofParameter};
pub use identifier::{IdentifierError, IssuerIdentifier, endpoint};
pub use metadata::{
    AuthorizationServerMetadata, CredentialSchemas, CredentialSupported, IssuerMetadata, MetadataError,
    Resolved, resolve,
};
pub use offer::{CredentialOffer, OfferError, OfferLink, PRE_AUTHORIZED_CODE_GRANT};
pub use proof::{PROOF_TYPE, ProofError, ProofExpectations, ProvenHolder, build_proof, verify_proof};
pub use state::{
    CredentialRefusal, GrantRefusal, Issued, MAX_PIN_ATTEMPTS, Offered, PinVerifier, Redeemed, Redemption,
    Revoked,
};
pub use token::{Pin, PinError, TokenRequest, TokenRequestError, TokenResponse};

use procura_jose::json::JsonError;

/// A message of the other side cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum MessageError {
    /// Not strict JSON.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A member is missing or of the wrong type.
    #[error("member {0:?} is missing or malformed")]
    Member(&'static str),
    /// A member has a value that this profile does not allow.
    #[error("member {0:?} has a value that is not allowed here: {1}")]
    Value(&'static str, &'static str),
}

/// Reads members of a strict JSON object; unknown ones are ignored.
struct Members<'a>(&'a serde_json::Map<String, serde_json::Value>);
impl<'a> Members<'a> {
    fn text(&self, name: &'static str) -> Result<&'a str, MessageError> {
        self.optional_text(name)?.ok_or(MessageError::Member(name))
    }
    fn optional_text(&self, name: &'static str) -> Result<Option<&'a str>, MessageError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(serde_json::Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(MessageError::Member(name)),
        }
    }
    fn seconds(&self, name: &'static str) -> Result<u64, MessageError> {
        self.optional_seconds(name)?.ok_or(MessageError::Member(name))
    }
    fn optional_seconds(&self, name: &'static str) -> Result<Option<u64>, MessageError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or(MessageError::Member(name)),
        }
    }
    fn optional_texts(&self, name: &'static str) -> Result<Option<Vec<String>>, MessageError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(serde_json::Value::Array(entries)) => entries
                .iter()
                .map(|entry| {
                    entry
                        .as_str()
                        .map(str::to_owned)
                        .ok_or(MessageError::Member(name))
                })
                .collect::<Result<_, _>>()
                .map(Some),
            Some(_) => Err(MessageError::Member(name)),
        }
    }
}
