//! Attacks by the sheer amount of what anybody may add.
use crate::{forge::*, scene::*};
use procura_crypto::{Curve, KeyKind};
use procura_pki::Certificate;
use serde_json::json;

#[test]
fn namesakes_from_strangers_come_after_what_was_signed_and_what_the_caller_brings() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let junk: Vec<Certificate> = (0..100_u8)
        .map(|index| {
            let mut other = Issuer::new("x");
            other.name.clone_from(&scene.authority.name);
            let mut request = other.ca();
            request.serial = vec![0x20, index + 1];
            request.signed_by(&other)
        })
        .collect();
    let junk: Vec<_> = junk.iter().collect();
    let mut document = scene.document();
    add(&mut document, "xVals", &certificates(&junk));
    assert_eq!(judge.conclusion(&document), PASSED);
}

/// 60 copies of a stranger's time-stamp with 64 certificates that may have issued its unit: what was checked once is
/// not checked again.
#[test]
fn copies_cost_no_more_than_one() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let stranger = Issuer::new("Stranger");
    let host = Issuer::of(stranger.name.clone(), KeyKind::Ec(Curve::P256));
    let junk: Vec<_> = (0..64_u8)
        .map(|index| {
            let mut request = host.ca();
            request.serial = vec![0x21, index + 1];
            request.signed_by(&stranger)
        })
        .collect();
    let junk: Vec<_> = junk.iter().collect();
    let theirs = unit(
        "TSU 88888888",
        &stranger,
        "2025-01-01T00:00:00Z",
        "2040-01-01T00:00:00Z",
    );
    let mut document = scene.document();
    add(&mut document, "xVals", &certificates(&junk));
    stamp(&mut document, &theirs, PROVEN);
    let mut all = properties(&document);
    all.extend(std::iter::repeat_n(all[1].clone(), 60));
    document["header"] = json!({ "etsiU": all });
    let report = judge.report(&document);
    assert_eq!(report.signatures[0].time_stamps.len(), 61);
    assert!(report.is_passed());
}

/// What was left out could be what matters.
#[test]
fn more_than_a_validation_takes_concludes_nothing() {
    let scene = Scene::new();
    let mut judge = Judge::of(&scene, SOON);
    let lists = (0..300).map(|minute| {
        let day = at("2026-06-07T00:00:00Z") + jiff::SignedDuration::from_mins(minute);
        read(&list(&scene.authority, &day.to_string(), &[]))
    });
    judge.revocation = lists.collect();
    let report = judge.report(&scene.document());
    assert_eq!(report.conclusion().to_string(), "INDETERMINATE / CUSTOM");
    let sentence = &report.signatures[0].sentence;
    assert!(sentence.contains("256 revocation data"), "{sentence}");
}
