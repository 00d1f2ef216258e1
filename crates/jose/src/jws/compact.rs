//! The compact serialisation (RFC 7515 §7.1).
use super::{Header, JwsError, Understood};
use crate::{
    algorithm::AlgorithmSet,
    base64url,
    json::{JsonError, Limits},
    jwk::Jwk,
};
use procura_crypto::PublicKey;

/// A compact JWS, parsed and not yet verified.
#[derive(Clone, Debug)]
pub struct CompactJws {
    /// Protected header.
    pub header: Header,
    payload: Vec<u8>,
    signature: Vec<u8>,
    signing_input: String,
}
impl CompactJws {
    /// Parses. `b64` must not be false. Unknown `crit` is refused. White space around the token is refused too:
    /// nothing that a token travels in adds any.
    pub fn parse(text: &str, understood: Understood<'_>, limits: Limits) -> Result<Self, JwsError> {
        if text.len() > limits.size {
            return Err(JwsError::Json(JsonError::TooLarge(limits.size)));
        }
        let mut parts = text.split('.');
        let (Some(protected), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JwsError::Format("it has not exactly three parts"));
        };
        Self::from_parts(protected, payload, signature, understood, limits)
    }
    pub(super) fn from_parts(
        protected: &str,
        payload: &str,
        signature: &str,
        understood: Understood<'_>,
        limits: Limits,
    ) -> Result<Self, JwsError> {
        let header = Header::decode(protected, understood, limits)?;
        let signing_input = format!("{protected}.{payload}");
        let payload =
            base64url::decode(payload).ok_or(JwsError::Format("the payload is not canonical base64url"))?;
        let signature = base64url::decode(signature)
            .filter(|bytes| !bytes.is_empty())
            .ok_or(JwsError::Format(
                "the signature is empty or not canonical base64url",
            ))?;
        Ok(Self {
            header,
            payload,
            signature,
            signing_input,
        })
    }
    /// The payload: signed by somebody, nobody knows yet by whom.
    #[must_use]
    pub fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }
    /// What is signed.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }
    /// The protected header and the payload as they were received, in base64url.
    #[must_use]
    pub fn encoded_parts(&self) -> (&str, &str) {
        self.signing_input.split_once('.').unwrap_or_default()
    }
    /// The signature value.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
    /// Verifies; the payload comes out only here.
    pub fn verify(&self, key: &PublicKey, allowed: &AlgorithmSet) -> Result<Verified<'_>, JwsError> {
        let alg = self.header.alg;
        if !allowed.contains(alg) {
            return Err(JwsError::NotAllowed(alg.name()));
        }
        if !allowed.fits(alg, key) {
            return Err(JwsError::WrongKey(alg.name()));
        }
        procura_crypto::signature::verify(key, alg.scheme(), self.signing_input(), &self.signature)
            .map(|()| Verified { jws: self })
            .map_err(|_| JwsError::Signature)
    }
    /// Verifies with a JWK whose own `alg`, `use` and `key_ops` must allow it.
    pub fn verify_with(&self, key: &Jwk, allowed: &AlgorithmSet) -> Result<Verified<'_>, JwsError> {
        if !key.may_verify(self.header.alg) {
            return Err(JwsError::WrongKey(self.header.alg.name()));
        }
        self.verify(&key.key, allowed)
    }
}
/// A JWS whose signature was verified by a key.
#[derive(Debug)]
pub struct Verified<'a> {
    jws: &'a CompactJws,
}
impl Verified<'_> {
    /// The header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.jws.header
    }
    /// The payload.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.jws.payload
    }
}
