//! Attacks by the sheer amount of what anybody may add.
use crate::{forge::*, scene::*};
use procura_ades::validation::Policy;
use procura_crypto::{Curve, KeyKind};
use procura_jades::{Profile, Report, Validation, examine::BudgetExceeded};
use procura_jose::AlgorithmSet;
use procura_pki::Certificate;
use serde_json::{Value, json};

fn judged(judge: &Judge, document: &Value) -> Result<Report, BudgetExceeded> {
    Validation {
        rules: judge.rules,
        now: judge.now,
        algorithms: &AlgorithmSet::all(),
        policy: &judge.policy,
        anchors: &judge.anchors,
        certificates: &[],
        revocation: &judge.revocation,
        objects: &judge.objects,
    }
    .of_bytes(document.to_string().as_bytes())
}

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

/// 250 copies of a stranger's time-stamp with 64 certificates that may have issued its unit: what was checked once is
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
    all.extend(std::iter::repeat_n(all[1].clone(), 250));
    document["header"] = json!({ "etsiU": all });
    let report = judged(&judge, &document).unwrap();
    assert_eq!(report.signatures[0].time_stamps.len(), 251);
    assert!(report.is_passed());
}

/// What was left out could be what matters.
#[test]
fn what_takes_too_much_concludes_nothing() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let mut document = scene.document();
    for _ in 0..70 {
        add(&mut document, "cSig", &json!("e30..AA"));
    }
    assert!(judged(&judge, &document).is_err());
}

#[test]
fn a_validation_that_takes_too_much_concludes_nothing() {
    let scene = Scene::new();
    let policy = Policy::default();
    let lists: Vec<_> = (0..300)
        .map(|minute| {
            let day = at("2026-06-07T00:00:00Z") + jiff::SignedDuration::from_mins(minute);
            read(&list(&scene.authority, &day.to_string(), &[]))
        })
        .collect();
    let validation = Validation {
        rules: Profile::Strict.into(),
        now: at(SOON),
        algorithms: &AlgorithmSet::all(),
        policy: &policy,
        anchors: &scene.anchors(),
        certificates: &[],
        revocation: &lists,
        objects: &procura_jades::Objects::default(),
    };
    assert!(
        validation
            .of_bytes(scene.document().to_string().as_bytes())
            .is_err()
    );
}
