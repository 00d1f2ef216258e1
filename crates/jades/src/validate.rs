//! Validating: format, signing certificate, cryptography, claimed time. Chains are `pki`'s and the caller's.
use jiff::Timestamp;
use procura_jose::{AlgorithmSet, CompactJws};
use procura_pki::Certificate;

/// Rules about the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Profile {
    /// TS 119 182-1 V1.2.1 B-B: exactly one certificate reference (`x5t#S256`), `iat`, `x5c`; `sigT` refused.
    Credential,
    /// `strict` plus `sigT` where signed before 2025-07-15.
    Strict,
    /// What deployed DOME peers send: `x5c` only, or `sigT` at any date. Off by default; flagged.
    Deployed,
}
/// Why a signature was refused, with the indication of EN 319 102-1 by `indication()`.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum SignatureError {
    /// Format or header.
    #[error("format: {0}")]
    Format(String),
    /// No usable signing certificate: missing, unreadable, or not the one that is referred to.
    #[error("signing certificate: {0}")]
    SigningCertificate(String),
    /// The signature value.
    #[error("the signature does not verify by the signing certificate")]
    Cryptography,
    /// Claimed time missing, in the future, or outside of the certificate's validity.
    #[error("claimed signing time: {0}")]
    ClaimedTime(String),
    /// Algorithm or key size is not acceptable at this time.
    #[error("algorithm: {0}")]
    Algorithm(String),
}
impl SignatureError {
    /// The indication.
    pub fn indication(&self) -> (procura_ades::Indication, procura_ades::SubIndication) {
        todo!()
    }
}
/// A signature whose format, signing certificate, value and claimed time hold. Says nothing yet of trust.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The JWS.
    pub jws: CompactJws,
    /// The signing certificate (x5c[0], designated by x5t#S256).
    pub certificate: Certificate,
    /// The other certificates of `x5c`: candidates for the path, never anchors.
    pub others: Vec<Certificate>,
    /// `iat`: a claim, not evidence.
    pub claimed_time: Option<Timestamp>,
    /// Deviations that the profile tolerated, in words.
    pub tolerated: Vec<String>,
}
impl Signature {
    /// The payload that was signed.
    pub fn payload(&self) -> &[u8] {
        todo!()
    }
}
/// Validates a compact JAdES at `now` (skew 60 s on the claimed time).
pub fn validate(
    _text: &str,
    _profile: Profile,
    _allowed: &AlgorithmSet,
    _now: Timestamp,
) -> Result<Signature, SignatureError> {
    todo!()
}
