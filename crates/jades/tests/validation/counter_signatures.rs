//! Counter-signatures: signatures by the same rules, which spoil nothing of what they are made on.
use crate::scene::*;
use serde_json::json;

#[test]
fn what_surrounds_a_counter_signature_is_judged_with_it() {
    let scene = Scene::new();
    let mut document = scene.document();
    let mut counter = scene.counter(&document, |_| {});
    counter["evil"] = json!(1);
    add(&mut document, "cSig", &counter);
    let report = Judge::of(&scene, SOON).report(&document);
    assert!(report.is_passed());
    let counter = &report.signatures[0].counter_signatures[0];
    assert_eq!(counter.conclusion.to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
}
