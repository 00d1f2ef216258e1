//! JSON Web Signatures (RFC 7515), strict.
use crate::{algorithm::{Algorithm, AlgorithmSet}, json::Limits};
use procura_crypto::PublicKey;
use serde_json::{Map, Value};

/// The `crit` names that the caller understands and will process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Understood<'a>(pub &'a [&'a str]);

/// A protected header: parsed once, strictly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// `alg`.
    pub alg: Algorithm,
    /// `typ`.
    pub typ: Option<String>,
    /// `cty`.
    pub cty: Option<String>,
    /// `kid`.
    pub kid: Option<String>,
    /// `x5c`, DER, signer first.
    pub x5c: Option<Vec<Vec<u8>>>,
    /// `x5t#S256`.
    pub x5t_s256: Option<[u8; 32]>,
    /// `crit`, all of them understood and present.
    pub crit: Vec<String>,
    /// Every member as received.
    pub members: Map<String, Value>,
}
/// Why a JWS was refused before any cryptography. No variant carries content of the token beyond names.
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
    /// The algorithm does not fit the key.
    #[error("alg {0} does not fit the key")]
    WrongKey(&'static str),
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// `typ` differs from what the profile demands.
    #[error("typ is not {0:?}")]
    Type(&'static str),
}
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
    /// Parses. `b64` must not be false. Unknown `crit` is refused.
    pub fn parse(_text: &str, _understood: Understood<'_>, _limits: Limits) -> Result<Self, JwsError> {
        todo!()
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
    /// The signature value.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
    /// Verifies; the payload comes out only here.
    pub fn verify(&self, _key: &PublicKey, _allowed: &AlgorithmSet) -> Result<Verified<'_>, JwsError> {
        todo!()
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
/// A flattened or general JWS in JSON serialisation: recognised so that it is refused or judged per signature.
#[derive(Clone, Debug)]
pub struct JsonJws {
    /// One entry a signature.
    pub signatures: Vec<JsonSignature>,
}
/// One signature of a JSON JWS: its protected header, never merged with the unprotected one.
#[derive(Clone, Debug)]
pub struct JsonSignature {
    /// As if it were compact.
    pub jws: CompactJws,
    /// Unprotected header.
    pub unprotected: Map<String, Value>,
}
impl JsonJws {
    /// Parses either JSON serialisation (RFC 7515 §7.2).
    pub fn parse(_bytes: &[u8], _understood: Understood<'_>, _limits: Limits) -> Result<Self, JwsError> {
        todo!()
    }
}
/// A JWS about to be signed: the exact bytes are fixed.
#[derive(Clone, Debug)]
pub struct Prepared {
    signing_input: String,
}
impl Prepared {
    /// Fixes header and payload. `header` must hold `alg`.
    pub fn new(_header: &Map<String, Value>, _payload: &[u8]) -> Result<Self, JwsError> {
        todo!()
    }
    /// The bytes to sign.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.signing_input.as_bytes()
    }
    /// The compact serialisation.
    #[must_use]
    pub fn finish(self, _signature: &[u8]) -> String {
        todo!()
    }
}
/// Signs with a key in memory: `alg` is set from `algorithm`.
pub fn sign(
    _key: &procura_crypto::PrivateKey,
    _algorithm: Algorithm,
    _header: Map<String, Value>,
    _payload: &[u8],
) -> Result<String, JwsError> {
    todo!()
}
