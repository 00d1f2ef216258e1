//! Signature values, of one signature and of several.
use crate::{forge::at, scene::*};
use procura_jades::report::Outcome;
use procura_jose::base64url;
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

/// The order of P-256 (FIPS 186-5).
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

#[test]
fn a_signature_value_of_another_form_length_or_range_is_refused() {
    let scene = Scene::new();
    let sound = scene.document();
    let good = base64url::decode(sound["signature"].as_str().unwrap()).unwrap();
    let (r, s) = good.split_at(32);
    for value in [
        procura_crypto::signature::fixed_to_der(&good),
        good[..63].to_vec(),
        [&good, &[0][..]].concat(),
        [&[0; 32], s].concat(),
        [r, &[0; 32]].concat(),
        [&ORDER, s].concat(),
        [r, &ORDER].concat(),
        vec![0xff; 64],
    ] {
        let mut document = sound.clone();
        document["signature"] = base64url::encode(&value).into();
        let report = only(&Judge::of(&scene, SOON), &document);
        assert_eq!(failed(&report), ["signature-value"], "{value:02x?}");
        assert_eq!(report.conclusion.to_string(), "TOTAL-FAILED / SIG_CRYPTO_FAILURE");
    }
}

/// Of r and s, r and n − s is a signature as well (RFC 7518 §3.4 demands none of the two): a value is no name for what
/// was signed.
#[test]
fn the_other_half_of_an_ecdsa_signature_is_one_too() {
    let scene = Scene::new();
    let mut document = scene.document();
    let good = base64url::decode(document["signature"].as_str().unwrap()).unwrap();
    let (r, s) = good.split_at(32);
    let mut other = [0; 32];
    let mut borrow = 0;
    for place in (0..32).rev() {
        let difference = i16::from(ORDER[place]) - i16::from(s[place]) - borrow;
        borrow = i16::from(difference < 0);
        other[place] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    assert_ne!(s, other);
    document["signature"] = base64url::encode(&[r, &other].concat()).into();
    assert_eq!(Judge::of(&scene, SOON).conclusion(&document), PASSED);
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
