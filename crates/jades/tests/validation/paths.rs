//! Paths: anchors, the CAs below them, and what the signing certificate is for.
use crate::{authority::*, forge::*, responder, scene::*};
use procura_ades::validation::Anchors;
use procura_crypto::{Curve, KeyKind};
use procura_pki::Anchor;

#[test]
fn a_self_signed_clone_of_a_certificate_leads_nowhere() {
    let mut scene = Scene::new();
    // The same names, the same number; only the keys are somebody else's.
    let judge = Judge::of(&scene, SOON);
    let clone = Issuer::of(cn("Seal"), KeyKind::Ec(Curve::P256));
    scene.certificate = clone.leaf().signed_by(&clone);
    scene.seal = clone;
    let report = only(&judge, &scene.document());
    assert_eq!(failed(&report), ["certificate-path"]);
    assert_eq!(
        report.conclusion.to_string(),
        "INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND"
    );
}

#[test]
fn certificates_of_the_document_are_never_anchors() {
    let scene = Scene::new();
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

type Certified = fn(Request) -> Request;

/// EN 319 412-2 §4.3.2: keyUsage permits signatures on documents, and no CA's key makes any.
#[test]
fn a_certificate_that_may_not_sign_breaks_the_constraints_of_the_chain() {
    let cases: [(Certified, &str); 6] = [
        (|request| request, "keyUsage is missing"),
        (|request| request.with(key_usage(KEY_ENCIPHERMENT)), "has neither"),
        (|request| request.with(key_usage(KEY_CERT_SIGN)), "has neither"),
        (|request| request.with(key_usage(CRL_SIGN)), "has neither"),
        (
            |request| {
                request
                    .with(basic_constraints(true, None))
                    .with(key_usage(KEY_CERT_SIGN | CRL_SIGN))
            },
            "has neither",
        ),
        (
            |request| {
                request
                    .with(basic_constraints(true, None))
                    .with(key_usage(DIGITAL_SIGNATURE | KEY_CERT_SIGN))
            },
            "a CA's certificate does not sign documents",
        ),
    ];
    for (certified, word) in cases {
        let mut scene = Scene::new();
        scene.certificate = certified(scene.seal.request()).signed_by(&scene.authority);
        let report = only(&Judge::of(&scene, SOON), &scene.document());
        assert_eq!(failed(&report), ["certificate-purpose"], "{word}");
        assert!(report.sentence.contains(word), "{}", report.sentence);
        assert_eq!(
            report.conclusion.to_string(),
            "INDETERMINATE / CHAIN_CONSTRAINTS_FAILURE"
        );
    }
}

/// What of RFC 5280 §6.1 the CA between anchor and seal can break.
#[test]
fn each_broken_rule_of_a_ca_on_the_way_fails_the_chain() {
    const GENERAL: &str = "INDETERMINATE / CERTIFICATE_CHAIN_GENERAL_FAILURE";
    fn organisation(name: &str, tag: u8) -> Extension {
        let base = tlv(0xa4, &self::name(&[(ORGANIZATION, UTF8, name)]));
        extension("2.5.29.30", true, seq(&[tlv(tag, &seq(&[base]))]))
    }
    let cases: [(Certified, &str, &str); 7] = [
        (
            |request| request.with(extension("1.2.3.4", true, vec![5, 0])),
            "an unknown critical extension",
            GENERAL,
        ),
        (
            |request| request.with(organisation("GoodAir", 0xa0)),
            "outside of the name constraints",
            GENERAL,
        ),
        (
            |request| request.with(organisation("RealTruth", 0xa1)),
            "outside of the name constraints",
            GENERAL,
        ),
        (
            |request| {
                let policy = seq(&[seq(&[oid("1.2.3.1")])]);
                let required = seq(&[tlv(0x80, &[0])]);
                request.with(extension("2.5.29.32", true, policy)).with(extension(
                    "2.5.29.36",
                    true,
                    required,
                ))
            },
            "no certificate policy holds",
            GENERAL,
        ),
        (
            |request| request.without_extensions().with(key_usage(KEY_CERT_SIGN)),
            "not a CA by basicConstraints",
            GENERAL,
        ),
        (
            |request| {
                request
                    .without_extensions()
                    .with(basic_constraints(false, None))
                    .with(key_usage(KEY_CERT_SIGN))
            },
            "not a CA by basicConstraints",
            GENERAL,
        ),
        (
            |request| {
                request
                    .without_extensions()
                    .with(basic_constraints(true, None))
                    .with(key_usage(CRL_SIGN))
            },
            "keyUsage lacks keyCertSign",
            "INDETERMINATE / CHAIN_CONSTRAINTS_FAILURE",
        ),
    ];
    for (certified, word, conclusion) in cases {
        let mut scene = Scene::new();
        scene.authority_certificate = certified(scene.authority.ca()).signed_by(&scene.root);
        let report = only(&Judge::of(&scene, SOON), &scene.document());
        assert_eq!(failed(&report), ["certificate-path"], "{word}");
        assert!(report.sentence.contains(word), "{}", report.sentence);
        assert_eq!(report.conclusion.to_string(), conclusion);
    }
}

#[test]
fn a_path_is_no_longer_than_its_cas_permit() {
    for (length, conclusion) in [
        (Some(0), "INDETERMINATE / CERTIFICATE_CHAIN_GENERAL_FAILURE"),
        (Some(1), PASSED),
        (None, PASSED),
    ] {
        let mut scene = Scene::new();
        let request = scene.authority.request().with(basic_constraints(true, length));
        scene.authority_certificate = request
            .with(key_usage(KEY_CERT_SIGN | CRL_SIGN))
            .signed_by(&scene.root);
        let sub = Issuer::new("Sub CA");
        scene.certificate = scene.seal.leaf().signed_by(&sub);
        let below = sub.ca().signed_by(&scene.authority);
        let mut judge = Judge::of(&scene, SOON);
        judge
            .revocation
            .push(read(&list(&sub, "2026-06-07T00:00:00Z", &[])));
        let mut document = scene.document();
        add(&mut document, "xVals", &certificates(&[&below]));
        let report = only(&judge, &document);
        assert_eq!(report.conclusion.to_string(), conclusion, "{length:?}");
        if length == Some(0) {
            let word = "CN=Sub CA: the path is longer";
            assert!(report.sentence.contains(word), "{}", report.sentence);
        }
    }
}

#[test]
fn a_name_of_the_seal_may_be_outside_of_what_its_ca_may_certify() {
    let mut scene = Scene::new();
    let base = seq(&[tlv(0x82, b"goodair.example")]);
    let constrained = extension("2.5.29.30", true, seq(&[tlv(0xa0, &base)]));
    scene.authority_certificate = scene.authority.ca().with(constrained).signed_by(&scene.root);
    for (name, conclusion) in [
        ("seal.goodair.example", PASSED),
        (
            "goodair.example.evil.example",
            "INDETERMINATE / CERTIFICATE_CHAIN_GENERAL_FAILURE",
        ),
    ] {
        let alternative = extension("2.5.29.17", false, seq(&[tlv(0x82, name.as_bytes())]));
        scene.certificate = scene.seal.leaf().with(alternative).signed_by(&scene.authority);
        assert_eq!(Judge::of(&scene, SOON).conclusion(&scene.document()), conclusion);
    }
}

#[test]
fn a_certificate_for_another_purpose_alone_signs_no_documents() {
    const SERVER: &str = "1.3.6.1.5.5.7.3.1";
    const MAIL: &str = "1.3.6.1.5.5.7.3.4";
    const REFUSED: &str = "INDETERMINATE / CHAIN_CONSTRAINTS_FAILURE";
    let others: [(&[&str], &str); 6] = [
        (&["1.3.6.1.5.5.7.3.8"], REFUSED),
        (&[responder::OCSP_SIGNING], REFUSED),
        (&[SERVER], REFUSED),
        (&[responder::OCSP_SIGNING, SERVER], REFUSED),
        (&[MAIL], PASSED),
        (&[SERVER, MAIL], PASSED),
    ];
    for (named, conclusion) in others {
        for critical in [true, false] {
            let mut scene = Scene::new();
            let restricted = scene.seal.leaf().with(purposes(critical, named));
            scene.certificate = restricted.signed_by(&scene.authority);
            let concluded = Judge::of(&scene, SOON).conclusion(&scene.document());
            assert_eq!(concluded, conclusion, "{named:?} critical: {critical}");
        }
    }
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
