//! Each signature has its own bounds: one that exceeds them is INDETERMINATE and says which, and its neighbours are judged
//! as if it were not there.
use crate::{forge::*, scene::*};
use procura_crypto::{Curve, KeyKind};
use procura_jades::{Report, document::ReadError, report::SignatureReport};
use procura_jose::base64url;
use procura_pki::Certificate;
use serde_json::{Value, json};

const EXCEEDED: &str = "INDETERMINATE / CUSTOM";
const MALFORMED: &str = "TOTAL-FAILED / FORMAT_FAILURE";

/// A document with these signatures, in the form that [`Scene::document`] gives them.
fn general(entries: &[Value]) -> Value {
    let sound = Scene::new().document();
    json!({ "payload": sound["payload"], "signatures": entries })
}
fn entry(document: &Value) -> Value {
    let mut entry = document.as_object().unwrap().clone();
    entry.remove("payload");
    entry.into()
}
/// What is concluded of a signature that stands between two sound ones, which keep their verdict.
#[track_caller]
fn between(scene: &Scene, middle: Value) -> (Report, SignatureReport) {
    let sound = entry(&scene.at_level(Level::T));
    let report = Judge::of(scene, SOON).report(&general(&[sound.clone(), middle, sound]));
    assert!(report.unreadable.is_none(), "{:?}", report.unreadable);
    assert_eq!(report.signatures.len(), 3);
    for neighbour in [&report.signatures[0], &report.signatures[2]] {
        assert_eq!(neighbour.conclusion.to_string(), PASSED);
        assert!(neighbour.time_is_proven);
    }
    let middle = report.signatures[1].clone();
    (report, middle)
}
/// It exceeds this bound: alone in its document, and between others.
#[track_caller]
fn exceeds(scene: &Scene, document: &Value, bound: &str) {
    let alone = Judge::of(scene, SOON).report(document);
    let (report, middle) = between(scene, entry(document));
    assert!(!report.is_passed());
    for one in [&alone.signatures[0], &middle] {
        assert_eq!(one.conclusion.to_string(), EXCEEDED);
        let sentence = format!("it has more than {bound}; nothing of it is concluded");
        assert_eq!(one.sentence, sentence);
        let names: Vec<_> = one.checks.iter().map(|check| check.name).collect();
        assert_eq!(names, ["bounds"]);
        assert!(one.time_stamps.is_empty() && one.counter_signatures.is_empty() && one.path.is_empty());
        assert_eq!((one.signer.as_ref(), one.time_is_proven), (None, false));
    }
}
#[track_caller]
fn holds(scene: &Scene, document: &Value) {
    let (report, middle) = between(scene, entry(document));
    assert_eq!(middle.conclusion.to_string(), PASSED, "{}", middle.sentence);
    assert!(report.is_passed());
}
/// Properties that say nothing.
fn with(document: &Value, name: &str, value: &Value, count: usize) -> Value {
    let property: Value = base64url::encode(json!({ name: value }).to_string().as_bytes()).into();
    let mut all = properties(document);
    all.extend(std::iter::repeat_n(property, count));
    let mut document = document.clone();
    document["header"] = json!({ "etsiU": all });
    document
}

#[test]
fn more_unsigned_properties_than_a_signature_may_have_are_its_own_excess() {
    let scene = Scene::new();
    let document = scene.document();
    holds(&scene, &with(&document, "x", &json!(1), 256));
    exceeds(
        &scene,
        &with(&document, "x", &json!(1), 257),
        "256 unsigned properties",
    );
}

#[test]
fn more_certificates_among_them_are_its_own_excess() {
    let scene = Scene::new();
    let document = scene.document();
    let many = |count| certificates(&vec![&scene.authority_certificate; count]);
    holds(&scene, &with(&document, "xVals", &many(128), 1));
    let bound = "128 certificates among its unsigned properties";
    exceeds(&scene, &with(&document, "xVals", &many(129), 1), bound);
    // However they are spread, and whatever stands before them that is no certificate.
    let (half, junk) = (
        many(65),
        json!(vec![json!({ "x509Cert": { "val": "MAA=" } }); 200]),
    );
    let spread = with(
        &with(&document, "xVals", &junk, 1),
        "anyValData",
        &json!({ "xVals": half }),
        2,
    );
    exceeds(&scene, &spread, bound);
}

#[test]
fn more_values_in_strings_are_its_own_excess() {
    let scene = Scene::new();
    let document = scene.document();
    let many = json!(vec![0; 4000]);
    holds(&scene, &with(&document, "x", &many, 2));
    let bound = "8192 JSON values in its strings";
    exceeds(&scene, &with(&document, "x", &many, 3), bound);
    // In a counter-signature as well.
    let inner = with(&document, "x", &many, 2);
    holds(&scene, &with(&document, "cSig", &compact_with(&inner), 1));
    exceeds(&scene, &with(&document, "cSig", &inner, 2), bound);
}
/// A counter-signature has one property less to say.
fn compact_with(document: &Value) -> Value {
    let mut document = document.clone();
    document["header"]["etsiU"].as_array_mut().unwrap().pop();
    document
}

#[test]
fn more_counter_signatures_are_its_own_excess() {
    let scene = Scene::new();
    let document = scene.document();
    let counter = json!("e30..AA");
    holds(&scene, &with(&document, "cSig", &counter, 15));
    exceeds(
        &scene,
        &with(&document, "cSig", &counter, 16),
        "15 counter-signatures",
    );
}

#[test]
fn deeper_counter_signatures_are_its_own_excess() {
    let scene = Scene::new();
    let document = scene.document();
    let nested =
        |depth: usize| (0..depth).fold(document.clone(), |inner, _| with(&document, "cSig", &inner, 1));
    holds(&scene, &nested(4));
    exceeds(&scene, &nested(5), "four levels of counter-signatures");
}

#[test]
fn more_time_stamps_are_its_own_excess() {
    let scene = Scene::new();
    let document = scene.document();
    let one = json!({ "val": "MAA=" });
    holds(
        &scene,
        &with(&document, "arcTst", &json!({ "tstTokens": vec![&one; 64] }), 1),
    );
    let many = json!({ "tstTokens": vec![&one; 65] });
    exceeds(&scene, &with(&document, "arcTst", &many, 1), "64 time-stamps");
}

#[test]
fn more_octets_under_time_stamps_are_its_own_excess() {
    let scene = Scene::new();
    let large = with(&scene.document(), "x", &json!("x".repeat(3 * 1024 * 1024)), 1);
    // Of four mebibytes as base64url, 17 times.
    let stamps = json!({ "tstTokens": vec![json!({ "val": "MAA=" }); 17] });
    exceeds(
        &scene,
        &with(&large, "arcTst", &stamps, 1),
        "64 MiB under time-stamps",
    );
}

/// Wherever they stand: in it, in its counter-signatures, in tokens. Which of them matters nobody knows beforehand.
#[test]
fn more_candidates_for_its_paths_are_its_own_excess() {
    let scene = Scene::new();
    let stranger = Issuer::new("Stranger");
    let mut serials = 0..=u16::MAX;
    let mut many = |count| -> Vec<Certificate> {
        let serials = serials.by_ref().take(count);
        let certified = |serial: u16| {
            let mut request = stranger.ca();
            request.serial = [[0x21].as_slice(), &serial.to_be_bytes()].concat();
            request.signed_by(&stranger)
        };
        serials.map(certified).collect()
    };
    let brings = |document: &Value, all: &[Certificate]| {
        let all: Vec<_> = all.iter().collect();
        with(document, "xVals", &certificates(&all), 1)
    };
    let mut document = scene.document();
    for _ in 0..3 {
        let counter = brings(&scene.document(), &many(128));
        document = with(&document, "cSig", &counter, 1);
    }
    holds(&scene, &brings(&document, &many(120)));
    exceeds(
        &scene,
        &brings(&document, &many(128)),
        "512 candidate certificates",
    );
}

#[test]
fn more_revocation_data_are_its_own_excess() {
    let scene = Scene::new();
    let stranger = Issuer::new("Stranger");
    let lists = |count: i64| -> Vec<_> {
        let days =
            (0..count).map(|second| at("2026-06-02T00:00:00Z") + jiff::SignedDuration::from_secs(second));
        days.map(|day| list(&stranger, &day.to_string(), &[])).collect()
    };
    let with_lists = |count| with(&scene.document(), "rVals", &revocation(&lists(count)), 1);
    // With the three that the caller brings.
    holds(&scene, &with_lists(253));
    exceeds(&scene, &with_lists(254), "256 revocation data");
}

/// Each time-stamp by another stranger, and for each as many that may have issued its certificate.
#[test]
fn more_signatures_on_certificates_to_check_are_its_own_excess() {
    let scene = Scene::new();
    let stranger = Issuer::new("Stranger");
    let host = Issuer::of(stranger.name.clone(), KeyKind::Ec(Curve::P256));
    let junk: Vec<Certificate> = (0..128_u8)
        .map(|index| {
            let mut request = host.ca();
            request.serial = vec![0x21, index + 1];
            request.signed_by(&stranger)
        })
        .collect();
    let mut document = scene.document();
    add(
        &mut document,
        "xVals",
        &certificates(&junk.iter().collect::<Vec<_>>()),
    );
    for index in 0..60 {
        let name = format!("TSU {index}");
        let theirs = unit(&name, &stranger, "2025-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
        stamp(&mut document, &theirs, PROVEN);
    }
    exceeds(&scene, &document, "256 signatures to check");
}

#[test]
fn a_malformed_signature_refuses_itself_alone() {
    let scene = Scene::new();
    let sound = entry(&scene.document());
    let change = |name: &str, value: Value| {
        let mut changed = sound.clone();
        changed[name] = value;
        changed
    };
    let twice = base64url::encode(br#"{"alg":"ES256","alg":"none"}"#);
    for (malformed, sentence) in [
        (json!(1), "not a JWS: a signature is not an object"),
        (
            json!({}),
            "not a JWS: the protected header is missing or not a string",
        ),
        (
            change("protected", "e30=".into()),
            "not a JWS: the protected header is not canonical base64url",
        ),
        (
            change("protected", twice.into()),
            r#"protected header: member "alg" stands twice at """#,
        ),
        (
            change("signature", json!(null)),
            "not a JWS: the signature is missing or not a string",
        ),
        (
            change("signature", "".into()),
            "not a JWS: the signature is empty or not canonical base64url",
        ),
        (
            change("signature", "A".repeat(4100).into()),
            "not a JWS: the signature is longer than 4 KiB",
        ),
        (
            change("header", json!([])),
            "not a JWS: the unprotected header is not an object",
        ),
        (
            change("header", json!({ "alg": "ES256" })),
            "not a JWS: a parameter stands in both headers",
        ),
    ] {
        let (report, middle) = between(&scene, malformed);
        assert_eq!(middle.conclusion.to_string(), MALFORMED);
        assert_eq!(middle.sentence, sentence);
        assert_eq!(report.conclusion().to_string(), MALFORMED);
    }
}

#[test]
fn a_member_that_does_not_belong_into_a_signature_fails_that_one() {
    let scene = Scene::new();
    let mut strange = entry(&scene.document());
    strange["evil"] = json!(1);
    let (_, middle) = between(&scene, strange);
    assert_eq!(middle.conclusion.to_string(), MALFORMED);
    assert!(middle.findings().any(|check| check.name == "known-members"));
}

/// RFC 7797 §3: whatever else is wrong with one of them, its header says how it means the payload that all share.
#[test]
fn one_signature_that_means_the_payload_otherwise_ends_the_document() {
    let scene = Scene::new();
    let sound = entry(&scene.document());
    let mut other = Scene::new();
    other.change = |header| {
        header.insert("b64".into(), json!(false));
        header.insert("crit".into(), json!(["b64"]));
    };
    let plain = entry(&other.document());
    let mut unsigned = plain.clone();
    unsigned["signature"] = "".into();
    let mut unread = plain.clone();
    unread["header"] = json!({ "etsiU": vec!["e30"; 257] });
    for differs in [plain, unsigned, unread] {
        let report = Judge::of(&scene, SOON).report(&general(&[sound.clone(), differs]));
        let reason = ReadError::Format("b64 differs between the signatures");
        assert_eq!(report.unreadable, Some(reason));
        assert_eq!(report.conclusion().to_string(), MALFORMED);
    }
}

#[test]
fn where_every_signature_is_malformed_there_is_no_document() {
    let scene = Scene::new();
    let report = Judge::of(&scene, SOON).report(&general(&[json!(1), json!({})]));
    assert_eq!(
        report.unreadable,
        Some(ReadError::Format("a signature is not an object"))
    );
    assert!(report.signatures.is_empty() && !report.is_passed());
    assert_eq!(report.conclusion().to_string(), MALFORMED);
}

/// It costs its own report and nothing of the signature on which it is made.
#[test]
fn a_counter_signature_that_exceeds_says_so_itself() {
    let scene = Scene::new();
    let document = scene.document();
    let counter = with(&document, "x", &json!(1), 257);
    let (_, middle) = between(&scene, entry(&with(&document, "cSig", &counter, 1)));
    assert_eq!(middle.conclusion.to_string(), PASSED);
    let counter = &middle.counter_signatures[0];
    assert_eq!(counter.conclusion.to_string(), EXCEEDED);
    assert!(counter.sentence.contains("256 unsigned properties"));
}
