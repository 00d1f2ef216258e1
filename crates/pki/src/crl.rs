//! Certificate revocation lists (RFC 5280 §5).
use crate::certificate::Certificate;
use jiff::Timestamp;

/// A parsed CRL.
#[derive(Clone, Debug)]
pub struct Crl {
    _todo: (),
}
/// Why a CRL says nothing about a certificate.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum CrlError {
    /// Not a CRL.
    #[error("not a CRL: {0}")]
    Malformed(&'static str),
    /// Another issuer.
    #[error("the CRL is not the issuer's")]
    Issuer,
    /// The signature does not verify.
    #[error("the CRL's signature does not verify")]
    Signature,
    /// Not current.
    #[error("the CRL is not current: {this_update} to {next_update:?}")]
    Stale {
        /// thisUpdate.
        this_update: Timestamp,
        /// nextUpdate.
        next_update: Option<Timestamp>,
    },
    /// Delta, indirect, or another distribution point.
    #[error("the CRL's scope does not cover the certificate: {0}")]
    Scope(&'static str),
    /// Unknown critical extension.
    #[error("the CRL has an unknown critical extension")]
    Critical,
}
/// What revocation data say of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub enum RevocationStatus {
    /// Not revoked at the time of the data.
    Good {
        /// thisUpdate.
        as_of: Timestamp,
    },
    /// Revoked.
    Revoked {
        /// revocationDate.
        at: Timestamp,
        /// Reason code.
        reason: Option<u8>,
    },
}
impl Crl {
    /// Reads DER (or PEM).
    pub fn from_der(_der: &[u8]) -> Result<Self, CrlError> {
        todo!()
    }
    /// nextUpdate.
    pub fn next_update(&self) -> Option<Timestamp> {
        todo!()
    }
    /// Judges `certificate`, issued by `issuer` (its CA certificate or the anchor), at `now`. `url`: where the CRL
    /// came from, to match a partitioned CRL's distribution point.
    pub fn status(
        &self,
        _certificate: &Certificate,
        _issuer: &Certificate,
        _url: Option<&str>,
        _now: Timestamp,
    ) -> Result<RevocationStatus, CrlError> {
        todo!()
    }
}
