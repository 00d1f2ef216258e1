//! Signature values, algorithms and keys.
use crate::{forge::at, scene::*};
use procura_crypto::{Curve, KeyKind};
use procura_jades::{Validation, report::Outcome};
use procura_jose::AlgorithmSet;
use serde_json::{Value, json};

#[test]
fn a_sound_signature_passes_every_check() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let report = only(&judge, &scene.document());
    assert_eq!(report.conclusion.to_string(), "TOTAL-PASSED");
    assert!(
        report.checks.iter().all(|check| check.outcome == Outcome::Passed),
        "{report:#?}"
    );
    let path: Vec<_> = report
        .path
        .iter()
        .map(|one| (one.subject.as_str(), one.anchor))
        .collect();
    assert_eq!(
        path,
        [
            ("O=RealTruth, CN=Seal", false),
            ("O=RealTruth, CN=CA", false),
            ("O=RealTruth, CN=Root", true)
        ]
    );
    assert!(!report.time_is_proven);
    assert_eq!(report.best_signature_time, at(SOON));
}

#[test]
fn a_signature_by_another_key_fails_cryptographically() {
    let scene = Scene::new();
    let mut document = scene.document();
    document["signature"] = Scene::new().document()["signature"].clone();
    let report = only(&Judge::of(&scene, SOON), &document);
    assert_eq!(failed(&report), ["signature-value"]);
    assert_eq!(report.conclusion.to_string(), "TOTAL-FAILED / SIG_CRYPTO_FAILURE");
}

#[test]
fn a_key_that_does_not_fit_the_algorithm_is_no_signing_certificate() {
    let scene = Scene::with_key(
        KeyKind::Ec(Curve::P384),
        "ES256",
        "2026-01-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
    );
    let report = only(&Judge::of(&scene, SOON), &scene.document());
    assert_eq!(failed(&report), ["key-fits-algorithm"]);
    assert_eq!(
        report.conclusion.to_string(),
        "INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND"
    );
}

#[test]
fn an_algorithm_that_the_caller_does_not_allow_is_refused_before_any_cryptography() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let report = Validation {
        rules: judge.rules,
        now: judge.now,
        algorithms: &AlgorithmSet::new(&[procura_jose::Algorithm::Es384]),
        policy: &judge.policy,
        anchors: &judge.anchors,
        certificates: &[],
        revocation: &judge.revocation,
        objects: &judge.objects,
    }
    .of_bytes(scene.document().to_string().as_bytes())
    .unwrap();
    let report = &report.signatures[0];
    assert_eq!(failed(report)[0], "algorithm");
    let value = report.checks.iter().find(|check| check.name == "signature-value");
    assert_eq!(value.unwrap().outcome, Outcome::NotReached);
}

/// Never one for the others.
#[test]
fn one_bad_signature_of_several_fails_the_document_and_not_its_neighbour() {
    let scene = Scene::new();
    let good = scene.document();
    let mut other = Scene::new();
    other.change = |h| drop(h.insert("crit".into(), json!([])));
    let entry = |one: &Value| json!({ "protected": one["protected"], "signature": one["signature"] });
    let document = json!({
        "payload": good["payload"],
        "signatures": [entry(&good), entry(&other.document())],
    });
    let report = Judge::of(&scene, SOON).report(&document);
    let conclusions: Vec<_> = report
        .signatures
        .iter()
        .map(|one| one.conclusion.is_passed())
        .collect();
    assert_eq!(conclusions, [true, false]);
    assert!(!report.is_passed());
    assert_eq!(report.conclusion().to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
}
