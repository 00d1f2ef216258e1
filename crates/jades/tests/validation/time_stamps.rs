//! What time-stamps prove, and what they do not.
use crate::{authority::*, forge::*, scene::*};
use procura_crypto::{Curve, KeyKind};
use procura_jades::report::{SignatureReport, TimeStampReport};
use procura_jose::base64url;
use procura_pki::Anchor;
use serde_json::{Value, json};

const REVOKED_LATER: &str = "2026-09-01T00:00:00Z";
const PASSED: &str = "TOTAL-PASSED";
const REVOKED: &str = "INDETERMINATE / REVOKED_NO_POE";

/// The seal's certificate was revoked after the signature: all rests on its time-stamps.
fn judge(scene: &Scene) -> Judge {
    let mut judge = Judge::of(scene, NOW);
    judge.revocation = scene.lists_of(NOW, Some(REVOKED_LATER), None);
    judge
}
fn only(judge: &Judge, document: &Value) -> SignatureReport {
    judge.report(document).signatures.remove(0)
}
fn told(stamps: &[TimeStampReport]) -> Vec<String> {
    stamps.iter().map(|stamp| stamp.conclusion.to_string()).collect()
}

#[test]
fn a_time_stamp_proves_its_time_and_that_is_the_best_signature_time() {
    let scene = Scene::new();
    let mut document = scene.at_level(Level::T);
    stamp(&mut document, &scene.second, "2026-07-01T00:00:00Z");
    let report = only(&judge(&scene), &document);
    assert_eq!(report.conclusion.to_string(), PASSED);
    assert!(report.time_is_proven);
    assert_eq!(report.best_signature_time, at(PROVEN));
    assert_eq!(report.control_time, Some(at(REVOKED_LATER)));
    assert_eq!(told(&report.time_stamps), [PASSED, PASSED]);
}

#[test]
fn a_time_stamp_over_something_else_proves_nothing() {
    let scene = Scene::new();
    let mut document = scene.document();
    let token = token(&scene.first, b"something else", PROVEN);
    add(&mut document, "sigTst", &container(&token));
    let report = only(&judge(&scene), &document);
    assert_eq!(told(&report.time_stamps), ["TOTAL-FAILED / HASH_FAILURE"]);
    assert_eq!(report.conclusion.to_string(), REVOKED);
    assert!(!report.time_is_proven);
}

/// An old draft had it so.
#[test]
fn a_time_stamp_over_the_octets_of_the_signature_is_over_something_else() {
    let scene = Scene::new();
    let mut document = scene.document();
    let octets = base64url::decode(document["signature"].as_str().unwrap()).unwrap();
    add(
        &mut document,
        "sigTst",
        &container(&token(&scene.first, &octets, PROVEN)),
    );
    assert_eq!(judge(&scene).conclusion(&document), REVOKED);
}

#[test]
fn a_time_stamp_of_another_signature_proves_nothing_of_this_one() {
    let scene = Scene::new();
    let other = scene.at_level(Level::T);
    let mut document = scene.document();
    document["header"] = other["header"].clone();
    let report = only(&judge(&scene), &document);
    assert_eq!(told(&report.time_stamps), ["TOTAL-FAILED / HASH_FAILURE"]);
    assert_eq!(report.conclusion.to_string(), REVOKED);
}

#[test]
fn anchors_for_seals_do_not_serve_for_time_stamps() {
    let scene = Scene::new();
    let mut judge = judge(&scene);
    judge
        .anchors
        .signatures
        .push(Anchor(scene.stamps_certificate.clone()));
    judge.anchors.time_stamps.clear();
    let report = only(&judge, &scene.at_level(Level::T));
    assert_eq!(
        told(&report.time_stamps),
        ["INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND"]
    );
    assert_eq!(report.conclusion.to_string(), REVOKED);
}

#[test]
fn a_seal_is_no_time_stamping_unit() {
    let scene = Scene::new();
    let mut judge = judge(&scene);
    judge
        .anchors
        .time_stamps
        .push(Anchor(scene.root_certificate.clone()));
    // A certificate that may sign documents, made by a CA that is trusted for time-stamps as well.
    let keys = Issuer::new("Another seal");
    let mut request = keys.leaf();
    request.serial = vec![0x55];
    let unit = Unit {
        certificate: request.signed_by(&scene.stamps),
        issuer: scene.stamps.name.clone(),
        keys,
    };
    let mut document = scene.document();
    stamp(&mut document, &unit, PROVEN);
    let report = only(&judge, &document);
    assert_eq!(
        told(&report.time_stamps),
        ["INDETERMINATE / CHAIN_CONSTRAINTS_FAILURE"]
    );
    assert_eq!(report.conclusion.to_string(), REVOKED);
}

#[test]
fn a_time_stamp_of_the_future_proves_nothing() {
    let scene = Scene::new();
    let mut document = scene.document();
    stamp(&mut document, &scene.first, "2026-12-01T00:05:01Z");
    let report = only(&judge(&scene), &document);
    assert_eq!(
        told(&report.time_stamps),
        ["INDETERMINATE / SIG_CONSTRAINTS_FAILURE"]
    );
    assert_eq!(report.conclusion.to_string(), REVOKED);
}

#[test]
fn a_time_stamp_outside_of_its_units_validity_proves_nothing() {
    for (from, to, conclusion) in [
        (
            "2026-07-01T00:00:00Z",
            "2040-01-01T00:00:00Z",
            "TOTAL-FAILED / NOT_YET_VALID",
        ),
        (
            "2025-01-01T00:00:00Z",
            "2026-05-01T00:00:00Z",
            "INDETERMINATE / OUT_OF_BOUNDS_NO_POE",
        ),
    ] {
        let mut scene = Scene::new();
        scene.first = unit("TSU 333", &scene.stamps, from, to);
        let report = only(&judge(&scene), &scene.at_level(Level::T));
        assert_eq!(told(&report.time_stamps), [conclusion]);
        assert_eq!(report.conclusion.to_string(), REVOKED);
    }
}

#[test]
fn a_unit_that_is_revoked_proves_nothing_from_then_on_and_nothing_older_that_is_not_archived() {
    let scene = Scene::new();
    let mut judge = judge(&scene);
    let day = "2026-11-30T00:00:00Z";
    let revoked = list(
        &scene.stamps,
        day,
        &[(&scene.first.certificate, "2026-08-01T00:00:00Z")],
    );
    judge.revocation.push(read(&revoked));
    for (level, stamps, conclusion) in [
        (Level::T, vec!["INDETERMINATE / REVOKED_NO_POE"], REVOKED),
        (Level::Lt, vec!["INDETERMINATE / REVOKED_NO_POE"], REVOKED),
        // The archive time-stamp by another unit proves that the first one is older than the revocation.
        (Level::Lta, vec![PASSED, PASSED], PASSED),
    ] {
        let report = only(&judge, &scene.at_level(level));
        assert_eq!(told(&report.time_stamps), stamps, "{level:?}");
        assert_eq!(report.conclusion.to_string(), conclusion, "{level:?}");
    }
}

#[test]
fn an_expired_unit_counts_where_its_time_stamp_was_archived_with_data_of_its_validity() {
    let mut scene = Scene::new();
    scene.first = unit(
        "TSU 4444",
        &scene.stamps,
        "2025-01-01T00:00:00Z",
        "2026-08-01T00:00:00Z",
    );
    let judge = judge(&scene);
    for (level, conclusion) in [(Level::T, REVOKED), (Level::Lt, REVOKED), (Level::Lta, PASSED)] {
        assert_eq!(judge.conclusion(&scene.at_level(level)), conclusion, "{level:?}");
    }
}

const ENDED: &str = "INDETERMINATE / OUT_OF_BOUNDS_NO_POE";

/// Its authority was certified anew for the same key, and the former certificate is revoked: anybody may add that one.
#[test]
fn a_revoked_twin_of_a_units_authority_does_not_hide_the_good_one() {
    let mut scene = Scene::new();
    let middle = Issuer::new("Stamps of the middle");
    let twin = |serial: u8| {
        let mut request = middle.ca().valid("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
        request.serial = vec![0x41, serial];
        request.signed_by(&scene.stamps)
    };
    let (revoked, good) = (twin(1), twin(2));
    scene.first = unit(
        "TSU 55555",
        &middle,
        "2025-01-01T00:00:00Z",
        "2026-08-01T00:00:00Z",
    );
    let lists = [
        list(&scene.root, COLLECTED, &[]),
        list(&scene.authority, COLLECTED, &[]),
        list(&scene.stamps, COLLECTED, &[(&revoked, "2026-01-01T00:00:00Z")]),
        list(&middle, COLLECTED, &[]),
    ];
    for (twins, conclusion) in [
        (vec![&good], PASSED),
        (vec![&good, &revoked], PASSED),
        (vec![&revoked, &good], PASSED),
        (vec![&revoked], ENDED),
    ] {
        let mut document = scene.at_level(Level::T);
        let own = [twins, vec![&scene.authority_certificate]].concat();
        add(&mut document, "xVals", &certificates(&own));
        add(&mut document, "rVals", &revocation(&lists));
        archive(&mut document, &scene.second, ARCHIVED);
        let report = only(&judge(&scene), &document);
        assert_eq!(told(&report.time_stamps), [conclusion, PASSED]);
    }
}

#[test]
fn a_broken_archive_time_stamp_alone_never_fails_a_valid_signature() {
    let scene = Scene::new();
    let mut document = scene.at_level(Level::Lt);
    let token = token(&scene.second, b"something else", ARCHIVED);
    add(&mut document, "arcTst", &container(&token));
    let soon = Judge::of(&scene, "2026-06-08T00:00:00Z");
    let report = only(&soon, &document);
    assert_eq!(told(&report.time_stamps), [PASSED, "TOTAL-FAILED / HASH_FAILURE"]);
    assert_eq!(report.conclusion.to_string(), PASSED);
    // And it proves nothing: what only an archive would show stays open.
    let mut later = Judge::of(&scene, NOW);
    later.revocation = scene.lists_of(NOW, None, Some(REVOKED_LATER));
    assert_eq!(later.conclusion(&document), "INDETERMINATE / REVOKED_CA_NO_POE");
}

#[test]
fn time_stamps_that_contradict_each_other_are_no_proof() {
    let scene = Scene::new();
    let mut document = scene.at_level(Level::Lt);
    archive(&mut document, &scene.second, "2026-06-01T11:00:00Z");
    assert_eq!(
        judge(&scene).conclusion(&document),
        "INDETERMINATE / TIMESTAMP_ORDER_FAILURE"
    );
}

/// §5.5.4 step 4: the order is asked as well where the signature passes without any of them.
#[test]
fn a_signature_that_needs_no_time_stamp_is_undecided_where_they_contradict_each_other() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, "2026-06-08T00:00:00Z");
    assert_eq!(judge.conclusion(&scene.document()), PASSED);
    for level in [Level::T, Level::Lt, Level::Lta] {
        let mut document = scene.at_level(level);
        assert_eq!(judge.conclusion(&document), PASSED);
        archive(&mut document, &scene.second, "2026-06-01T11:00:00Z");
        let report = only(&judge, &document);
        assert_eq!(
            report.conclusion.to_string(),
            "INDETERMINATE / TIMESTAMP_ORDER_FAILURE"
        );
        assert!(
            report
                .time_stamps
                .iter()
                .all(|stamp| stamp.conclusion.is_passed())
        );
    }
}

#[test]
fn a_signature_that_is_older_than_its_certificate_was_not_made_by_it() {
    let scene = Scene::valid("2026-05-15T00:00:00Z", "2027-01-01T00:00:00Z");
    let mut document = scene.document();
    stamp(&mut document, &scene.first, "2026-05-01T00:00:00Z");
    assert_eq!(
        judge(&scene).conclusion(&document),
        "TOTAL-FAILED / NOT_YET_VALID"
    );
}

/// A document whose content was time-stamped before it was signed.
fn with_content(scene: &Scene, when: &str) -> Value {
    let payload = base64url::encode(PAYLOAD);
    let token = token(&scene.first, payload.as_bytes(), when);
    let mut header = scene.header();
    header.insert("adoTst".into(), container(&token));
    let protected = base64url::encode(&serde_json::to_vec(&header).unwrap());
    let input = format!("{protected}.{payload}");
    let scheme = procura_crypto::Scheme::Ecdsa {
        digest: procura_crypto::Digest::Sha256,
        encoding: procura_crypto::EcdsaEncoding::Fixed,
    };
    let signature = scene.seal.key.sign(scheme, input.as_bytes()).unwrap();
    json!({ "payload": payload, "protected": protected, "signature": base64url::encode(&signature) })
}

/// It is signed, so the archive covers it as it covers what was added.
#[test]
fn an_archive_proves_the_content_time_stamp_before_its_unit_is_revoked() {
    let scene = Scene::new();
    let mut judge = judge(&scene);
    let revoked = [(&scene.first.certificate, "2026-08-01T00:00:00Z")];
    judge
        .revocation
        .push(read(&list(&scene.stamps, "2026-11-30T00:00:00Z", &revoked)));
    let mut document = with_content(&scene, "2026-06-01T11:59:00Z");
    stamp(&mut document, &scene.second, PROVEN);
    let lists = [list(&scene.stamps, COLLECTED, &[])];
    add(&mut document, "rVals", &revocation(&lists));
    assert_eq!(told(&only(&judge, &document).time_stamps), [REVOKED, PASSED]);
    archive(&mut document, &scene.second, ARCHIVED);
    assert_eq!(
        told(&only(&judge, &document).time_stamps),
        [PASSED, PASSED, PASSED]
    );
}

/// `adoTst`: the content is proven to be younger than what ended, so nothing can mend it any more.
#[test]
fn content_that_is_younger_than_the_end_of_its_certificate_fails() {
    let mut scene = Scene::new();
    scene.claimed = "2026-08-01T00:00:00Z".to_owned();
    for (when, conclusion) in [
        ("2026-10-01T00:00:00Z", "TOTAL-FAILED / REVOKED"),
        ("2026-08-01T00:00:00Z", REVOKED),
    ] {
        assert_eq!(judge(&scene).conclusion(&with_content(&scene, when)), conclusion);
    }
    let mut scene = Scene::valid("2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z");
    scene.claimed = "2026-08-01T00:00:00Z".to_owned();
    for (when, conclusion) in [
        ("2026-10-01T00:00:00Z", "TOTAL-FAILED / EXPIRED"),
        ("2026-08-01T00:00:00Z", "INDETERMINATE / OUT_OF_BOUNDS_NO_POE"),
    ] {
        let judge = Judge::of(&scene, NOW);
        assert_eq!(judge.conclusion(&with_content(&scene, when)), conclusion);
    }
}

#[test]
fn a_counter_signature_is_judged_by_the_same_rules_and_spoils_nothing() {
    let scene = Scene::new();
    let counter = |change: fn(&mut serde_json::Map<String, Value>), by: &Scene| {
        let mut header = by.header();
        change(&mut header);
        header
    };
    let master = scene.document();
    let signed = |header: &serde_json::Map<String, Value>, key: &Issuer| {
        let octets = base64url::decode(master["signature"].as_str().unwrap()).unwrap();
        let payload = base64url::encode(&octets);
        let protected = base64url::encode(&serde_json::to_vec(header).unwrap());
        let scheme = procura_crypto::Scheme::Ecdsa {
            digest: procura_crypto::Digest::Sha256,
            encoding: procura_crypto::EcdsaEncoding::Fixed,
        };
        let input = format!("{protected}.{payload}");
        let signature = key.key.sign(scheme, input.as_bytes()).unwrap();
        json!(format!("{protected}..{}", base64url::encode(&signature)))
    };
    let stranger = Scene::new();
    let judge = Judge::of(&scene, "2026-06-08T00:00:00Z");
    for (value, conclusion) in [
        (signed(&counter(|_| {}, &scene), &scene.seal), PASSED),
        (
            signed(
                &counter(|h| drop(h.insert("cty".into(), json!("x"))), &scene),
                &scene.seal,
            ),
            "TOTAL-FAILED / FORMAT_FAILURE",
        ),
        (
            signed(&counter(|_| {}, &scene), &stranger.seal),
            "TOTAL-FAILED / SIG_CRYPTO_FAILURE",
        ),
        (
            signed(&counter(|_| {}, &stranger), &stranger.seal),
            "INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND",
        ),
        (json!("none"), "TOTAL-FAILED / FORMAT_FAILURE"),
    ] {
        let mut document = master.clone();
        add(&mut document, "cSig", &value);
        let report = only(&judge, &document);
        assert_eq!(report.conclusion.to_string(), PASSED);
        assert_eq!(report.counter_signatures.len(), 1);
        assert_eq!(report.counter_signatures[0].conclusion.to_string(), conclusion);
    }
}

#[test]
fn a_token_by_an_ended_algorithm_proves_only_what_was_archived_before() {
    let mut scene = Scene::new();
    let keys = Issuer::of(cn("TSU 55555"), KeyKind::Ec(Curve::P384));
    let mut request = keys
        .leaf()
        .with(for_time_stamps())
        .valid("2025-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
    request.serial = vec![0x31, 0x55];
    scene.first = Unit {
        certificate: request.signed_by(&scene.stamps),
        issuer: scene.stamps.name.clone(),
        keys,
    };
    for (end, conclusions, proven) in [
        ("2026-08-01", [REVOKED, PASSED], PROVEN),
        // Before the archive time-stamp: that one alone proves something, of its own time.
        ("2026-06-02", [REVOKED, PASSED], ARCHIVED),
        ("2027-01-01", [PASSED, PASSED], PROVEN),
    ] {
        let mut judge = judge(&scene);
        judge.policy.catalogue = catalogue_with("secp384r1", "1.3.132.0.34", end);
        for (level, conclusion) in [Level::Lt, Level::Lta].into_iter().zip(conclusions) {
            let report = only(&judge, &scene.at_level(level));
            assert_eq!(report.conclusion.to_string(), conclusion, "{end} {level:?}");
            if level == Level::Lta {
                assert_eq!(report.best_signature_time, at(proven), "{end}");
            }
        }
    }
}
