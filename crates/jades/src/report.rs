//! What a validation found, for machines and for people (modelled on ETSI TS 119 102-2).
//!
//! Every sentence may hold strings from strangers. [`simple`], [`detailed`] and [`html()`] show them so that they neither
//! hide nor turn anything ([`visible`]); whoever shows a [`Report`] otherwise has to do so as well.
mod detailed;
#[cfg(feature = "html")]
mod html;
mod json;
mod lines;
mod simple;
mod visible;
mod words;

pub use detailed::detailed;
#[cfg(feature = "html")]
pub use html::html;
pub use json::json;
pub use lines::Terminal;
pub use simple::simple;
pub use visible::{is_invisible, visible};
pub use words::verdict;

use crate::{
    document::{ReadError, Serialisation},
    examine::{Cover, Level, TimeStampKind},
};
use jiff::Timestamp;
use procura_ades::{Conclusion, Indication, SubIndication};
use procura_jose::Algorithm;
use procura_pki::{QcStatements, RevocationStatus, revocation::Source};
use serde::Serialize;

/// The building block of EN 319 102-1 §5.2 to §5.6 that a check belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// Format checking (§5.2.2).
    Format,
    /// Identification of the signing certificate (§5.2.3).
    SigningCertificate,
    /// Validation context initialization: the signature policy (§5.2.4).
    SignaturePolicy,
    /// X.509 certificate validation (§5.2.6).
    Certificate,
    /// Cryptographic verification (§5.2.7).
    Cryptography,
    /// Signature acceptance validation (§5.2.8).
    Acceptance,
    /// Time-stamps and the proofs of existence that they give (§5.4, §5.5, §5.6.2.3).
    TimeStamps,
    /// Past signature validation (§5.6.2.4).
    Past,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// It does not, and the profile tolerates that.
    Tolerated,
    /// It was not asked, since a check before it decided.
    NotReached,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// To what it belongs.
    pub block: Block,
    /// Its name, stable: lower case with hyphens.
    pub name: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What EN 319 102-1 calls the failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_indication: Option<SubIndication>,
    /// What was found, as a sentence for a person.
    pub sentence: String,
}

/// A certificate, told without what would name a natural person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateFacts {
    /// Subject.
    pub subject: String,
    /// Issuer.
    pub issuer: String,
    /// Serial number in hexadecimal.
    pub serial: String,
    /// SHA-256 of its DER in hexadecimal.
    pub sha256: String,
    /// Start of its validity.
    pub not_before: Timestamp,
    /// End of its validity.
    pub not_after: Timestamp,
    /// Whether it is the trust anchor.
    pub anchor: bool,
    /// What revocation data told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation: Option<RevocationFacts>,
}

/// What revocation data told of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RevocationFacts {
    /// Of which kind the data are.
    pub source: Source,
    /// SHA-256 of the data in hexadecimal.
    pub sha256: String,
    /// Who made them: the certificate's issuer, or its OCSP responder.
    pub made_by: String,
    /// Good or revoked.
    pub status: RevocationStatus,
    /// thisUpdate.
    pub this_update: Timestamp,
    /// nextUpdate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_update: Option<Timestamp>,
}

/// One time-stamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimeStampReport {
    /// Of which kind.
    pub kind: TimeStampKind,
    /// Its place in `etsiU`; `None` for those that were signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<usize>,
    /// Whether it is over what its kind says.
    pub imprint: Cover,
    /// The time that it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// Whether it proves that time, or why not.
    #[serde(serialize_with = "json::of_part")]
    pub conclusion: Conclusion,
    /// The same as a sentence.
    pub sentence: String,
    /// The certificates from its unit's to the anchor.
    pub path: Vec<CertificateFacts>,
    /// Until when the past vouches for it, where the present does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_time: Option<Timestamp>,
}

/// What the signing certificate claims of itself. It never proves that anything is qualified: a trusted list does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateClaims {
    /// The statements.
    pub statements: QcStatements,
    /// The organizationIdentifier, where there is exactly one that can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_identifier: Option<String>,
}

/// One signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignatureReport {
    /// What the validation concludes.
    #[serde(flatten, serialize_with = "json::of_signature")]
    pub conclusion: Conclusion,
    /// Why, as a sentence.
    pub sentence: String,
    /// The level of the format, whatever is valid.
    #[serde(serialize_with = "shown")]
    pub level: Level,
    /// `alg`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "named")]
    pub algorithm: Option<Algorithm>,
    /// `iat` or `sigT`: a claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claimed_time: Option<Timestamp>,
    /// The earliest time at which the signature is known to have existed (best-signature-time).
    pub best_signature_time: Timestamp,
    /// Whether a time-stamp proves it; otherwise it is the validation time.
    pub time_is_proven: bool,
    /// Until when path and revocation data vouch for it, where the present does not (control-time).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_time: Option<Timestamp>,
    /// The subject of the signing certificate in full, which may name a natural person: for whoever asked for the
    /// validation, never for logs and records.
    #[serde(skip)]
    pub signer: Option<String>,
    /// What the signing certificate claims.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<CertificateClaims>,
    /// The certificates from the signer's to the anchor; the signer's alone where there is no path.
    pub path: Vec<CertificateFacts>,
    /// URIs of what was signed, where it is detached.
    pub objects: Vec<String>,
    /// Every check in its order.
    pub checks: Vec<Check>,
    /// Every time-stamp, signed ones first.
    pub time_stamps: Vec<TimeStampReport>,
    /// Every counter-signature.
    pub counter_signatures: Vec<SignatureReport>,
}

impl SignatureReport {
    /// Whether the signature verifies over what was signed, by whomever.
    #[must_use]
    pub fn integrity_holds(&self) -> bool {
        let mut value = self
            .checks
            .iter()
            .filter(|check| check.block == Block::Cryptography);
        value.next().is_some_and(|check| check.outcome == Outcome::Passed) && value.next().is_none()
    }

    /// Those that decided against it, or that were tolerated.
    pub fn findings(&self) -> impl Iterator<Item = &Check> {
        self.checks
            .iter()
            .filter(|check| matches!(check.outcome, Outcome::Failed | Outcome::Tolerated))
    }
}

/// A validation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The validation time.
    pub validation_time: Timestamp,
    /// By which rules.
    pub profile: &'static str,
    /// How the document is written; `None` where it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serialisation: Option<Serialisation>,
    /// Why it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "told")]
    pub unreadable: Option<ReadError>,
    /// Each signature on its own.
    pub signatures: Vec<SignatureReport>,
}

impl Report {
    /// A document that cannot be read as signatures at all.
    #[must_use]
    pub fn unreadable(error: ReadError, validation_time: Timestamp, profile: &'static str) -> Self {
        Self {
            validation_time,
            profile,
            serialisation: None,
            unreadable: Some(error),
            signatures: Vec::new(),
        }
    }

    /// Whether there are signatures and every one of them passed: never one for the others.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        !self.signatures.is_empty() && self.signatures.iter().all(|one| one.conclusion.is_passed())
    }

    /// What is to be said of the whole: of several signatures the one that is worst off.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        if self.is_passed() {
            return Conclusion::PASSED;
        }
        let worst = |indication| {
            let mut of = self.signatures.iter().map(|one| one.conclusion);
            of.find(|conclusion| conclusion.indication == indication)
        };
        worst(Indication::Failed)
            .or_else(|| worst(Indication::Indeterminate))
            .unwrap_or_else(|| SubIndication::FormatFailure.into())
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference to the field"
)]
fn shown<S: serde::Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(level)
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference to the field"
)]
fn named<S: serde::Serializer>(algorithm: &Option<Algorithm>, serializer: S) -> Result<S::Ok, S::Error> {
    match algorithm {
        Some(algorithm) => serializer.serialize_str(algorithm.name()),
        None => serializer.serialize_none(),
    }
}

#[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
fn told<S: serde::Serializer>(error: &Option<ReadError>, serializer: S) -> Result<S::Ok, S::Error> {
    match error {
        Some(error) => serializer.collect_str(error),
        None => serializer.serialize_none(),
    }
}
