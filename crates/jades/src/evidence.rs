//! Evidence beside a credential: the same protected header, payload and signature as the compact JWS, in flattened JSON
//! with time-stamps.
//!
//! A compact JWS has no place for a time-stamp. Who issues keeps this beside it: it proves that the seal existed while its
//! certificate was good, and can be augmented further by [`Augmented`]. [`compact`] gives back the credential, character
//! for character.
use crate::{
    augment::{AugmentError, Augmented},
    document::{Document, Objects, ReadError, Serialisation},
};

/// Why something is no evidence, or no credential to keep evidence of.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum EvidenceError {
    /// It cannot be read, or a time-stamp does not hold.
    #[error(transparent)]
    Augment(#[from] AugmentError),
    /// The credential is no compact JWS.
    #[error("a credential is a compact JWS")]
    NotCompact,
    /// The evidence is not flattened JSON.
    #[error("evidence is one signature in flattened JSON")]
    NotFlattened,
    /// The payload is detached, or not base64url.
    #[error("the payload of a credential stands in it as base64url")]
    Payload,
    /// No time-stamp: nothing is proven.
    #[error("evidence takes a time-stamp at least")]
    NoTimeStamp,
}
impl From<ReadError> for EvidenceError {
    fn from(error: ReadError) -> Self {
        Self::Augment(error.into())
    }
}

/// What time-stamps over the credential are asked for.
///
/// # Errors
/// [`EvidenceError`]: no credential, or one whose seal does not verify.
pub fn imprint(credential: &str) -> Result<Vec<u8>, EvidenceError> {
    Ok(read(credential)?.signature_imprint(0)?)
}

/// The evidence: the credential with these tokens (RFC 3161, DER), each as a `sigTst` (level B-T).
///
/// # Errors
/// [`EvidenceError::NoTimeStamp`] without tokens; [`EvidenceError::Augment`] where one does not hold.
pub fn of(credential: &str, tokens: &[&[u8]]) -> Result<String, EvidenceError> {
    if tokens.is_empty() {
        return Err(EvidenceError::NoTimeStamp);
    }
    let mut evidence = read(credential)?;
    for token in tokens {
        evidence.add_signature_time_stamp(0, token)?;
    }
    Ok(evidence.to_json())
}

/// The credential of which this is the evidence, as it was issued. Nothing is verified here.
///
/// # Errors
/// [`EvidenceError`]: not in the form that [`of`] gives.
pub fn compact(evidence: &[u8]) -> Result<String, EvidenceError> {
    let document = Document::read(evidence)?;
    if document.serialisation != Serialisation::Flattened {
        return Err(EvidenceError::NotFlattened);
    }
    strings(&document)
}

fn read(credential: &str) -> Result<Augmented, EvidenceError> {
    let document = Document::read(credential.as_bytes())?;
    if document.serialisation != Serialisation::Compact || !document.deviations.is_empty() {
        return Err(EvidenceError::NotCompact);
    }
    strings(&document)?;
    Ok(Augmented::read(credential.as_bytes(), Objects::default())?)
}

fn strings(document: &Document) -> Result<String, EvidenceError> {
    let one = document.first()?;
    match &one.payload {
        Some(payload) if one.signed.encoded && !payload.is_empty() => {
            Ok([one.protected.as_str(), payload, &one.signature].join("."))
        }
        _ => Err(EvidenceError::Payload),
    }
}
