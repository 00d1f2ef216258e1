//! Tokens in documents: one thing broken in a sound one, and nothing is proven by it.
use crate::{authority::*, forge::*, scene::*};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_crypto::Digest;
use serde_json::{Value, json};

const REVOKED: &str = "INDETERMINATE / REVOKED_NO_POE";
const FORMAT: &str = "TOTAL-FAILED / FORMAT_FAILURE";

/// The seal's certificate was revoked after the signature: all rests on its time-stamp.
fn judge(scene: &Scene) -> Judge {
    let mut judge = Judge::of(scene, NOW);
    judge.revocation = scene.lists_of(NOW, Some("2026-09-01T00:00:00Z"), None);
    judge
}
/// A `sigTst` that `change` alters before it is signed.
fn stamped(scene: &Scene, change: impl FnOnce(&mut Parts, &[u8])) -> Value {
    let mut document = scene.document();
    let data = document["signature"].as_str().unwrap().to_owned();
    let mut parts = scene.first.over(data.as_bytes());
    parts.after_serial[0] = time(at(PROVEN));
    change(&mut parts, data.as_bytes());
    add(&mut document, "sigTst", &container(&scene.first.sign(&parts)));
    document
}
#[track_caller]
fn proves_nothing(scene: &Scene, document: &Value, why: &str) {
    let report = judge(scene).report(document);
    assert_eq!(stamps(&report), [why]);
    assert!(!report.signatures[0].time_is_proven);
    assert_eq!(report.conclusion().to_string(), REVOKED);
}

type Broken = fn(&mut Parts, &[u8]);

/// Each rule of a token (RFC 3161 §2.4.2, RFC 5652, RFC 5816), and what EN 319 102-1 §5.4 calls the failure.
const RULES: [(Broken, &str); 15] = [
    // A digest that anybody can make collide.
    (
        |parts, data| {
            let sha1 = Digest::Sha1.of(data);
            parts.imprint = seq(&[seq(&[oid("1.3.14.3.2.26")]), octets(&sha1)]);
        },
        "INDETERMINATE / CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    ),
    (
        |parts, _| parts.imprint = seq(&[seq(&[oid("1.2.3")]), octets(&[1; 32])]),
        "INDETERMINATE / CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    ),
    (
        |parts, _| parts.imprint = seq(&[seq(&[oid(SHA256)]), octets(&[1; 32])]),
        "TOTAL-FAILED / HASH_FAILURE",
    ),
    (|parts, _| parts.signers = 2, FORMAT),
    (|parts, _| parts.signers = 0, FORMAT),
    (|parts, _| parts.content_type = "1.2.840.113549.1.7.1", FORMAT),
    (|parts, _| parts.outer_type = "1.2.840.113549.1.7.1", FORMAT),
    (
        |parts, _| parts.attributes.content_type = Some(content_type("1.2.840.113549.1.7.1")),
        FORMAT,
    ),
    (|parts, _| parts.attributes.reference = None, FORMAT),
    (
        |parts, _| parts.attributes.reference = Some(reference_v2(&Unit::new().certificate)),
        "INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND",
    ),
    // One that agrees does not heal one that does not.
    (
        |parts, _| parts.attributes.more.push(reference_v1(&Unit::new().certificate)),
        "INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND",
    ),
    (
        |parts, _| parts.certificates.clear(),
        "INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND",
    ),
    (
        |parts, _| parts.attributes.message_digest = Some(message_digest(&[0; 32])),
        "TOTAL-FAILED / HASH_FAILURE",
    ),
    (
        |parts, _| {
            let unknown = seq(&[oid("1.2.3.4"), boolean(true), octets(&[5, 0])]);
            parts.after_serial.push(tlv(0xa1, &seq(&[unknown])));
        },
        FORMAT,
    ),
    (
        |parts, _| parts.digest_algorithm = seq(&[oid(SHA512)]),
        "INDETERMINATE / CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    ),
];

#[test]
fn each_broken_rule_of_a_token_leaves_the_signature_without_proof() {
    let scene = Scene::new();
    let sound = judge(&scene).report(&stamped(&scene, |_, _| {}));
    assert_eq!(
        (stamps(&sound), sound.is_passed()),
        (vec![PASSED.to_owned()], true)
    );
    for (broken, why) in RULES {
        proves_nothing(&scene, &stamped(&scene, broken), why);
    }
}

#[test]
fn a_token_by_another_key_than_its_units_proves_nothing() {
    let scene = Scene::new();
    let mut document = scene.document();
    let parts = scene
        .first
        .over(document["signature"].as_str().unwrap().as_bytes());
    add(&mut document, "sigTst", &container(&Unit::new().sign(&parts)));
    proves_nothing(&scene, &document, "TOTAL-FAILED / SIG_CRYPTO_FAILURE");
}

#[test]
fn what_is_no_token_proves_nothing() {
    let scene = Scene::new();
    for value in ["", "AAAA", "!", "MIIB"] {
        let mut document = scene.document();
        add(
            &mut document,
            "sigTst",
            &json!({ "tstTokens": [{ "val": value }] }),
        );
        proves_nothing(&scene, &document, FORMAT);
    }
}

/// It belongs to the question that was asked of the authority; nobody asks here.
#[test]
fn a_nonce_in_a_token_says_nothing_of_the_document() {
    let scene = Scene::new();
    let document = stamped(&scene, |parts, _| parts.after_serial.push(tlv(2, &[0x7f, 1])));
    assert_eq!(judge(&scene).conclusion(&document), PASSED);
}

type Change = fn(Request) -> Request;

/// RFC 3161 §2.3.
#[test]
fn only_a_certificate_for_time_stamps_alone_and_critically_so_is_a_units() {
    const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";
    const SERVER: &str = "1.3.6.1.5.5.7.3.1";
    const ANY: &str = "2.5.29.37.0";
    let cases: [Change; 7] = [
        |request| request,
        |request| request.with(purposes(true, &[SERVER])),
        |request| request.with(purposes(true, &[TIME_STAMPING, SERVER])),
        |request| request.with(purposes(true, &[ANY])),
        |request| request.with(purposes(false, &[TIME_STAMPING])),
        |request| {
            request
                .with(for_time_stamps())
                .with(basic_constraints(true, None))
        },
        |request| {
            request
                .without_extensions()
                .with(key_usage(KEY_ENCIPHERMENT))
                .with(for_time_stamps())
        },
    ];
    for change in cases {
        let mut scene = Scene::new();
        let mut request = scene.first.keys.leaf();
        request.serial = vec![0x31, 0x66];
        scene.first.certificate = change(request).signed_by(&scene.stamps);
        let document = scene.at_level(Level::T);
        proves_nothing(&scene, &document, "INDETERMINATE / CHAIN_CONSTRAINTS_FAILURE");
    }
}

/// The CA was revoked since: all rests on the archive.
#[test]
fn an_archive_proves_nothing_where_anything_that_it_covers_is_another() {
    let scene = Scene::new();
    let mut judge = Judge::of(&scene, NOW);
    judge.revocation = scene.lists_of(NOW, None, Some("2026-09-01T00:00:00Z"));
    let sound = scene.at_level(Level::Lta);
    assert_eq!(judge.conclusion(&sound), PASSED);
    let all = properties(&sound);
    let [stamp, certificates, revocation, archive] = all.as_slice() else {
        panic!("sigTst, xVals, rVals, arcTst");
    };
    let octets = procura_jose::base64url::decode(stamp.as_str().unwrap()).unwrap();
    let spaced = [&octets[..1], b" ", &octets[1..]].concat();
    let spaced: Value = procura_jose::base64url::encode(&spaced).into();
    // The dot between signature and properties is missing.
    let text = |name: &str| sound[name].as_str().unwrap();
    let before: String = all[..3].iter().map(|one| one.as_str().unwrap()).collect();
    let covered = [text("payload"), text("protected"), text("signature")].join(".") + &before;
    let mut dotless = sound.clone();
    dotless["header"] = json!({ "etsiU": all[..3] });
    let token = token(&scene.second, covered.as_bytes(), ARCHIVED);
    add(&mut dotless, "arcTst", &container(&token));
    let with = |all: &[&Value]| {
        let mut document = sound.clone();
        document["header"] = json!({ "etsiU": all });
        document
    };
    for (name, document) in [
        ("exchanged", with(&[certificates, stamp, revocation, archive])),
        ("removed", with(&[stamp, revocation, archive])),
        (
            "repeated",
            with(&[stamp, stamp, certificates, revocation, archive]),
        ),
        ("spaced", with(&[&spaced, certificates, revocation, archive])),
        ("dotless", dotless),
    ] {
        let report = judge.report(&document);
        let told = stamps(&report).pop().unwrap();
        assert_eq!(told, "TOTAL-FAILED / HASH_FAILURE", "{name}");
        let conclusion = report.conclusion().to_string();
        assert_eq!(conclusion, "INDETERMINATE / REVOKED_CA_NO_POE", "{name}");
    }
}

/// What is written in clear JSON rests on a canonicalisation that nobody agreed on.
#[test]
fn an_archive_of_clear_properties_proves_nothing_and_fails_nothing() {
    let scene = Scene::new();
    let mut document = scene.document();
    let token = BASE64_STANDARD.encode(token(&scene.second, b"anything", ARCHIVED));
    document["header"] = json!({ "etsiU": [{ "arcTst": { "tstTokens": [{ "val": token }] } }] });
    let report = Judge::of(&scene, SOON).report(&document);
    assert_eq!(stamps(&report), ["INDETERMINATE / SIGNED_DATA_NOT_FOUND"]);
    assert!(report.is_passed());
}
