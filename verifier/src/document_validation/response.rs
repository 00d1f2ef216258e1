//! The reports, in the shape of DSS's `WSReportsDTO`.
use super::request::Asked;
use jiff::Timestamp;
use procura_ades::Indication;
use procura_credential::{CheckName, Judgement, Outcome, Verdict, seal::ProvenSeal};
use procura_crypto::digest::{hexadecimal, sha256};
use procura_jades::{
    Profile, Report, Rules,
    examine::Level,
    report::{SignatureReport, TimeStampReport, visible},
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// `WSReportsDTO`: the simple report under both names that it has had, and nothing in the others' place.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reports {
    #[serde(rename = "simpleReport")]
    simple: SimpleReport,
    /// The same, spelled as DSS spells it from its schemas: members in capitals.
    #[serde(rename = "SimpleReport")]
    spelled: Value,
    #[serde(rename = "detailedReport")]
    detailed: Option<Value>,
    #[serde(rename = "diagnosticData")]
    diagnostic: Option<Value>,
    #[serde(rename = "validationReport")]
    validation: Option<Value>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SimpleReport {
    validation_policy: ValidationPolicy,
    document_name: String,
    validation_time: String,
    /// Of the document: counter-signatures are told and not counted, since anybody may add one.
    signatures_count: usize,
    valid_signatures_count: usize,
    signature_or_timestamp_or_evidence_record: Vec<Entry>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ValidationPolicy {
    /// The profile.
    policy_name: &'static str,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Entry {
    signature: Signature,
}

#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "DSS's names")]
pub(crate) struct Signature {
    id: String,
    /// `TOTAL_PASSED`, `TOTAL_FAILED` or `INDETERMINATE`.
    indication: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_indication: Option<&'static str>,
    /// `JAdES-BASELINE-B`, `-T`, `-LT`, `-LTA`, or `JSON-NOT-ETSI`.
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_time: Option<String>,
    best_signature_time: String,
    /// Of a counter-signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    counter_signature: Option<bool>,
    /// The signature that it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamps: Option<Timestamps>,
    /// Which check refused, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<String>,
    /// Which broken rules the profile tolerated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct Timestamps {
    timestamp: Vec<Stamp>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stamp {
    id: String,
    /// `PASSED`, `FAILED` or `INDETERMINATE`.
    indication: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_indication: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    production_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    produced_by: Option<String>,
}

/// Nothing that is a signature.
pub(super) fn without_signatures(asked: &Asked, now: Timestamp) -> Reports {
    reports(asked, "none", now, Vec::new())
}

/// A judgement by the trusted lists.
pub(super) fn of_seal(
    asked: &Asked,
    judgement: Judgement<ProvenSeal>,
    profile: Profile,
    now: Timestamp,
) -> Reports {
    let base = Signature {
        id: id(asked, ""),
        indication: OPEN,
        sub_indication: Some("TRY_LATER"),
        best_signature_time: now.to_string(),
        ..Signature::default()
    };
    let signature = match judgement {
        Judgement::Judged {
            verdict,
            proven: Some(proven),
        } if verdict.accepted() => Signature {
            indication: PASSED,
            sub_indication: None,
            signed_by: Some(visible(&proven.by.certificate.subject().label())),
            signing_time: claimed_time(asked),
            ..base
        },
        Judgement::Judged { verdict, .. } => refused(&verdict, base),
        Judgement::Needs(_) => Signature {
            errors: vec!["what it takes to judge could not be found out in time".to_owned()],
            ..base
        },
    };
    reports(asked, Rules::from(profile).name(), now, vec![signature])
}

/// A validation by the configured anchors.
pub(super) fn of_report(asked: &Asked, report: &Report, now: Timestamp) -> Reports {
    let mut signatures = Vec::new();
    if let Some(error) = &report.unreadable {
        signatures.push(Signature {
            id: id(asked, ""),
            indication: FAILED,
            sub_indication: Some("FORMAT_FAILURE"),
            best_signature_time: now.to_string(),
            errors: vec![visible(&error.to_string())],
            ..Signature::default()
        });
    }
    for (index, signature) in report.signatures.iter().enumerate() {
        tell(asked, signature, &index.to_string(), None, &mut signatures);
    }
    reports(asked, report.profile, now, signatures)
}

fn reports(asked: &Asked, profile: &'static str, now: Timestamp, signatures: Vec<Signature>) -> Reports {
    let own = || signatures.iter().filter(|one| one.counter_signature.is_none());
    let simple = SimpleReport {
        validation_policy: ValidationPolicy { policy_name: profile },
        document_name: asked.name().to_owned(),
        validation_time: now.to_string(),
        signatures_count: own().count(),
        valid_signatures_count: own().filter(|one| one.indication == PASSED).count(),
        signature_or_timestamp_or_evidence_record: signatures
            .into_iter()
            .map(|signature| Entry { signature })
            .collect(),
    };
    Reports {
        // The types of a report serialise.
        spelled: spelled(serde_json::to_value(&simple).unwrap_or_default()),
        simple,
        detailed: None,
        diagnostic: None,
        validation: None,
    }
}

/// Members as DSS's schemas write them. Only names of ours are in a report.
fn spelled(value: Value) -> Value {
    match value {
        Value::Array(list) => list.into_iter().map(spelled).collect(),
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| {
                let mut letters = name.chars();
                let name = match letters.next() {
                    Some(first) if name != "signatureOrTimestampOrEvidenceRecord" => {
                        first.to_uppercase().chain(letters).collect()
                    }
                    _ => name,
                };
                (name, spelled(value))
            });
            Value::Object(members.collect::<Map<_, _>>())
        }
        other => other,
    }
}

/// A signature, and after it its counter-signatures.
fn tell(
    asked: &Asked,
    signature: &SignatureReport,
    place: &str,
    parent: Option<&str>,
    told: &mut Vec<Signature>,
) {
    let own = id(asked, place);
    let passed = signature.conclusion.is_passed();
    let stamps = signature.time_stamps.iter().enumerate();
    let stamps: Vec<_> = stamps
        .map(|(index, one)| stamp(one, format!("T-{}", digest(asked, &format!("{place}/{index}")))))
        .collect();
    let tolerated = signature
        .findings()
        .filter(|check| check.outcome == procura_jades::report::Outcome::Tolerated);
    told.push(Signature {
        id: own.clone(),
        indication: match signature.conclusion.indication {
            Indication::Passed => PASSED,
            Indication::Failed => FAILED,
            Indication::Indeterminate => OPEN,
        },
        sub_indication: signature
            .conclusion
            .sub_indication
            .map(procura_ades::SubIndication::name),
        signature_format: Some(format(signature.level)),
        signed_by: signature.path.first().map(|signer| visible(&signer.subject)),
        signing_time: signature.claimed_time.map(|at| at.to_string()),
        best_signature_time: signature.best_signature_time.to_string(),
        counter_signature: parent.map(|_| true),
        parent_id: parent.map(str::to_owned),
        timestamps: (!stamps.is_empty()).then_some(Timestamps { timestamp: stamps }),
        errors: if passed {
            Vec::new()
        } else {
            vec![visible(&signature.sentence)]
        },
        warnings: tolerated.map(|check| visible(&check.sentence)).collect(),
    });
    for (index, counter) in signature.counter_signatures.iter().enumerate() {
        tell(asked, counter, &format!("{place}.{index}"), Some(&own), told);
    }
}

fn stamp(stamp: &TimeStampReport, id: String) -> Stamp {
    Stamp {
        id,
        indication: stamp.conclusion.indication.name_of_part().to_owned(),
        sub_indication: stamp
            .conclusion
            .sub_indication
            .map(procura_ades::SubIndication::name),
        production_time: stamp.time.map(|at| at.to_string()),
        produced_by: stamp.path.first().map(|unit| visible(&unit.subject)),
    }
}

/// As DSS writes levels.
fn format(level: Level) -> String {
    level.to_string().replace('_', "-")
}

/// The same for the same place in the same document.
fn id(asked: &Asked, place: &str) -> String {
    format!("S-{}", digest(asked, place))
}

fn digest(asked: &Asked, place: &str) -> String {
    let document = sha256(asked.document());
    hexadecimal(&sha256(&[&document, place.as_bytes()].concat())).to_ascii_uppercase()
}

const PASSED: &str = "TOTAL_PASSED";
const FAILED: &str = "TOTAL_FAILED";
const OPEN: &str = "INDETERMINATE";

fn refused(verdict: &Verdict, base: Signature) -> Signature {
    let Some(first) = verdict.refusals().next() else {
        return base;
    };
    let (indication, sub_indication) = indication(first.name, first.outcome);
    let signer = verdict
        .checks
        .iter()
        .find(|check| check.name == CheckName::SealSignature && check.outcome == Outcome::Passed)
        .map(|check| visible(&check.object))
        .filter(|object| object != "signature");
    Signature {
        indication,
        sub_indication: Some(sub_indication),
        signed_by: signer,
        errors: vec![visible(&format!(
            "{} ({}): {}",
            first.name,
            first.name.code(),
            first.detail
        ))],
        ..base
    }
}

/// What EN 319 102-1 calls the refusal of a check.
fn indication(check: CheckName, outcome: Outcome) -> (&'static str, &'static str) {
    match (check, outcome) {
        (CheckName::Format, _) => (FAILED, "FORMAT_FAILURE"),
        (CheckName::SealSignature, _) => (FAILED, "SIG_CRYPTO_FAILURE"),
        (CheckName::SigningCertificate, _) => (OPEN, "NO_SIGNING_CERTIFICATE_FOUND"),
        (CheckName::Algorithm, _) => (OPEN, "CRYPTO_CONSTRAINTS_FAILURE"),
        (CheckName::SigningTime, _) => (OPEN, "SIG_CONSTRAINTS_FAILURE"),
        (CheckName::CertificateChain, Outcome::Failed) => (OPEN, "NO_CERTIFICATE_CHAIN_FOUND"),
        (CheckName::CertificateValidity, _) => (OPEN, "OUT_OF_BOUNDS_NO_POE"),
        (CheckName::Revocation, Outcome::Failed) => (OPEN, "REVOKED_NO_POE"),
        (_, Outcome::Unknown) => (OPEN, "TRY_LATER"),
        _ => (OPEN, "CHAIN_CONSTRAINTS_FAILURE"),
    }
}

/// `iat` of a header whose signature was proven.
fn claimed_time(asked: &Asked) -> Option<String> {
    let header = procura_jose::base64url::decode(asked.seal()?.split('.').next()?)?;
    let header: Value = serde_json::from_slice(&header).ok()?;
    let at = Timestamp::from_second(header.get("iat")?.as_i64()?).ok()?;
    Some(at.to_string())
}
