//! What proves existence, and what only seems to.
use crate::{forge::*, scene::*};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_ades::SubIndication;
use procura_jades::report::{Block, Outcome, SignatureReport};
use procura_jose::base64url;
use serde_json::json;

/// A sound signature value with a header that somebody else put beside it proves nothing of that header.
#[test]
fn a_broken_signature_proves_nothing_of_its_header() {
    // The key of the CA is stolen, its certificate revoked on 06-04. Everything else was prepared before.
    let scene = Scene::new();
    let sub = Issuer::new("Sub CA");
    let keys = Issuer::new("Counter");
    let leaf = keys.leaf().signed_by(&sub);
    // Issued with the stolen key after the revocation.
    let mut request = sub.ca();
    request.serial = vec![0x44];
    let forged = request.signed_by(&scene.authority);
    let old = scene.at_level(Level::T);
    let octets = base64url::decode(old["signature"].as_str().unwrap()).unwrap();
    let header = json!({
        "alg": "ES256",
        "iat": at("2026-06-02T00:00:00Z").as_second(),
        "x5c": [BASE64_STANDARD.encode(leaf.der())],
        "x5t#S256": base64url::encode(&leaf.sha256()),
    });
    let payload = base64url::encode(&octets);
    let protected = base64url::encode(header.to_string().as_bytes());
    let input = format!("{protected}.{payload}");
    let signature = keys.key.sign(scene.scheme(), input.as_bytes()).unwrap();
    let mut counter =
        json!({ "payload": payload, "protected": protected, "signature": base64url::encode(&signature) });
    stamp(&mut counter, &scene.first, "2026-06-02T00:00:00Z");
    let day = "2026-06-02T00:00:00Z";
    let lists = [
        list(&scene.root, day, &[]),
        list(&scene.authority, day, &[]),
        list(&sub, day, &[]),
    ];
    add(&mut counter, "rVals", &revocation(&lists));
    archive(&mut counter, &scene.second, "2026-06-03T00:00:00Z");
    let mut judge = Judge::of(&scene, SOON);
    judge.revocation = scene.lists_of(SOON, None, Some("2026-06-04T00:00:00Z"));
    let mut document = old;
    add(
        &mut document,
        "xVals",
        &certificates(&[&forged, &scene.authority_certificate]),
    );
    add(&mut document, "cSig", &counter);
    let mut header = scene.header();
    let x5c = header["x5c"].as_array_mut().unwrap();
    x5c.push(json!(BASE64_STANDARD.encode(forged.der())));
    document["protected"] = base64url::encode(&serde_json::to_vec(&header).unwrap()).into();
    let report = judge.report(&document);
    let one = &report.signatures[0];
    assert_eq!(one.conclusion.to_string(), "TOTAL-FAILED / SIG_CRYPTO_FAILURE");
    assert_eq!(
        one.counter_signatures[0].conclusion.to_string(),
        "INDETERMINATE / REVOKED_CA_NO_POE"
    );
}

#[test]
fn one_time_stamp_has_one_token() {
    let scene = Scene::new();
    let mut document = scene.document();
    let data = document["signature"].as_str().unwrap().to_owned();
    let tokens: Vec<_> = [&scene.first, &scene.second]
        .iter()
        .map(|unit| json!({ "val": BASE64_STANDARD.encode(token(unit, data.as_bytes(), PROVEN)) }))
        .collect();
    add(&mut document, "sigTst", &json!({ "tstTokens": tokens }));
    let report = Judge::of(&scene, SOON).report(&document);
    assert_eq!(stamps(&report), ["TOTAL-FAILED / FORMAT_FAILURE"; 2]);
    assert!(!report.signatures[0].time_is_proven);
}

#[test]
fn a_canonicalisation_that_is_asked_for_is_never_passed_over() {
    let scene = Scene::new();
    let mut document = scene.document();
    let mut one = container(&token(
        &scene.first,
        document["signature"].as_str().unwrap().as_bytes(),
        PROVEN,
    ));
    one["canonAlg"] = "http://www.w3.org/2006/12/xml-c14n11".into();
    add(&mut document, "sigTst", &one);
    let report = Judge::of(&scene, SOON).report(&document);
    assert_eq!(stamps(&report), ["INDETERMINATE / SIGNED_DATA_NOT_FOUND"]);
    assert!(report.is_passed());
}

#[test]
fn clocks_of_two_units_may_differ_a_little() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    for (at, conclusion) in [
        ("2026-06-01T12:00:04Z", PASSED),
        ("2026-06-01T11:58:05Z", PASSED),
        ("2026-06-01T11:58:04Z", "INDETERMINATE / TIMESTAMP_ORDER_FAILURE"),
    ] {
        let mut document = scene.at_level(Level::Lt);
        archive(&mut document, &scene.second, at);
        assert_eq!(judge.conclusion(&document), conclusion, "{at}");
    }
}

/// Strings are covered one after the other: whoever joins two keeps the imprint. It is said.
#[test]
fn properties_that_were_joined_are_told() {
    let scene = Scene::new();
    let mut document = scene.document();
    let data = document["signature"].as_str().unwrap().to_owned();
    let stamp = container(&token(&scene.first, data.as_bytes(), PROVEN));
    // Of a length that leaves no bits over, so that another string can follow.
    let text = (0..3)
        .map(|pad| {
            let mut stamp = stamp.clone();
            stamp["pad"] = "x".repeat(pad).into();
            json!({ "sigTst": stamp }).to_string()
        })
        .find(|text| text.len() % 3 == 0)
        .unwrap();
    document["header"] = json!({ "etsiU": [base64url::encode(text.as_bytes())] });
    add(
        &mut document,
        "xVals",
        &certificates(&[&scene.authority_certificate]),
    );
    archive(&mut document, &scene.second, ARCHIVED);
    let all = properties(&document);
    let joined = format!("{}{}", all[0].as_str().unwrap(), all[1].as_str().unwrap());
    document["header"] = json!({ "etsiU": [joined, all[2]] });
    let report = Judge::of(&scene, SOON).report(&document);
    let stamp = &report.signatures[0].time_stamps[0];
    assert!(stamp.sentence.contains("cannot be read"), "{}", stamp.sentence);
    assert!(
        report.signatures[0]
            .findings()
            .any(|check| check.name == "etsiu-property")
    );
}

/// What validation in the past refused, and why.
fn past(report: &SignatureReport) -> (Option<SubIndication>, &str) {
    let check = report
        .checks
        .iter()
        .find(|check| check.block == Block::Past)
        .unwrap();
    assert_eq!(check.outcome, Outcome::Failed);
    (check.sub_indication, &check.sentence)
}

/// A list vouches until the next one is due, and for nothing that was signed after.
#[test]
fn an_old_list_vouches_for_no_later_signature() {
    let scene = Scene::valid("2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z");
    for (day, passes) in [("2026-05-30T00:00:00Z", true), ("2026-05-20T00:00:00Z", false)] {
        let mut document = scene.at_level(Level::T);
        add(
            &mut document,
            "rVals",
            &revocation(&[list(&scene.authority, day, &[])]),
        );
        archive(&mut document, &scene.second, ARCHIVED);
        let report = only(&Judge::of(&scene, NOW), &document);
        assert_eq!(report.conclusion.is_passed(), passes, "{report:#?}");
        if !passes {
            let (sub_indication, sentence) = past(&report);
            assert_eq!(sub_indication, Some(SubIndication::NoPoe));
            let word = "nothing proves that the signature existed at 2026-05-27";
            assert!(sentence.contains(word), "{sentence}");
            // §5.6.3.4: what the past cannot mend stays what it is now.
            assert_eq!(
                report.conclusion.to_string(),
                "INDETERMINATE / OUT_OF_BOUNDS_NO_POE"
            );
        }
    }
}

/// Whoever holds the key of a revoked CA can issue certificates of any date.
#[test]
fn a_certificate_below_a_revoked_ca_is_proven_to_be_older_or_counts_for_nothing() {
    let scene = Scene::new();
    let mut judge = Judge::of(&scene, NOW);
    judge.revocation = scene.lists_of(NOW, None, Some("2026-09-01T00:00:00Z"));
    let own = certificates(&[&scene.certificate, &scene.authority_certificate]);
    for archived in [true, false] {
        let mut document = scene.altered(|header| drop(header.remove("x5c")));
        stamp(&mut document, &scene.first, PROVEN);
        let lists = [&scene.root, &scene.authority, &scene.stamps].map(|one| list(one, COLLECTED, &[]));
        add(&mut document, "rVals", &revocation(&lists));
        if archived {
            add(&mut document, "xVals", &own);
        }
        archive(&mut document, &scene.second, ARCHIVED);
        if !archived {
            add(&mut document, "xVals", &own);
        }
        let report = only(&judge, &document);
        assert_eq!(report.conclusion.is_passed(), archived, "{report:#?}");
        if !archived {
            let (sub_indication, sentence) = past(&report);
            assert_eq!(sub_indication, Some(SubIndication::NoPoe));
            let word = "nothing proves that certificate O=RealTruth, CN=Seal existed at 2026-09-01";
            assert!(sentence.contains(word), "{sentence}");
            assert_eq!(report.conclusion.to_string(), "INDETERMINATE / REVOKED_CA_NO_POE");
        }
    }
}
