//! Each rule of the protected header broken once.
use crate::scene::*;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_jades::report::Outcome;
use procura_jose::base64url;
use serde_json::json;

/// Each rule of the header, what it is called, and what EN 319 102-1 calls the failure.
const HEADER: [(Change, &str, &str); 31] = [
    (
        |h| drop(h.insert("crit".into(), json!([]))),
        "crit-form",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| drop(h.insert("crit".into(), json!("iat"))),
        "crit-form",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| drop(h.insert("crit".into(), json!(["iat", "iat"]))),
        "crit-form",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| drop(h.insert("crit".into(), json!(["exp"]))),
        "crit-present",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| drop(h.insert("crit".into(), json!(["alg"]))),
        "crit-names",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| {
            h.insert("x".into(), json!(1));
            h.insert("crit".into(), json!(["x"]));
        },
        "crit-understood",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| drop(h.insert("b64".into(), json!(true))),
        "crit-complete",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| drop(h.insert("crit".into(), json!([1]))),
        "crit-form",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| drop(h.insert("crit".into(), json!(null))),
        "crit-form",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| drop(h.insert("b64".into(), json!(false))),
        "crit-complete",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| drop(h.insert("crit".into(), json!(["b64"]))),
        "crit-present",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| {
            h.insert("b64".into(), json!("false"));
            h.insert("crit".into(), json!(["b64"]));
        },
        "b64-form",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| drop(h.insert("etsiU".into(), json!([]))),
        "unprotected-only",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
    (
        |h| drop(h.remove("x5t#S256")),
        "one-certificate-reference",
        "INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND",
    ),
    (
        |h| {
            let value = h["x5t#S256"].clone();
            h.insert("x5t#o".into(), json!({ "digAlg": "S256", "digVal": value }));
        },
        "one-certificate-reference",
        "INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND",
    ),
    (
        |h| {
            let padded = format!("{}=", h["x5t#S256"].as_str().unwrap());
            h.insert("x5t#S256".into(), json!(padded));
        },
        "no-padding",
        "INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND",
    ),
    (
        |h| drop(h.insert("x5t".into(), json!("AAAAAAAAAAAAAAAAAAAAAAAAAAA"))),
        "no-sha1-reference",
        "INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND",
    ),
    (
        |h| h["x5c"].as_array_mut().unwrap().swap(0, 1),
        "signer-first",
        "INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND",
    ),
    (
        |h| drop(h.remove("iat")),
        "one-claimed-time",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
    (
        |h| drop(h.insert("sigT".into(), json!("2024-01-01T00:00:00Z"))),
        "one-claimed-time",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
    (
        |h| {
            h.remove("iat");
            h.insert("sigT".into(), json!("2026-06-01T12:00:00Z"));
        },
        "sigt-ended",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
    (
        |h| drop(h.insert("iat".into(), json!(1e3))),
        "claimed-time-form",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
    (
        |h| drop(h.insert("iat".into(), json!(1.5))),
        "claimed-time-form",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
    (
        |h| drop(h.insert("iat".into(), json!("1780315200"))),
        "claimed-time-form",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
    (
        |h| drop(h.insert("iat".into(), json!(-1))),
        "claimed-time-form",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
    (
        |h| drop(h.insert("iat".into(), json!(1_780_315_200_000_u64))),
        "claimed-time-form",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
    (
        |h| drop(h.insert("iat".into(), json!(u64::MAX))),
        "claimed-time-form",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
    (
        |h| drop(h.insert("iat".into(), json!(null))),
        "claimed-time-form",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
    (
        |h| {
            h.remove("iat");
            h.insert("sigT".into(), json!("2024-01-01T00:00:00+00:00"));
        },
        "claimed-time-form",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
    (
        |h| {
            h.remove("iat");
            h.insert("sigT".into(), json!("2024-01-01"));
        },
        "claimed-time-form",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
    (
        |h| {
            h.remove("iat");
            h.insert("sigT".into(), json!(1_704_067_200));
        },
        "claimed-time-form",
        "INDETERMINATE / SIG_CONSTRAINTS_FAILURE",
    ),
];

#[test]
fn each_broken_rule_of_the_header_is_refused_by_its_name() {
    for (change, name, conclusion) in HEADER {
        let mut scene = Scene::new();
        scene.change = change;
        let report = only(&Judge::of(&scene, SOON), &scene.document());
        assert_eq!(failed(&report), [name], "{:#?}", report.checks);
        assert_eq!(report.conclusion.to_string(), conclusion, "{name}");
    }
}

/// They are no claims of a credential, and nothing critical.
#[test]
fn exp_and_nbf_of_a_header_say_nothing() {
    let scene = Scene::new();
    let document = scene.altered(|header| {
        header.insert("exp".into(), json!(1));
        header.insert("nbf".into(), json!(4_000_000_000_u64));
    });
    let report = only(&Judge::of(&scene, SOON), &document);
    assert_eq!(report.conclusion.to_string(), PASSED);
    assert_eq!(report.findings().count(), 0);
}

/// The store is not signed: of several the one that matches counts, and junk fails nothing.
#[test]
fn a_signature_policy_is_known_where_the_one_that_was_signed_is_at_hand() {
    let mut scene = Scene::new();
    scene.change = |h| {
        let digest = procura_crypto::digest::sha256(b"policy");
        let id = json!({ "id": "urn:oid:1.2.3" });
        h.insert(
            "sigPId".into(),
            json!({ "id": id, "digAlg": "S256", "digVal": base64url::encode(&digest) }),
        );
    };
    let cases: [(&[&[u8]], Outcome); 4] = [
        (&[b"policy"], Outcome::Passed),
        (&[b"another", b"policy"], Outcome::Passed),
        (&[b"another"], Outcome::Tolerated),
        (&[], Outcome::Tolerated),
    ];
    for (stored, outcome) in cases {
        let mut document = scene.document();
        for one in stored {
            let store = json!({ "sigPolDoc": BASE64_STANDARD.encode(one), "spDSpec": { "id": "urn:x" } });
            add(&mut document, "sigPSt", &store);
        }
        let report = only(&Judge::of(&scene, SOON), &document);
        assert_eq!(report.conclusion.to_string(), "TOTAL-PASSED");
        let policy = report
            .checks
            .iter()
            .find(|check| check.name == "signature-policy");
        assert_eq!(policy.unwrap().outcome, outcome);
    }
}

#[test]
fn a_critical_expiry_is_observed() {
    for (end, conclusion) in [
        (json!(1_780_000_000), "INDETERMINATE / SIG_CONSTRAINTS_FAILURE"),
        (json!("soon"), "INDETERMINATE / SIG_CONSTRAINTS_FAILURE"),
        (json!(4_000_000_000_u64), PASSED),
    ] {
        let scene = Scene::new();
        let document = scene.altered(|header| {
            header.insert("crit".into(), json!(["exp"]));
            header.insert("exp".into(), end);
        });
        assert_eq!(Judge::of(&scene, SOON).conclusion(&document), conclusion);
    }
}

#[test]
fn a_claimed_time_lies_in_the_certificates_validity_and_not_in_the_future() {
    for (claimed, word) in [
        ("2025-12-31T23:59:59Z", "validity"),
        ("2026-06-08T00:01:01Z", "future"),
    ] {
        let mut scene = Scene::new();
        scene.claimed = claimed.to_owned();
        let report = only(&Judge::of(&scene, SOON), &scene.document());
        assert_eq!(failed(&report), ["claimed-time"]);
        assert_eq!(
            report.conclusion.to_string(),
            "INDETERMINATE / SIG_CONSTRAINTS_FAILURE"
        );
        assert!(report.sentence.contains(word), "{}", report.sentence);
    }
}

#[test]
fn what_nothing_mends_is_told_even_where_the_past_would_pass() {
    let mut scene = Scene::new();
    scene.change = |h| drop(h.remove("iat"));
    let mut judge = Judge::of(&scene, NOW);
    judge.revocation = scene.lists_of(NOW, Some("2026-09-01T00:00:00Z"), None);
    let conclusion = judge.conclusion(&scene.at_level(Level::Lta));
    assert_eq!(conclusion, "INDETERMINATE / SIG_CONSTRAINTS_FAILURE");
}
