//! What a person reads: verdicts, reasons and mends.
use super::{Block, Outcome, Report, SignatureReport, TimeStampReport, lines::Tone};
use crate::examine::{Cover, TimeStampKind};
use procura_ades::{Conclusion, Indication, SubIndication};
use procura_pki::{QcStatements, QcType, RevocationStatus};

/// A conclusion in one word.
///
/// ```
/// use procura_ades::{Conclusion, SubIndication};
/// use procura_jades::report::verdict;
/// assert_eq!(verdict(Conclusion::PASSED), "VALID");
/// assert_eq!(verdict(SubIndication::HashFailure.into()), "INVALID");
/// assert_eq!(verdict(SubIndication::TryLater.into()), "UNDECIDED");
/// ```
#[must_use]
pub fn verdict(conclusion: Conclusion) -> &'static str {
    match conclusion.indication {
        Indication::Passed => "VALID",
        Indication::Failed => "INVALID",
        Indication::Indeterminate => "UNDECIDED",
    }
}

pub(super) fn tone(conclusion: Conclusion) -> Tone {
    match conclusion.indication {
        Indication::Passed => Tone::Good,
        Indication::Failed => Tone::Bad,
        Indication::Indeterminate => Tone::Open,
    }
}

/// The conclusion as the standard spells it, in the report of a time-stamp.
pub(super) fn of_part(conclusion: Conclusion) -> String {
    let name = conclusion.indication.name_of_part();
    match conclusion.sub_indication {
        None => name.to_owned(),
        Some(sub_indication) => format!("{name} / {sub_indication}"),
    }
}

/// The whole in a sentence.
pub(super) fn summary(report: &Report) -> String {
    if let Some(error) = &report.unreadable {
        return format!("the document cannot be read as signed: {error}");
    }
    let all = report.signatures.len();
    let valid = report
        .signatures
        .iter()
        .filter(|one| one.conclusion.is_passed())
        .count();
    match (all, valid, report.conclusion().indication) {
        (1, 1, _) => "the signature is valid".to_owned(),
        (1, _, Indication::Failed) => "the signature is not valid".to_owned(),
        (1, ..) => "the signature is not proven to be valid".to_owned(),
        (_, _, Indication::Passed) => format!("all {all} signatures are valid"),
        _ => {
            let verb = if valid == 1 { "is" } else { "are" };
            format!("{valid} of {all} signatures {verb} valid; every one has to be")
        }
    }
}

/// By what was validated.
pub(super) fn circumstances(report: &Report) -> String {
    let serialisation = report.serialisation.map_or("", |serialisation| {
        use crate::document::Serialisation as S;
        match serialisation {
            S::Compact => ", compact serialisation",
            S::Flattened => ", flattened JSON serialisation",
            S::General => ", general JSON serialisation",
        }
    });
    format!(
        "{} by profile {}{serialisation}",
        report.validation_time, report.profile
    )
}

pub(super) fn signer(signature: &SignatureReport) -> &str {
    signature
        .signer
        .as_deref()
        .unwrap_or("nobody: no signing certificate was found")
}

pub(super) fn claimed(signature: &SignatureReport) -> String {
    match signature.claimed_time {
        Some(at) => format!("{at}, as the signature says itself"),
        None => "no signing time is claimed".to_owned(),
    }
}

pub(super) fn proven(signature: &SignatureReport) -> String {
    if signature.time_is_proven {
        format!("it existed at {}, by a time-stamp", signature.best_signature_time)
    } else {
        "no time-stamp proves that it existed before this validation".to_owned()
    }
}

pub(super) fn format(signature: &SignatureReport) -> String {
    match signature.algorithm {
        Some(algorithm) => format!("{}, {}", signature.level, algorithm.name()),
        None => signature.level.to_string(),
    }
}

/// Why it is as it is, where that needs saying.
pub(super) fn reason(signature: &SignatureReport) -> Option<(&'static str, &str)> {
    let sentence = signature.sentence.as_str();
    if !signature.conclusion.is_passed() {
        return Some(("because", sentence));
    }
    signature.control_time.map(|_| ("note", sentence))
}

/// A time-stamp in a line.
pub(super) fn time_stamp(stamp: &TimeStampReport) -> String {
    let time = stamp
        .time
        .map_or_else(|| "without a time".to_owned(), |at| format!("of {at}"));
    let by = stamp
        .path
        .first()
        .map_or_else(String::new, |unit| format!(" by {}", unit.subject));
    let kind = stamp.kind.name();
    if stamp.conclusion.is_passed() {
        format!("{kind} {time}{by}")
    } else {
        format!(
            "{kind} {time}{by}: {}, {}",
            of_part(stamp.conclusion),
            stamp.sentence
        )
    }
}

/// A counter-signature in a line.
pub(super) fn counter_signature(counter: &SignatureReport) -> String {
    if counter.conclusion.is_passed() {
        format!("by {}", signer(counter))
    } else {
        format!(
            "by {}: {}, {}",
            signer(counter),
            counter.conclusion,
            counter.sentence
        )
    }
}

pub(super) fn kind(kind: TimeStampKind) -> &'static str {
    match kind {
        TimeStampKind::Content => "adoTst, over the payload before it was signed",
        TimeStampKind::Signature => "sigTst, over the signature",
        TimeStampKind::SignatureAndReferences => "sigRTst, over the signature and references",
        TimeStampKind::References => "rfsTst, over references",
        TimeStampKind::Archive => "arcTst, over all that stands before it",
    }
}

pub(super) fn cover(cover: Cover) -> &'static str {
    match cover {
        Cover::Intact => "intact: it is over what it should be",
        Cover::Broken => "broken: it is over something else",
        Cover::Unknown => "unknown: what it covers is not at hand",
    }
}

pub(super) fn revocation(status: &RevocationStatus) -> String {
    match status {
        RevocationStatus::Good { as_of } => format!("not revoked as of {as_of}"),
        RevocationStatus::Revoked { at, reason: None } => format!("revoked at {at}"),
        RevocationStatus::Revoked {
            at,
            reason: Some(reason),
        } => format!("revoked at {at}, reason code {reason}"),
    }
}

/// The block of a check, and where it stands in EN 319 102-1.
pub(super) fn block(block: Block) -> &'static str {
    match block {
        Block::Format => "Format checking (§5.2.2)",
        Block::SigningCertificate => "Identification of the signing certificate (§5.2.3)",
        Block::SignaturePolicy => "Signature policy (§5.2.4)",
        Block::Certificate => "X.509 certificate validation (§5.2.6)",
        Block::Cryptography => "Cryptographic verification (§5.2.7)",
        Block::Acceptance => "Signature acceptance validation (§5.2.8)",
        Block::TimeStamps => "Time-stamps (§5.4, §5.5)",
        Block::Past => "Past signature validation (§5.6.2.4)",
    }
}

/// What a certificate claims of itself, in a line.
pub(super) fn claims(statements: &QcStatements) -> String {
    if !statements.compliance {
        return "it does not claim to be qualified".to_owned();
    }
    let types: Vec<&str> = statements
        .types
        .iter()
        .map(|one| match one {
            QcType::ESign => "signatures",
            QcType::ESeal => "seals",
            QcType::Web => "web sites",
        })
        .collect();
    let what = if types.is_empty() {
        String::new()
    } else {
        format!(" for {}", types.join(" and "))
    };
    let device = if statements.qscd {
        ", with its key in a QSCD"
    } else {
        ""
    };
    let law = if statements.legislation.is_empty() {
        String::new()
    } else {
        format!(", under the law of {}", statements.legislation.join(" and "))
    };
    format!("it claims to be qualified{what}{device}{law}; only a trusted list proves that")
}

/// What whoever wants a valid signature may do.
pub(super) fn mend(signature: &SignatureReport) -> Option<&'static str> {
    let sub_indication = signature.conclusion.sub_indication?;
    let decided = signature
        .checks
        .iter()
        .find(|check| check.outcome == Outcome::Failed);
    if decided.is_some_and(|check| check.name == "objects-signed") {
        return Some("leave out what nobody signed, or get the signature that is on it");
    }
    Some(mend_of(sub_indication))
}

pub(super) fn mend_of(sub_indication: SubIndication) -> &'static str {
    use SubIndication as S;
    match sub_indication {
        S::FormatFailure => {
            "have it signed anew by software that keeps to ETSI TS 119 182-1; the detailed report names the rule"
        }
        S::HashFailure => {
            "bring exactly what was signed, octet for octet; if that is what you brought, it was changed"
        }
        S::SigCryptoFailure => {
            "get it again from whoever signed it: what was signed, or its signature, was changed"
        }
        S::Revoked | S::Expired | S::NotYetValid => {
            "have it signed anew with a certificate that is valid when it signs"
        }
        S::SigConstraintsFailure => {
            "have it signed anew with the signing time in iat, by a correct clock, while the certificate is valid"
        }
        S::ChainConstraintsFailure => {
            "have it signed anew with a certificate that is for signatures or seals"
        }
        S::CertificateChainGeneralFailure => {
            "bring the certificates between the signer's and the anchor; if they are there, another certificate is needed"
        }
        S::CryptoConstraintsFailure => {
            "have it signed anew with an algorithm and key size that is relied on, such as ES256"
        }
        S::PolicyProcessingError | S::SignaturePolicyNotAvailable => {
            "get the signature policy from whoever signed it, and have it signed anew if that is not the one"
        }
        S::TimestampOrderFailure => {
            "get it again from whoever keeps it: its time-stamps contradict each other"
        }
        S::NoSigningCertificateFound => {
            "have it signed anew with x5c and x5t#S256 of the certificate whose key signs"
        }
        S::NoCertificateChainFound => {
            "name the anchor that you trust for this purpose, and bring the certificates between; \
             if you trust none, do not rely on it"
        }
        S::NoCertificateChainFoundNoPoe
        | S::RevokedNoPoe
        | S::RevokedCaNoPoe
        | S::OutOfBoundsNoPoe
        | S::OutOfBoundsNotRevoked
        | S::CryptoConstraintsFailureNoPoe => {
            "get a form that was time-stamped while all of this was valid (B-T or above, with the revocation data of \
             that time); if there is none, have it signed anew"
        }
        S::NoPoe => "get a form with time-stamps over what it rests on (B-LTA)",
        S::RevocationOutOfBoundsNoPoe => {
            "bring revocation data whose maker's certificate is still valid, or a time-stamp over the ones at hand"
        }
        S::TryLater => "bring current revocation data (CRL or OCSP) of every certificate on the path",
        S::Custom => {
            "get a form without what was added to it and nobody needs, or ask for its parts one by one"
        }
        S::SignedDataNotFound => "bring what was signed, under the name that the signature gives it",
        _ => "read the detailed report",
    }
}
