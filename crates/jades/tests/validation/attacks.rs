//! Attacks on validation: what anybody, the thief of a key, or whoever chooses the unsigned material can try.
use crate::{authority::*, forge::*, responder, scene::*};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_crypto::{Curve, Digest, EcdsaEncoding, KeyKind, Scheme};
use procura_jades::{Report, Validation, examine::BudgetExceeded};
use procura_jose::{AlgorithmSet, base64url};
use procura_pki::{Anchor, Certificate};
use serde_json::{Value, json};

const SOON: &str = "2026-06-08T00:00:00Z";
const PASSED: &str = "TOTAL-PASSED";

const ES256: Scheme = Scheme::Ecdsa {
    digest: Digest::Sha256,
    encoding: EcdsaEncoding::Fixed,
};

/// A list of the root for a year.
fn yearly(root: &Issuer, from: &str) -> Vec<u8> {
    let mut list = root.crl();
    list.this_update = at(from);
    list.next_update = Some(at(from) + jiff::SignedDuration::from_hours(365 * 24));
    list.der()
}
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
fn stamps(report: &Report) -> Vec<String> {
    let of = report.signatures[0].time_stamps.iter();
    of.map(|stamp| stamp.conclusion.to_string()).collect()
}

mod authorities {
    use super::*;

    /// Whoever holds the key of an expired CA could issue for ever.
    #[test]
    fn a_ca_outside_of_its_validity_vouches_for_nothing_that_is_not_proven_older() {
        for (from, to) in [
            ("2020-01-01T00:00:00Z", "2026-05-01T00:00:00Z"),
            ("2026-08-01T00:00:00Z", "2040-01-01T00:00:00Z"),
        ] {
            let mut scene = Scene::new();
            scene.authority_certificate = scene.authority.ca().valid(from, to).signed_by(&scene.root);
            let mut judge = Judge::of(&scene, SOON);
            judge.revocation = vec![
                read(&yearly(&scene.root, "2026-04-01T00:00:00Z")),
                read(&list(&scene.authority, "2026-06-07T00:00:00Z", &[])),
            ];
            for level in Level::ALL {
                let conclusion = judge.conclusion(&scene.at_level(level));
                assert_eq!(
                    conclusion, "INDETERMINATE / OUT_OF_BOUNDS_NO_POE",
                    "{from} {level:?}"
                );
            }
        }
    }

    #[test]
    fn an_expired_ca_vouches_for_what_is_archived_before() {
        let mut scene = Scene::new();
        scene.authority_certificate = scene
            .authority
            .ca()
            .valid("2020-01-01T00:00:00Z", "2026-08-01T00:00:00Z")
            .signed_by(&scene.root);
        let mut judge = Judge::of(&scene, NOW);
        judge
            .revocation
            .push(read(&yearly(&scene.root, "2026-07-01T00:00:00Z")));
        for (level, conclusion) in [
            (Level::T, "INDETERMINATE / OUT_OF_BOUNDS_NO_POE"),
            (Level::Lt, "INDETERMINATE / OUT_OF_BOUNDS_NO_POE"),
            (Level::Lta, PASSED),
        ] {
            assert_eq!(judge.conclusion(&scene.at_level(level)), conclusion, "{level:?}");
        }
    }

    #[test]
    fn a_unit_below_an_expired_ca_proves_nothing() {
        let mut scene = Scene::new();
        let root = Issuer::new("Stamp root");
        let long = root.ca().valid("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
        let root_certificate = long.signed_by(&root);
        let ended = scene
            .stamps
            .ca()
            .valid("2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z");
        let ca = ended.signed_by(&root);
        // Made by the thief of the key of the CA that expired.
        scene.first = unit(
            "TSU 77777",
            &scene.stamps,
            "2023-06-01T00:00:00Z",
            "2040-01-01T00:00:00Z",
        );
        let mut judge = Judge::of(&scene, NOW);
        judge.revocation = scene.lists_of(NOW, Some("2026-09-01T00:00:00Z"), None);
        judge
            .revocation
            .push(read(&yearly(&root, "2023-12-31T00:00:00Z")));
        judge.anchors.time_stamps = vec![Anchor(root_certificate)];
        let mut document = scene.at_level(Level::T);
        add(&mut document, "xVals", &certificates(&[&ca]));
        let report = judge.report(&document);
        assert_eq!(stamps(&report), ["INDETERMINATE / OUT_OF_BOUNDS_NO_POE"]);
        assert_eq!(report.conclusion().to_string(), "INDETERMINATE / REVOKED_NO_POE");
    }

    /// Anybody may add the public, expired certificate of the same key.
    #[test]
    fn a_revoked_ca_is_not_helped_by_its_expired_predecessor() {
        let mut scene = Scene::new();
        let successor = scene.authority_certificate.clone();
        let mut request = scene.authority.ca();
        request.serial = vec![0x71];
        let older = request
            .valid("2020-01-01T00:00:00Z", "2026-05-01T00:00:00Z")
            .signed_by(&scene.root);
        "2026-06-07T12:00:00Z".clone_into(&mut scene.claimed);
        let mut judge = Judge::of(&scene, SOON);
        let revoked = list(
            &scene.root,
            "2026-06-07T00:00:00Z",
            &[(&successor, "2026-06-05T00:00:00Z")],
        );
        judge.revocation = vec![
            read(&revoked),
            read(&list(&scene.authority, "2026-06-07T00:00:00Z", &[])),
        ];
        let mut document = scene.document();
        assert_eq!(judge.conclusion(&document), "INDETERMINATE / REVOKED_CA_NO_POE");
        add(&mut document, "xVals", &certificates(&[&older]));
        add(
            &mut document,
            "rVals",
            &revocation(&[yearly(&scene.root, "2026-04-01T00:00:00Z")]),
        );
        assert_eq!(judge.conclusion(&document), "INDETERMINATE / REVOKED_CA_NO_POE");
    }

    #[test]
    fn a_listed_end_entity_issues_nothing_even_without_key_usage() {
        let own = Issuer::new("Listed unit");
        let anchor = Anchor(own.request().signed_by(&own));
        let mut request = Issuer::new("Other").leaf();
        request.serial = vec![0x66];
        let leaf = request.signed_by(&own);
        let options = procura_pki::PathOptions::default();
        let found = procura_pki::path::find(&leaf, &[], &[anchor], at(SOON), &options);
        assert!(
            matches!(found, Err(procura_pki::PathError::KeyUsage { .. })),
            "{found:?}"
        );
    }

    #[test]
    fn a_certificate_for_another_purpose_alone_signs_no_documents() {
        for oid in ["1.3.6.1.5.5.7.3.8", responder::OCSP_SIGNING, "1.3.6.1.5.5.7.3.1"] {
            let mut scene = Scene::new();
            scene.certificate = scene
                .seal
                .leaf()
                .with(purposes(true, &[oid]))
                .signed_by(&scene.authority);
            let conclusion = Judge::of(&scene, SOON).conclusion(&scene.document());
            assert_eq!(conclusion, "INDETERMINATE / CHAIN_CONSTRAINTS_FAILURE", "{oid}");
        }
        let mut scene = Scene::new();
        scene.certificate = scene
            .seal
            .leaf()
            .with(purposes(true, &["1.3.6.1.5.5.7.3.4"]))
            .signed_by(&scene.authority);
        assert_eq!(Judge::of(&scene, SOON).conclusion(&scene.document()), PASSED);
    }
}

mod revocation_data {
    use super::*;

    /// A responder below the CA of the scene, with a certificate of January.
    fn answer(scene: &Scene) -> responder::Answer {
        use responder::{OCSP_SIGNING, World, no_check};
        let delegate = Issuer::new("OCSP responder 1");
        let delegated = World::request(&delegate)
            .with(responder::purposes(&[OCSP_SIGNING]))
            .with(no_check())
            .valid("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
            .signed_by(&scene.authority);
        let world = World {
            ca: scene.authority.clone(),
            issuer: scene.authority_certificate.clone(),
            leaf: scene.certificate.clone(),
            delegate,
            delegated,
        };
        let mut answer = world.delegated().one(|single| {
            single.this_update = at("2026-01-15T00:00:00Z");
            single.next_update = Some(at("2049-01-01T00:00:00Z"));
        });
        answer.produced_at = at("2026-01-15T00:00:00Z");
        answer
    }

    /// Its key may be anybody's by now, and any date be written with it.
    #[test]
    fn a_responder_that_has_expired_says_nothing_that_is_not_proven_older() {
        let scene = Scene::new();
        let answer = answer(&scene).read().unwrap();
        for (now, conclusion) in [
            (SOON, "INDETERMINATE / REVOCATION_OUT_OF_BOUNDS_NO_POE"),
            ("2026-01-20T00:00:00Z", PASSED),
        ] {
            let mut scene = Scene::new();
            scene.claimed = "2026-01-10T00:00:00Z".to_owned();
            let own = self::answer(&scene).read().unwrap();
            let mut judge = Judge::of(&scene, now);
            let day = at(now) - jiff::SignedDuration::from_hours(24);
            judge.revocation = vec![read(&list(&scene.root, &day.to_string(), &[])), own.into()];
            assert_eq!(judge.conclusion(&scene.document()), conclusion, "{now}");
        }
        assert!(!answer.der().is_empty());
    }

    /// They are authentic: whoever could make them up could as well revoke.
    #[test]
    fn a_revocation_counts_though_the_responder_that_told_it_has_expired() {
        let scene = Scene::new();
        let mut answer = answer(&scene).one(|single| {
            single.status = responder::revoked("2026-01-14T00:00:00Z", Some(1));
        });
        answer.produced_at = at("2026-01-15T00:00:00Z");
        let mut judge = Judge::of(&scene, SOON);
        assert_eq!(judge.conclusion(&scene.document()), PASSED);
        judge.revocation.push(answer.read().unwrap().into());
        assert_eq!(
            judge.conclusion(&scene.document()),
            "INDETERMINATE / REVOKED_NO_POE"
        );
        let mut later = Judge::of(&scene, NOW);
        later.revocation.push(answer.read().unwrap().into());
        assert!(!later.report(&scene.at_level(Level::Lta)).is_passed());
    }

    /// Who can break the key of the CA by now can write a list of any date.
    #[test]
    fn data_by_an_ended_algorithm_count_only_where_they_are_proven_to_be_older_than_its_end() {
        let mut scene = Scene::valid("2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z");
        scene.authority = Issuer::of(cn("CA"), KeyKind::Ec(Curve::P384));
        let request = scene
            .authority
            .ca()
            .valid("2020-01-01T00:00:00Z", "2040-01-01T00:00:00Z");
        scene.authority_certificate = request.signed_by(&scene.root);
        let request = scene
            .seal
            .leaf()
            .valid("2026-01-01T00:00:00Z", "2026-09-01T00:00:00Z");
        scene.certificate = request.signed_by(&scene.authority);
        let mut judge = Judge::of(&scene, NOW);
        judge.policy.catalogue = catalogue_with("secp384r1", "1.3.132.0.34", "2026-10-01");
        for (level, conclusion) in [
            (Level::Lt, "INDETERMINATE / OUT_OF_BOUNDS_NO_POE"),
            (Level::Lta, PASSED),
        ] {
            assert_eq!(judge.conclusion(&scene.at_level(level)), conclusion, "{level:?}");
        }
    }

    /// A further revocation never turns a refusal into an acceptance.
    #[test]
    fn a_known_revocation_from_before_the_signature_is_never_forgotten() {
        let scene = Scene::new();
        let mut judge = Judge::of(&scene, NOW);
        for authority in [None, Some("2026-06-04T00:00:00Z")] {
            judge.revocation = scene.lists_of(NOW, Some("2026-06-01T00:00:00Z"), authority);
            assert!(
                !judge.report(&scene.at_level(Level::Lta)).is_passed(),
                "{authority:?}"
            );
        }
        judge.revocation = scene.lists_of(NOW, None, Some("2026-06-04T00:00:00Z"));
        assert_eq!(judge.conclusion(&scene.at_level(Level::Lta)), PASSED);
    }

    #[test]
    fn of_data_of_the_same_instant_the_worse_count_in_any_order() {
        let scene = Scene::new();
        let mut hold = scene.authority.crl();
        hold.this_update = at("2026-06-07T00:00:00Z");
        hold.next_update = Some(at("2026-06-14T00:00:00Z"));
        let reason = extension("2.5.29.21", false, tlv(10, &[6]));
        let hold = hold
            .revoke(&scene.certificate, "2026-06-05T00:00:00Z", vec![reason])
            .der();
        let good = list(&scene.authority, "2026-06-07T00:00:00Z", &[]);
        for lists in [[&good, &hold], [&hold, &good]] {
            let mut judge = Judge::of(&scene, SOON);
            judge.revocation = vec![read(&list(&scene.root, "2026-06-07T00:00:00Z", &[]))];
            judge.revocation.extend(lists.iter().map(|der| read(der)));
            assert_eq!(judge.conclusion(&scene.document()), "INDETERMINATE / TRY_LATER");
        }
    }

    #[test]
    fn what_cannot_be_read_does_not_crowd_out_what_can() {
        let scene = Scene::new();
        let mut judge = Judge::of(&scene, SOON);
        judge.revocation.clear();
        let document = scene.at_level(Level::Lt);
        assert_eq!(judge.conclusion(&document), PASSED);
        let mut junk = scene.document();
        add(&mut junk, "rVals", &revocation(&vec![vec![0x30, 0]; 128]));
        let mut all = properties(&junk);
        all.extend(properties(&document));
        let mut changed = document;
        changed["header"] = json!({ "etsiU": all });
        assert_eq!(judge.conclusion(&changed), PASSED);
    }

    #[test]
    fn lists_of_strangers_do_not_crowd_out_the_callers() {
        let scene = Scene::new();
        let judge = Judge::of(&scene, SOON);
        let stranger = Issuer::new("Stranger");
        let lists = |day: &str| -> Vec<_> {
            (0..128)
                .map(|second| {
                    let mut one = stranger.crl();
                    one.this_update = at(day) + jiff::SignedDuration::from_secs(second);
                    one.der()
                })
                .collect()
        };
        let mut document = scene.document();
        add(
            &mut document,
            "rVals",
            &revocation(&lists("2026-06-07T00:00:00Z")),
        );
        let mut counter = Scene::new().document();
        add(&mut counter, "rVals", &revocation(&lists("2026-05-07T00:00:00Z")));
        add(&mut document, "cSig", &counter);
        assert_eq!(judge.conclusion(&document), PASSED);
    }

    /// What was fresh when the signature is proven to have existed counts, as it would have counted then (§5.5.4).
    #[test]
    fn a_list_of_the_morning_vouches_for_what_was_signed_at_noon() {
        let scene = Scene::new();
        let mut document = scene.at_level(Level::T);
        let day = "2026-06-01T06:00:00Z";
        let lists = [
            list(&scene.root, day, &[]),
            list(&scene.authority, day, &[]),
            list(&scene.stamps, day, &[]),
        ];
        add(
            &mut document,
            "xVals",
            &certificates(&[&scene.authority_certificate]),
        );
        add(&mut document, "rVals", &revocation(&lists));
        archive(&mut document, &scene.second, "2026-06-01T13:00:00Z");
        let mut judge = Judge::of(&scene, NOW);
        // Of today's lists only that for time-stamps.
        judge.revocation = scene.lists_of(NOW, None, None).split_off(2);
        assert_eq!(judge.conclusion(&document), PASSED);
    }
}

mod proofs {
    use super::*;

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
        let signature = keys.key.sign(ES256, input.as_bytes()).unwrap();
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
        assert!(!one.counter_signatures[0].conclusion.is_passed());
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
        // Of a length that leaves no bits over, so that another string can follow.
        let text = (0..3)
            .map(|pad| {
                let mut value = container(&token(&scene.first, data.as_bytes(), PROVEN));
                value["pad"] = "x".repeat(pad).into();
                json!({ "sigTst": value }).to_string()
            })
            .find(|text| text.len() % 3 == 0);
        let Some(text) = text else { return };
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
}

mod surroundings {
    use super::*;

    #[test]
    fn a_critical_expiry_is_observed() {
        for (end, conclusion) in [
            (json!(1_780_000_000), "INDETERMINATE / SIG_CONSTRAINTS_FAILURE"),
            (json!("soon"), "INDETERMINATE / SIG_CONSTRAINTS_FAILURE"),
            (json!(4_000_000_000_u64), PASSED),
        ] {
            let mut scene = Scene::new();
            scene.change = |header| {
                header.insert("crit".into(), json!(["exp"]));
                header.insert("exp".into(), json!(null));
            };
            let mut document = scene.document();
            let mut header = scene.header();
            header.insert("exp".into(), end);
            let protected = base64url::encode(&serde_json::to_vec(&header).unwrap());
            let input = format!("{protected}.{}", document["payload"].as_str().unwrap());
            let signature = scene.seal.key.sign(ES256, input.as_bytes()).unwrap();
            document["protected"] = protected.into();
            document["signature"] = base64url::encode(&signature).into();
            assert_eq!(Judge::of(&scene, SOON).conclusion(&document), conclusion);
        }
    }

    #[test]
    fn what_surrounds_a_counter_signature_is_judged_with_it() {
        let scene = Scene::new();
        let mut document = scene.document();
        let octets = base64url::decode(document["signature"].as_str().unwrap()).unwrap();
        let payload = base64url::encode(&octets);
        let protected = base64url::encode(&serde_json::to_vec(&scene.header()).unwrap());
        let input = format!("{protected}.{payload}");
        let signature = scene.seal.key.sign(ES256, input.as_bytes()).unwrap();
        let counter = json!({
            "payload": payload, "protected": protected, "signature": base64url::encode(&signature), "evil": 1
        });
        add(&mut document, "cSig", &counter);
        let report = Judge::of(&scene, SOON).report(&document);
        assert!(report.is_passed());
        let counter = &report.signatures[0].counter_signatures[0];
        assert_eq!(counter.conclusion.to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
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
}
