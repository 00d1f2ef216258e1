//! Counter-signatures: signatures by the same rules, which spoil nothing of what they are made on.
use crate::{forge::at, scene::*};
use procura_jades::report::SignatureReport;
use procura_jose::base64url;
use serde_json::{Value, json};

/// Conclusions of a signature and of its only counter-signature.
fn both(report: &SignatureReport) -> [String; 2] {
    let [counter] = report.counter_signatures.as_slice() else {
        panic!("one counter-signature: {report:#?}");
    };
    [&report.conclusion, &counter.conclusion].map(ToString::to_string)
}
fn judged(scene: &Scene, document: &Value) -> SignatureReport {
    only(&Judge::of(scene, SOON), document)
}

#[test]
fn what_surrounds_a_counter_signature_is_judged_with_it() {
    let scene = Scene::new();
    let mut document = scene.document();
    let mut counter = scene.counter(&document, |_| {});
    counter["evil"] = json!(1);
    add(&mut document, "cSig", &counter);
    let report = judged(&scene, &document);
    assert_eq!(both(&report), [PASSED, "TOTAL-FAILED / FORMAT_FAILURE"]);
    assert_eq!(failed(&report.counter_signatures[0]), ["known-members"]);
}

#[test]
fn a_counter_signature_over_another_value_is_broken_and_nothing_else() {
    let scene = Scene::new();
    let other = scene.altered(|header| drop(header.insert("typ".into(), json!("other"))));
    for (attached, check, conclusion) in [
        (true, "signed-data", "TOTAL-FAILED / HASH_FAILURE"),
        (false, "signature-value", "TOTAL-FAILED / SIG_CRYPTO_FAILURE"),
    ] {
        let mut document = scene.document();
        let mut counter = scene.counter(&other, |_| {});
        if !attached {
            counter.as_object_mut().unwrap().remove("payload");
        }
        add(&mut document, "cSig", &counter);
        let report = judged(&scene, &document);
        assert_eq!(both(&report), [PASSED, conclusion]);
        assert_eq!(failed(&report.counter_signatures[0]), [check]);
    }
}

/// It is made on the value alone, whatever that is over.
#[test]
fn a_broken_signature_does_not_spoil_its_counter_signature() {
    let scene = Scene::new();
    let mut document = scene.document();
    let counter = scene.counter(&document, |_| {});
    add(&mut document, "cSig", &counter);
    document["payload"] = base64url::encode(b"another").into();
    let broken = "TOTAL-FAILED / SIG_CRYPTO_FAILURE";
    assert_eq!(both(&judged(&scene, &document)), [broken, PASSED]);
}

#[test]
fn what_is_unsigned_in_a_counter_signature_is_its_own() {
    let scene = Scene::new();
    let mut document = scene.document();
    let mut counter = scene.counter(&document, |_| {});
    stamp(&mut counter, &scene.first, PROVEN);
    let inner = scene.counter(&counter, |_| {});
    add(&mut counter, "cSig", &inner);
    add(&mut document, "cSig", &counter);
    let report = judged(&scene, &document);
    assert_eq!(both(&report), [PASSED, PASSED]);
    // Its time-stamp proves it, and nothing of what it is made on, nor of what is made on it.
    let counter = &report.counter_signatures[0];
    assert!(counter.time_is_proven && !report.time_is_proven);
    assert_eq!(counter.best_signature_time, at(PROVEN));
    assert_eq!(report.best_signature_time, at(SOON));
    assert_eq!(both(counter), [PASSED, PASSED]);
    assert!(!counter.counter_signatures[0].time_is_proven);
}

/// Revoked since: a proof of another signature is none of this one.
#[test]
fn a_time_stamp_in_a_counter_signature_does_not_save_what_it_is_made_on() {
    let scene = Scene::new();
    let mut document = scene.document();
    let mut counter = scene.counter(&document, |_| {});
    stamp(&mut counter, &scene.first, PROVEN);
    add(&mut document, "cSig", &counter);
    let mut judge = Judge::of(&scene, NOW);
    judge.revocation = scene.lists_of(NOW, Some("2026-09-01T00:00:00Z"), None);
    let report = only(&judge, &document);
    assert_eq!(both(&report), ["INDETERMINATE / REVOKED_NO_POE", PASSED]);
}

#[test]
fn a_broken_property_of_a_counter_signature_is_told_there_and_fails_nothing() {
    let scene = Scene::new();
    let mut document = scene.document();
    let mut counter = scene.counter(&document, |_| {});
    add(&mut counter, "sigTst", &container(b"no token"));
    counter["header"]["etsiU"]
        .as_array_mut()
        .unwrap()
        .push(json!("e30"));
    add(&mut document, "cSig", &counter);
    let report = judged(&scene, &document);
    assert_eq!(both(&report), [PASSED, PASSED]);
    assert_eq!(report.findings().count(), 0);
    let counter = &report.counter_signatures[0];
    let flagged: Vec<_> = counter.findings().map(|check| check.name).collect();
    assert_eq!(flagged, ["etsiu-property"]);
    assert_eq!(
        counter.time_stamps[0].conclusion.to_string(),
        "TOTAL-FAILED / FORMAT_FAILURE"
    );
}
