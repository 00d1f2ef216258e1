//! Revocation data of either kind, and what they say of one certificate.
//!
//! Whether data are *authentic* is judged here: signed by the issuer or its delegate, of the right scope, about this
//! certificate. Whether they are fresh enough, and whether their algorithms still counted at the time that matters, is
//! the caller's business (ETSI EN 319 102-1 §5.2.5, §5.6.2).
use crate::{
    algorithm::{self, NO_SHA1_FROM},
    certificate::{Certificate, timestamp},
    crl::{Crl, CrlError},
    ocsp::{OcspError, OcspResponse},
    path::Anchor,
};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::{Digest, Scheme};

/// Clocks differ.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Revocation data of either kind, as transmitted.
#[derive(Clone, Debug)]
pub enum RevocationData {
    /// A certificate revocation list (RFC 5280 §5).
    Crl(Crl),
    /// An answer of an OCSP responder (RFC 6960).
    Ocsp(OcspResponse),
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
        /// Reason code (RFC 5280 §5.3.1; 6 = certificateHold).
        reason: Option<u8>,
    },
}

/// What revocation data say of one certificate, authentic: signature by the issuer or its delegate, and in scope.
/// Freshness is not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Good or revoked.
    pub status: RevocationStatus,
    /// thisUpdate: when the status was known to be so.
    pub this_update: Timestamp,
    /// nextUpdate: when newer data are there at the latest.
    pub next_update: Option<Timestamp>,
    /// OCSP producedAt, when it was signed; CRL thisUpdate.
    pub produced_at: Timestamp,
    /// The OCSP responder's certificate, delegated by the issuer or vouched for by a trusted anchor; `None` where the
    /// issuer itself signed.
    pub responder: Option<Certificate>,
    /// Whether the responder's own certificate may have been revoked, and has to be asked for: there is a responder
    /// and its certificate lacks ocsp-nocheck (RFC 6960 §4.2.2.2.1).
    pub responder_needs_revocation_check: bool,
    /// By which the data are signed. Refused are only SHA-1 from 2017 on and what cannot be verified: until when an
    /// algorithm counted is the caller's catalogue.
    pub scheme: Scheme,
    /// The data tell as well of certificates that expired from this date on: expiredCertsOnCRL (X.509 §9.5.2.8), or
    /// archiveCutoff of OCSP (RFC 6960 §4.4.4).
    pub expired_certs_on_crl: Option<Timestamp>,
    /// Whether the responder names the certificate by its digest, so that it knows it to have been issued (certHash of
    /// Common PKI). `None` where it is absent or by an unknown algorithm; another certificate's is an error instead.
    pub cert_hash_matches: Option<bool>,
}

/// Why revocation data say nothing of a certificate: its status is then unknown, never good.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum RevocationError {
    /// A list.
    #[error(transparent)]
    Crl(#[from] CrlError),
    /// An answer of a responder.
    #[error(transparent)]
    Ocsp(#[from] OcspError),
}

impl RevocationData {
    /// Exact octets, to be embedded in `rVals`.
    pub fn der(&self) -> &[u8] {
        match self {
            Self::Crl(crl) => crl.der(),
            Self::Ocsp(response) => response.der(),
        }
    }

    /// What the data say of `certificate`, which `issuer` (its CA certificate or the anchor) issued. `candidates`:
    /// where else the responder's certificate may be found; never trusted, extras do no harm.
    ///
    /// # Errors
    /// By the rule that is broken.
    pub fn statement(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        candidates: &[Certificate],
    ) -> Result<Statement, RevocationError> {
        self.statement_trusting(certificate, issuer, candidates, &[])
    }

    /// The same, where OCSP responders count as well for whom one of `trusted` vouches instead of the issuer
    /// ([`OcspResponse::statement_trusting`]).
    ///
    /// # Errors
    /// By the rule that is broken.
    pub fn statement_trusting(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        candidates: &[Certificate],
        trusted: &[Anchor],
    ) -> Result<Statement, RevocationError> {
        Ok(match self {
            Self::Crl(crl) => crl.statement(certificate, issuer, None)?,
            Self::Ocsp(response) => response.statement_trusting(certificate, issuer, candidates, trusted)?,
        })
    }
}

impl From<Crl> for RevocationData {
    fn from(crl: Crl) -> Self {
        Self::Crl(crl)
    }
}

impl From<OcspResponse> for RevocationData {
    fn from(response: OcspResponse) -> Self {
        Self::Ocsp(response)
    }
}

impl Statement {
    /// Whether `now` is between thisUpdate and nextUpdate, with five minutes for clocks that differ. Without
    /// nextUpdate nothing says until when the data count: never current.
    pub fn is_current_at(&self, now: Timestamp) -> bool {
        let late = |at: Timestamp| at.saturating_add(SKEW).unwrap_or(Timestamp::MAX);
        self.this_update <= late(now) && self.next_update.is_some_and(|next| now <= late(next))
    }

    /// Whether the data's maker still knew of the certificate: they tell of a time in its validity, or of certificates
    /// that expired so long ago as well, or name it by its digest. Of others, the status is dropped after expiry and
    /// "good" means nothing (RFC 5280 §3.3, RFC 6960 §4.4.4).
    pub fn knows(&self, certificate: &Certificate) -> bool {
        let end = certificate.not_after();
        matches!(self.status, RevocationStatus::Revoked { .. })
            || self.this_update <= end
            || self.expired_certs_on_crl.is_some_and(|from| from <= end)
            || self.cert_hash_matches == Some(true)
    }
}

/// The scheme, where signatures by it count on revocation data of this date.
pub(crate) fn acceptable_scheme(scheme: Option<Scheme>, made: Timestamp) -> Result<Scheme, &'static str> {
    let scheme = scheme.ok_or("its algorithm is out of scope")?;
    if algorithm::digest(scheme) == Some(Digest::Sha1) && made >= timestamp(NO_SHA1_FROM) {
        return Err("signed over SHA-1 after 2016");
    }
    Ok(scheme)
}

/// A serial number without leading zero octets.
pub(crate) fn significant(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|octet| **octet == 0).count();
    serial.get(zeros..).unwrap_or_default()
}
