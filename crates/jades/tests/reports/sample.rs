//! Reports whose every value is fixed.
use jiff::Timestamp;
use procura_ades::{Conclusion, SubIndication};
use procura_jades::{
    Level, Report,
    document::Serialisation,
    examine::{Cover, TimeStampKind},
    report::{
        Block, CertificateClaims, CertificateFacts, Check, Outcome, RevocationFacts, SignatureReport,
        TimeStampReport,
    },
};
use procura_jose::Algorithm;
use procura_pki::{QcStatements, QcType, RevocationStatus, revocation::Source};

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn check(block: Block, name: &'static str, sentence: &str) -> Check {
    Check {
        block,
        name,
        outcome: Outcome::Passed,
        sub_indication: None,
        sentence: sentence.to_owned(),
    }
}

pub fn failed(block: Block, name: &'static str, sub_indication: SubIndication, sentence: &str) -> Check {
    Check {
        outcome: Outcome::Failed,
        sub_indication: Some(sub_indication),
        ..check(block, name, sentence)
    }
}

pub fn certificate(subject: &str, issuer: &str, anchor: bool) -> CertificateFacts {
    CertificateFacts {
        subject: subject.to_owned(),
        issuer: issuer.to_owned(),
        serial: "0a11".to_owned(),
        sha256: "8f".repeat(32),
        not_before: at("2024-01-01T00:00:00Z"),
        not_after: at("2026-01-01T00:00:00Z"),
        anchor,
        revocation: (!anchor).then(|| RevocationFacts {
            source: Source::Crl,
            sha256: "c7".repeat(32),
            made_by: issuer.to_owned(),
            status: RevocationStatus::Good {
                as_of: at("2025-06-02T00:00:00Z"),
            },
            this_update: at("2025-06-02T00:00:00Z"),
            next_update: Some(at("2025-06-09T00:00:00Z")),
        }),
    }
}

fn stamp(kind: TimeStampKind, place: usize, time: &str) -> TimeStampReport {
    TimeStampReport {
        kind,
        place: Some(place),
        imprint: Cover::Intact,
        time: Some(at(time)),
        conclusion: Conclusion::PASSED,
        sentence: format!("it proves that what it covers existed at {time}"),
        path: vec![
            certificate("CN=TSU 1", "CN=TSA CA", false),
            certificate("CN=TSA CA", "CN=TSA CA", true),
        ],
        control_time: None,
    }
}

/// Valid in the past: expired since, time-stamped before.
pub fn past() -> SignatureReport {
    let proven = at("2025-06-01T10:00:00Z");
    SignatureReport {
        conclusion: Conclusion::PASSED,
        sentence: format!("the signature was valid when it is proven to have existed, at {proven}"),
        level: Level::Lta,
        algorithm: Some(Algorithm::Es256),
        claimed_time: Some(at("2025-06-01T09:59:30Z")),
        best_signature_time: proven,
        time_is_proven: true,
        control_time: Some(at("2025-06-02T00:00:00Z")),
        signer: Some("CN=GoodAir Seal, O=GoodAir".to_owned()),
        claims: Some(CertificateClaims {
            statements: QcStatements {
                compliance: true,
                qscd: true,
                types: vec![QcType::ESeal],
                ..QcStatements::default()
            },
            organization_identifier: Some("VATES-B60645900".to_owned()),
        }),
        path: vec![
            certificate("CN=GoodAir Seal, O=GoodAir", "CN=CA", false),
            certificate("CN=CA", "CN=CA", true),
        ],
        objects: Vec::new(),
        checks: vec![
            check(
                Block::Format,
                "format",
                "the document and its header are well-formed",
            ),
            check(Block::Format, "algorithm", "alg is ES256"),
            check(
                Block::SigningCertificate,
                "signing-certificate",
                "signed by CN=GoodAir Seal, O=GoodAir",
            ),
            check(
                Block::Cryptography,
                "signature-value",
                "the signature verifies by the signing certificate",
            ),
            failed(
                Block::Certificate,
                "certificate-validity",
                SubIndication::OutOfBoundsNotRevoked,
                "certificate CN=GoodAir Seal, O=GoodAir is valid from 2024-01-01T00:00:00Z to 2026-01-01T00:00:00Z, \
                 and was not revoked",
            ),
            check(
                Block::Acceptance,
                "claimed-time",
                "signed at 2025-06-01T09:59:30Z, as it claims",
            ),
            check(Block::TimeStamps, "time-stamp-order", "time-stamps are in order"),
            check(
                Block::Past,
                "past-signature-validation",
                "it existed at 2025-06-01T10:00:00Z, and was valid then",
            ),
        ],
        time_stamps: vec![
            stamp(TimeStampKind::Signature, 0, "2025-06-01T10:00:00Z"),
            stamp(TimeStampKind::Archive, 3, "2025-06-03T10:00:00Z"),
        ],
        counter_signatures: vec![SignatureReport {
            time_stamps: Vec::new(),
            counter_signatures: Vec::new(),
            level: Level::B,
            signer: Some("CN=Notary".to_owned()),
            control_time: None,
            time_is_proven: false,
            best_signature_time: at("2026-11-22T12:00:00Z"),
            ..broken()
        }],
    }
}

/// Changed after it was signed.
pub fn broken() -> SignatureReport {
    let now = at("2026-11-22T12:00:00Z");
    let sentence = "the signature does not verify by the signing certificate";
    SignatureReport {
        conclusion: SubIndication::SigCryptoFailure.into(),
        sentence: sentence.to_owned(),
        level: Level::NotBaseline,
        algorithm: Some(Algorithm::Rs256),
        claimed_time: None,
        best_signature_time: now,
        time_is_proven: false,
        control_time: None,
        signer: Some("CN=Other Seal".to_owned()),
        claims: None,
        path: vec![CertificateFacts {
            revocation: None,
            ..certificate("CN=Other Seal", "CN=CA", false)
        }],
        objects: vec!["https://object.example/1".to_owned()],
        checks: vec![
            Check {
                outcome: Outcome::Tolerated,
                ..failed(
                    Block::SigningCertificate,
                    "one-certificate-reference",
                    SubIndication::NoSigningCertificateFound,
                    "0 references to the signing certificate in place of exactly one",
                )
            },
            failed(
                Block::Cryptography,
                "signature-value",
                SubIndication::SigCryptoFailure,
                sentence,
            ),
            Check {
                outcome: Outcome::NotReached,
                ..check(
                    Block::Certificate,
                    "certificate-path",
                    "not asked: a check before it failed",
                )
            },
        ],
        time_stamps: vec![TimeStampReport {
            imprint: Cover::Broken,
            conclusion: SubIndication::HashFailure.into(),
            sentence: "the time-stamp is over something else".to_owned(),
            ..stamp(TimeStampKind::Signature, 0, "2026-06-01T10:00:00Z")
        }],
        counter_signatures: Vec::new(),
    }
}

pub fn of(signatures: Vec<SignatureReport>) -> Report {
    Report {
        validation_time: at("2026-11-22T12:00:00Z"),
        profile: "strict",
        serialisation: Some(Serialisation::General),
        unreadable: None,
        signatures,
    }
}
