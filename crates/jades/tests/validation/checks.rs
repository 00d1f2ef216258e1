//! Every check of basic validation with exactly its rule broken.
use crate::{forge::*, scene::*};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_ades::validation::{Anchors, Policy};
use procura_crypto::{Curve, KeyKind};
use procura_jades::{
    Profile, Rules, Validation,
    report::{Outcome, SignatureReport},
};
use procura_jose::{AlgorithmSet, base64url};
use procura_pki::Anchor;
use serde_json::{Map, Value, json};

/// A week after it was signed nothing has happened yet.
const SOON: &str = "2026-06-08T00:00:00Z";

fn judged(judge: &Judge, document: &Value) -> SignatureReport {
    judge.report(document).signatures.remove(0)
}
/// Names of the checks that failed.
fn failed(report: &SignatureReport) -> Vec<&'static str> {
    let failed = report
        .checks
        .iter()
        .filter(|check| check.outcome == Outcome::Failed);
    failed.map(|check| check.name).collect()
}
fn compact(document: &Value) -> String {
    let part = |name: &str| document[name].as_str().unwrap();
    [part("protected"), part("payload"), part("signature")].join(".")
}

#[test]
fn a_sound_signature_passes_every_check() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let report = judged(&judge, &scene.document());
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

type Change = fn(&mut Map<String, Value>);

/// Each rule of the header, what it is called, and what EN 319 102-1 calls the failure.
const HEADER: [(Change, &str, &str); 17] = [
    (
        |h| drop(h.insert("alg".into(), json!("HS256"))),
        "algorithm",
        "TOTAL-FAILED / FORMAT_FAILURE",
    ),
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
];

#[test]
fn each_broken_rule_of_the_header_is_refused_by_its_name() {
    for (change, name, conclusion) in HEADER {
        let mut scene = Scene::new();
        scene.change = change;
        let report = judged(&Judge::of(&scene, SOON), &scene.document());
        assert_eq!(failed(&report), [name], "{:#?}", report.checks);
        assert_eq!(report.conclusion.to_string(), conclusion, "{name}");
    }
}

#[test]
fn what_surrounds_a_signature_is_refused_by_its_name() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let sound = scene.document();
    let with = |name: &str, value: Value| {
        let mut document = sound.clone();
        document[name] = value;
        document
    };
    for (document, name) in [
        (with("evil", json!(1)), "known-members"),
        (with("header", json!({ "kid": "x" })), "protected-only"),
        (with("header", json!({ "etsiU": {} })), "etsiu-form"),
    ] {
        let report = judged(&judge, &document);
        assert_eq!(failed(&report), [name]);
        assert_eq!(report.conclusion.to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
    }
    let followed = format!("{}\r\n", compact(&sound));
    let report = judge.report_of(followed.as_bytes()).signatures.remove(0);
    assert_eq!(failed(&report), ["no-line-breaks"]);
}

/// Nobody vouches for it: it says nothing, and does not fail what is signed.
#[test]
fn an_unsigned_property_that_cannot_be_read_is_flagged_and_spoils_nothing() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    for property in ["e30", "!", "bm90IGpzb24"] {
        let mut document = scene.document();
        document["header"] = json!({ "etsiU": [property] });
        let report = judged(&judge, &document);
        assert_eq!(report.conclusion.to_string(), "TOTAL-PASSED");
        let flagged: Vec<_> = report.findings().map(|check| check.name).collect();
        assert_eq!(flagged, ["etsiu-property"]);
    }
}

#[test]
fn what_cannot_be_read_is_a_report_of_a_format_failure() {
    let scene = Scene::new();
    for document in ["", "{", "a.b", r#"{"payload":"","signatures":[]}"#] {
        let report = Judge::of(&scene, SOON).report_of(document.as_bytes());
        assert!(!report.is_passed() && report.signatures.is_empty());
        assert!(report.unreadable.is_some());
        assert_eq!(report.conclusion().to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
    }
}

#[test]
fn a_signature_by_another_key_fails_cryptographically() {
    let scene = Scene::new();
    let mut document = scene.document();
    document["signature"] = Scene::new().document()["signature"].clone();
    let report = judged(&Judge::of(&scene, SOON), &document);
    assert_eq!(failed(&report), ["signature-value"]);
    assert_eq!(report.conclusion.to_string(), "TOTAL-FAILED / SIG_CRYPTO_FAILURE");
}

#[test]
fn a_self_signed_clone_of_a_certificate_leads_nowhere() {
    let mut scene = Scene::new();
    // The same names, the same number; only the keys are somebody else's.
    let judge = Judge::of(&scene, SOON);
    let clone = Issuer::of(cn("Seal"), KeyKind::Ec(Curve::P256));
    scene.certificate = clone.leaf().signed_by(&clone);
    scene.seal = clone;
    let report = judged(&judge, &scene.document());
    assert_eq!(failed(&report), ["certificate-path"]);
    assert_eq!(
        report.conclusion.to_string(),
        "INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND"
    );
}

#[test]
fn certificates_of_the_document_are_never_anchors() {
    let mut scene = Scene::new();
    scene.change = |_| {};
    let mut judge = Judge::of(&scene, SOON);
    judge.anchors.signatures.clear();
    let mut document = scene.document();
    add(
        &mut document,
        "xVals",
        &certificates(&[&scene.authority_certificate, &scene.root_certificate]),
    );
    let conclusion = judge.conclusion(&document);
    assert_eq!(conclusion, "INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND");
}

#[test]
fn anchors_for_time_stamps_do_not_serve_for_seals() {
    let scene = Scene::new();
    let mut judge = Judge::of(&scene, SOON);
    judge.anchors = Anchors {
        signatures: Vec::new(),
        time_stamps: vec![Anchor(scene.root_certificate.clone())],
    };
    let conclusion = judge.conclusion(&scene.document());
    assert_eq!(conclusion, "INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND");
}

#[test]
fn a_certificate_that_may_not_sign_breaks_the_constraints_of_the_chain() {
    let mut scene = Scene::new();
    scene.certificate = scene
        .seal
        .request()
        .with(key_usage(KEY_ENCIPHERMENT))
        .signed_by(&scene.authority);
    let report = judged(&Judge::of(&scene, SOON), &scene.document());
    assert_eq!(failed(&report), ["certificate-purpose"]);
    assert_eq!(
        report.conclusion.to_string(),
        "INDETERMINATE / CHAIN_CONSTRAINTS_FAILURE"
    );
}

#[test]
fn an_unknown_critical_extension_fails_the_chain() {
    let mut scene = Scene::new();
    scene.certificate = scene
        .seal
        .leaf()
        .with(extension("1.2.3.4", true, vec![5, 0]))
        .signed_by(&scene.authority);
    let conclusion = Judge::of(&scene, SOON).conclusion(&scene.document());
    assert_eq!(conclusion, "INDETERMINATE / CERTIFICATE_CHAIN_GENERAL_FAILURE");
}

/// Missing, old, of the future, of another CA, on hold: the status is not known, and never taken as good.
#[test]
fn without_fresh_revocation_data_nothing_passes() {
    let scene = Scene::new();
    let lists = |of_authority: Vec<u8>| {
        [list(&scene.root, "2026-06-07T00:00:00Z", &[]), of_authority]
            .iter()
            .map(|der| read(der))
            .collect::<Vec<_>>()
    };
    let mut other = Issuer::new("CA");
    other.name.clone_from(&scene.authority.name);
    let mut hold = scene.authority.crl();
    hold.this_update = at("2026-06-07T00:00:00Z");
    hold.next_update = Some(at("2026-06-14T00:00:00Z"));
    let hold = hold.revoke(
        &scene.certificate,
        "2026-06-05T00:00:00Z",
        vec![extension("2.5.29.21", false, tlv(10, &[6]))],
    );
    for (revocation, word) in [
        (Vec::new(), "no revocation data"),
        (
            lists(list(&scene.authority, "2026-05-20T00:00:00Z", &[])),
            "newest revocation data",
        ),
        (
            lists(list(&scene.authority, "2026-06-09T00:00:00Z", &[])),
            "of a later time",
        ),
        (
            lists(list(&other, "2026-06-07T00:00:00Z", &[])),
            "does not verify",
        ),
        (lists(hold.der()), "on hold"),
    ] {
        let mut judge = Judge::of(&scene, SOON);
        judge.revocation = revocation;
        let report = judged(&judge, &scene.document());
        assert_eq!(failed(&report)[0], "revocation");
        assert_eq!(report.conclusion.to_string(), "INDETERMINATE / TRY_LATER");
        assert!(report.sentence.contains(word), "{}", report.sentence);
    }
}

/// However new the list is that forgets it.
#[test]
fn a_revocation_is_final() {
    let scene = Scene::new();
    let mut judge = Judge::of(&scene, SOON);
    let older = list(
        &scene.authority,
        "2026-06-05T00:00:00Z",
        &[(&scene.certificate, "2026-05-01T00:00:00Z")],
    );
    judge.revocation.push(read(&older));
    assert_eq!(
        judge.conclusion(&scene.document()),
        "INDETERMINATE / REVOKED_NO_POE"
    );
}

#[test]
fn an_expired_certificate_whose_ca_keeps_what_expired_was_not_revoked() {
    let scene = Scene::valid("2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z");
    let mut judge = Judge::of(&scene, NOW);
    let mut list = scene.authority.crl();
    list.this_update = at("2026-11-30T00:00:00Z");
    list.next_update = Some(at("2026-12-07T00:00:00Z"));
    // expiredCertsOnCRL (X.509 §9.5.2.8)
    let list = list.with(extension("2.5.29.60", false, tlv(0x18, b"20250101000000Z")));
    judge.revocation.push(read(&list.der()));
    for (level, conclusion) in [
        (Level::B, "INDETERMINATE / OUT_OF_BOUNDS_NOT_REVOKED"),
        (Level::T, "TOTAL-PASSED"),
    ] {
        assert_eq!(judge.conclusion(&scene.at_level(level)), conclusion);
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
        let report = judged(&Judge::of(&scene, SOON), &scene.document());
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

#[test]
fn a_key_that_does_not_fit_the_algorithm_is_no_signing_certificate() {
    let scene = Scene::with_key(
        KeyKind::Ec(Curve::P384),
        "ES256",
        "2026-01-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
    );
    let report = judged(&Judge::of(&scene, SOON), &scene.document());
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
        let report = judged(&Judge::of(&scene, SOON), &document);
        assert_eq!(report.conclusion.to_string(), "TOTAL-PASSED");
        let policy = report
            .checks
            .iter()
            .find(|check| check.name == "signature-policy");
        assert_eq!(policy.unwrap().outcome, outcome);
    }
}

#[test]
fn a_credentials_seal_is_compact_attached_and_bare() {
    let scene = Scene::new();
    let mut judge = Judge::of(&scene, SOON);
    judge.rules = Profile::Credential.into();
    let sound = compact(&scene.document());
    assert!(judge.report_of(sound.as_bytes()).is_passed());
    let name = |report: procura_jades::Report| failed(&report.signatures[0]);
    assert_eq!(name(judge.report(&scene.document())), ["compact"]);
    let cases: [(Change, &str); 5] = [
        (
            |h| drop(h.insert("crit".into(), json!(["iat"]))),
            "nothing-critical",
        ),
        (
            |h| {
                h.insert("b64".into(), json!(true));
                h.insert("crit".into(), json!(["b64"]));
            },
            "encoded",
        ),
        (
            |h| {
                let value = h.remove("x5t#S256").unwrap();
                h.insert("x5t#o".into(), json!({ "digAlg": "S256", "digVal": value }));
            },
            "reference-by-sha256",
        ),
        (
            |h| {
                h.remove("iat");
                h.insert("sigT".into(), json!("2025-01-01T00:00:00Z"));
            },
            "iat",
        ),
        (|h| drop(h.remove("x5t#S256")), "one-certificate-reference"),
    ];
    for (change, expected) in cases {
        let mut scene = Scene::valid("2024-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        scene.change = change;
        let mut judge = Judge::of(&scene, SOON);
        judge.rules = Profile::Credential.into();
        let names = name(judge.report_of(compact(&scene.document()).as_bytes()));
        assert!(names.contains(&expected), "{names:?}, expected {expected}");
    }
}

/// Each is flagged, and nothing else is tolerated.
#[test]
fn the_deployed_profile_tolerates_a_bare_x5c_and_an_old_claim_and_says_so() {
    let cases: [(Change, &[&str]); 3] = [
        (
            |h| {
                h.remove("x5t#S256");
                h.remove("iat");
            },
            &["one-certificate-reference", "one-claimed-time"],
        ),
        (
            |h| {
                h.remove("iat");
                h.insert("sigT".into(), json!("2026-06-01T12:00:00Z"));
            },
            &["sigt-ended"],
        ),
        (
            |h| {
                h.remove("iat");
                h.insert("sigT".into(), json!("2026-06-01T12:00:00Z"));
                h.insert("crit".into(), json!(["sigT"]));
            },
            &["sigt-ended"],
        ),
    ];
    for (change, tolerated) in cases {
        let mut scene = Scene::new();
        scene.change = change;
        for (profile, passes) in [
            (Profile::Deployed, true),
            (Profile::Strict, false),
            (Profile::Credential, false),
        ] {
            let mut judge = Judge::of(&scene, SOON);
            judge.rules = profile.into();
            let report = judge.report_of(compact(&scene.document()).as_bytes());
            assert_eq!(report.is_passed(), passes, "{profile:?}: {report:#?}");
            if passes {
                let flagged: Vec<_> = report.signatures[0].findings().map(|check| check.name).collect();
                assert_eq!(flagged, tolerated);
            }
        }
    }
    let mut scene = Scene::new();
    scene.change = |h| {
        h.insert("x".into(), json!(1));
        h.insert("crit".into(), json!(["x"]));
    };
    let mut judge = Judge::of(&scene, SOON);
    judge.rules = Profile::Deployed.into();
    assert!(!judge.report_of(compact(&scene.document()).as_bytes()).is_passed());
}

#[test]
fn dss_compat_lowers_the_level_where_strict_refuses() {
    let mut scene = Scene::new();
    scene.change = |h| drop(h.insert("crit".into(), json!([])));
    let mut judge = Judge::of(&scene, SOON);
    judge.rules = Rules::dss_compat();
    let report = judged(&judge, &scene.document());
    assert_eq!(report.conclusion.to_string(), "TOTAL-PASSED");
    assert_eq!(report.level.to_string(), "JSON_NOT_ETSI");
    assert_eq!(
        report.findings().map(|check| check.name).collect::<Vec<_>>(),
        ["crit-form"]
    );
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
