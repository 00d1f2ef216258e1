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
    path::SignatureChecks,
};
use jiff::{SignedDuration, Timestamp};
use procura_crypto::{Digest, Scheme};

/// certificateHold (RFC 5280 §5.3.1): the one reason that may be taken back.
pub const HOLD: u8 = 6;
/// Clocks differ.
const SKEW: SignedDuration = SignedDuration::from_mins(5);
/// Signatures that are checked to hear what one piece of data says of one certificate: those of a response by each of its
/// possible responders, and those on their certificates.
pub(crate) const MAX_SIGNATURE_CHECKS: usize = 16;

/// Revocation data of either kind, as transmitted.
#[derive(Clone, Debug)]
pub enum RevocationData {
    /// A certificate revocation list (RFC 5280 §5).
    Crl(Crl),
    /// An answer of an OCSP responder (RFC 6960).
    Ocsp(OcspResponse),
}

/// Of which kind revocation data are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A list.
    Crl,
    /// An answer of a responder.
    Ocsp,
}

/// As people call it.
impl core::fmt::Display for Source {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Crl => "CRL",
            Self::Ocsp => "OCSP response",
        })
    }
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
    /// Of which kind the data are.
    pub source: Source,
    /// SHA-256 of their DER.
    pub sha256: [u8; 32],
    /// Good or revoked.
    pub status: RevocationStatus,
    /// thisUpdate: when the status was known to be so.
    pub this_update: Timestamp,
    /// nextUpdate: when newer data are there at the latest.
    pub next_update: Option<Timestamp>,
    /// OCSP producedAt, when it was signed; CRL thisUpdate.
    pub produced_at: Timestamp,
    /// The OCSP responder's certificate, delegated by the issuer; `None` where the issuer itself signed.
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

    /// SHA-256 of [`Self::der`].
    pub fn sha256(&self) -> [u8; 32] {
        match self {
            Self::Crl(crl) => crl.sha256(),
            Self::Ocsp(response) => response.sha256(),
        }
    }

    /// Whether they claim to tell of `certificate`, by names, digests and serial number alone: who asks many data about
    /// many certificates pays for no more than those.
    pub fn concern(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        match self {
            Self::Crl(crl) => crl.concerns(certificate, issuer),
            Self::Ocsp(response) => response.concerns(certificate, issuer),
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
        let checks = SignatureChecks::new(MAX_SIGNATURE_CHECKS);
        self.statement_within(certificate, issuer, candidates, &checks)
    }

    /// [`Self::statement`] for callers who ask often: signatures are checked within `checks`, none twice.
    ///
    /// # Errors
    /// By the rule that is broken.
    pub fn statement_within(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        candidates: &[Certificate],
        checks: &SignatureChecks,
    ) -> Result<Statement, RevocationError> {
        Ok(match self {
            Self::Crl(crl) => crl.statement_within(certificate, issuer, None, checks)?,
            Self::Ocsp(response) => response.statement_within(certificate, issuer, candidates, checks)?,
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

/// Of two entries about one certificate what both come to: it was never good again from the first date on, and for good
/// where either is final. A hold that becomes final keeps its date (Rec. ITU-T X.509 on reasonCode).
pub(crate) fn worst(one: (Timestamp, Option<u8>), other: (Timestamp, Option<u8>)) -> (Timestamp, Option<u8>) {
    let (first, second) = if other.0 < one.0 {
        (other, one)
    } else {
        (one, other)
    };
    let reason = if first.1 == Some(HOLD) { second.1 } else { first.1 };
    (first.0, reason)
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
