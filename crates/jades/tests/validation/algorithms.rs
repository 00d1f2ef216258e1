//! Algorithms and keys: what is refused before any cryptography, and what has ended.
use crate::scene::*;
use procura_crypto::{Curve, Digest, KeyKind, PublicKey};
use procura_jades::{
    Objects, Profile, Rules, Validation,
    report::{Outcome, SignatureReport},
};
use procura_jose::{Algorithm, AlgorithmSet, base64url};
use serde_json::json;

fn cryptography(report: &SignatureReport) -> Outcome {
    let mut checks = report.checks.iter();
    checks
        .find(|check| check.name == "signature-value")
        .unwrap()
        .outcome
}

/// No rules tolerate them.
#[test]
fn algorithms_that_are_none_symmetric_or_unknown_are_refused_before_any_cryptography() {
    let scene = Scene::new();
    let mut documents: Vec<_> = [
        json!("none"),
        json!("None"),
        json!("HS256"),
        json!("HS384"),
        json!("HS512"),
        json!("1.2.840.10045.4.3.2"),
        json!("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
        json!("ES257"),
        json!("es256"),
        json!(""),
        json!(["ES256"]),
        json!(null),
    ]
    .into_iter()
    .map(|alg| scene.altered(|header| drop(header.insert("alg".into(), alg))))
    .collect();
    documents.push(scene.altered(|header| drop(header.remove("alg"))));
    for document in documents {
        for rules in [
            Profile::Strict.into(),
            Profile::Credential.into(),
            Profile::Deployed.into(),
            Rules::dss_compat(),
        ] {
            let mut judge = Judge::of(&scene, SOON);
            judge.rules = rules;
            let report = judge
                .report_of(compact(&document).as_bytes())
                .signatures
                .remove(0);
            assert_eq!(failed(&report), ["algorithm"], "{rules:?}");
            assert_eq!(report.conclusion.to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
            assert_eq!(cryptography(&report), Outcome::NotReached);
        }
    }
}

/// Who takes what everybody knows for the secret of a MAC.
#[test]
fn a_mac_by_the_public_certificate_is_no_signature() {
    let scene = Scene::new();
    let key = scene.seal.key.public_key().to_spki_der();
    for secret in [scene.certificate.der(), &key] {
        let mut document = scene.altered(|header| drop(header.insert("alg".into(), json!("HS256"))));
        let input = compact(&document);
        let (input, _) = input.rsplit_once('.').unwrap();
        let mac = procura_crypto::digest::hmac_sha256(secret, input.as_bytes());
        document["signature"] = base64url::encode(&mac).into();
        for rules in [Profile::Strict.into(), Rules::dss_compat()] {
            let mut judge = Judge::of(&scene, SOON);
            judge.rules = rules;
            assert_eq!(failed(&only(&judge, &document)), ["algorithm"]);
        }
    }
}

#[test]
fn an_algorithm_that_the_caller_does_not_allow_is_refused_before_any_cryptography() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let report = Validation {
        rules: judge.rules,
        now: judge.now,
        algorithms: &AlgorithmSet::new(&[Algorithm::Es384]),
        policy: &judge.policy,
        anchors: &judge.anchors,
        certificates: &[],
        revocation: &judge.revocation,
        objects: &judge.objects,
    }
    .of_bytes(scene.document().to_string().as_bytes());
    let report = &report.signatures[0];
    assert_eq!(failed(report), ["algorithm"]);
    assert_eq!(report.conclusion.to_string(), "TOTAL-FAILED / FORMAT_FAILURE");
    assert_eq!(cryptography(report), Outcome::NotReached);
}

#[test]
fn a_key_of_another_kind_or_curve_is_no_signing_certificate() {
    for (kind, own, others) in [
        (
            KeyKind::Ec(Curve::P256),
            "ES256",
            &["ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA"][..],
        ),
        (KeyKind::Ec(Curve::P384), "ES384", &["ES256", "ES512"][..]),
        (KeyKind::Rsa(2048), "RS256", &["ES256", "EdDSA"][..]),
        (Algorithm::EdDsa.key_kind(), "EdDSA", &["ES256", "RS256"][..]),
    ] {
        let scene = Scene::of(kind, own);
        for other in others {
            let document = scene.altered(|header| drop(header.insert("alg".into(), json!(other))));
            let report = only(&Judge::of(&scene, SOON), &document);
            assert_eq!(failed(&report), ["key-fits-algorithm"], "{own} {other}");
            assert_eq!(
                report.conclusion.to_string(),
                "INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND"
            );
            assert_eq!(cryptography(&report), Outcome::NotReached);
        }
    }
}

#[test]
fn an_rsa_key_below_2048_bits_is_refused_before_any_cryptography() {
    let mut scene = Scene::of(KeyKind::Rsa(2048), "RS256");
    let mut request = scene.seal.leaf();
    request.spki = PublicKey::from_rsa(&[0xff; 240], &[1, 0, 1])
        .unwrap()
        .to_spki_der();
    scene.certificate = request.signed_by(&scene.authority);
    let report = only(&Judge::of(&scene, SOON), &scene.document());
    assert_eq!(failed(&report), ["key-size"]);
    assert_eq!(report.conclusion.to_string(), ENDED);
    assert_eq!(cryptography(&report), Outcome::NotReached);
}

/// They serve holders; the catalogue does not list them.
#[test]
fn keys_of_holders_do_not_seal() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256K] {
        let scene = Scene::of(algorithm.key_kind(), algorithm.name());
        let report = only(&Judge::of(&scene, SOON), &scene.document());
        assert_eq!(failed(&report), ["algorithms"], "{algorithm:?}");
        assert_eq!(report.conclusion.to_string(), ENDED);
    }
}

/// By which certificate and objects are referred to.
#[test]
fn the_digests_of_references_end_as_well() {
    let scene = Scene::new();
    let sha224 = Digest::Sha224.of(scene.certificate.der());
    let certificate = scene.altered(|header| {
        header.remove("x5t#S256");
        let reference = json!({ "digAlg": "S224", "digVal": base64url::encode(&sha224) });
        header.insert("x5t#o".into(), reference);
    });
    let value = Digest::Sha224.of(base64url::encode(PAYLOAD).as_bytes());
    let sig_d = json!({
        "mId": "http://uri.etsi.org/19182/ObjectIdByURIHash",
        "pars": ["a:b"], "hashM": "S224", "hashV": [base64url::encode(&value)],
    });
    let detached = scene.detached("", sig_d);
    let object = Objects::default().with("a:b", PAYLOAD.to_vec());
    for (document, objects, word) in [
        (certificate, Objects::default(), "reference by SHA-224"),
        (detached, object, "objects by SHA-224"),
    ] {
        let mut judge = Judge::of(&scene, SOON);
        judge.objects = objects;
        judge.policy.catalogue = catalogue_with("SHA-224", "2.16.840.1.101.3.4.2.4", "2026-06-09");
        assert_eq!(judge.conclusion(&document), PASSED, "{word}");
        judge.policy.catalogue = catalogue_with("SHA-224", "2.16.840.1.101.3.4.2.4", "2026-06-02");
        let report = only(&judge, &document);
        assert_eq!(failed(&report), ["algorithms"]);
        assert!(report.sentence.contains(word), "{}", report.sentence);
        assert_eq!(report.conclusion.to_string(), ENDED);
    }
}

/// `adoTst` proves that the content, and so the signature, is younger than the end: no proof mends that.
#[test]
fn content_that_is_younger_than_the_end_of_its_algorithm_fails() {
    let mut scene = Scene::of(KeyKind::Rsa(2048), "RS256");
    scene.claimed = "2026-08-01T00:00:00Z".to_owned();
    for (content, conclusion) in [
        (
            "2026-09-01T00:00:00Z",
            "INDETERMINATE / CRYPTO_CONSTRAINTS_FAILURE",
        ),
        ("2026-08-31T23:59:59Z", ENDED),
    ] {
        let token = token(&scene.first, base64url::encode(PAYLOAD).as_bytes(), content);
        let document = scene.altered(|header| drop(header.insert("adoTst".into(), container(&token))));
        let mut judge = Judge::of(&scene, NOW);
        judge.policy.catalogue = catalogue_ending("2026-09-01");
        assert_eq!(judge.conclusion(&document), conclusion);
    }
}
