//! The signing certificate: how it is referred to, where it is found, and what is no source of keys.
use crate::{forge::*, scene::*};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_crypto::Digest;
use procura_jose::base64url;
use procura_pki::Certificate;
use serde_json::{Map, Value, json};
use std::net::TcpListener;

const NOT_FOUND: &str = "INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND";

/// `{digAlg, digVal}`.
fn reference(name: &str, digest: Digest, certificate: &Certificate) -> Value {
    json!({ "digAlg": name, "digVal": base64url::encode(&digest.of(certificate.der())) })
}
fn sha256(certificate: &Certificate) -> Value {
    reference("S256", Digest::Sha256, certificate)
}
/// With the certificates outside of the header as well, so that a broken `x5c` is the only thing that is broken.
fn with_certificates(scene: &Scene, change: impl FnOnce(&mut Map<String, Value>)) -> Value {
    let mut document = scene.altered(change);
    let both = certificates(&[&scene.certificate, &scene.authority_certificate]);
    add(&mut document, "xVals", &both);
    document
}

#[test]
fn x5c_is_a_list_of_at_most_sixteen_certificates_in_base64() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let own = BASE64_STANDARD.encode(scene.certificate.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{own}\n-----END CERTIFICATE-----");
    let many = |count| Value::from(vec![own.clone(); count]);
    let judged = |value: &Value| {
        let document = with_certificates(&scene, |header| drop(header.insert("x5c".into(), value.clone())));
        only(&judge, &document)
    };
    for (value, check, word) in [
        (json!([]), "well-formed", "\"x5c\" is malformed"),
        (json!(own), "well-formed", "\"x5c\" is malformed"),
        (json!({}), "well-formed", "\"x5c\" is malformed"),
        (
            json!([own, base64url::encode(scene.authority_certificate.der())]),
            "well-formed",
            "\"x5c\" is malformed",
        ),
        (json!([own, pem]), "well-formed", "\"x5c\" is malformed"),
        (json!([own, null]), "well-formed", "\"x5c\" is malformed"),
        (json!([own, {}]), "well-formed", "\"x5c\" is malformed"),
        (
            json!([own, ""]),
            "certificates",
            "x5c[1]: not an X.509 certificate",
        ),
        (
            json!([own, "AAAA"]),
            "certificates",
            "x5c[1]: not an X.509 certificate",
        ),
        (many(17), "certificates", "more than 16"),
        (many(100), "certificates", "more than 16"),
    ] {
        let report = judged(&value);
        assert_eq!(failed(&report), [check]);
        assert!(report.sentence.contains(word), "{}", report.sentence);
        assert_eq!(report.conclusion.to_string(), NOT_FOUND);
    }
    assert!(judged(&many(16)).conclusion.is_passed());
}

#[test]
fn a_reference_to_another_certificate_finds_no_signer() {
    let scene = Scene::new();
    let stranger = Scene::new().certificate;
    let judge = Judge::of(&scene, SOON);
    let of = |certificate: &Certificate| json!(base64url::encode(&certificate.sha256()));
    let alone = with_certificates(&scene, |header| {
        header.remove("x5c");
        header.insert("x5t#S256".into(), of(&stranger));
    });
    let beside = scene.altered(|header| drop(header.insert("x5t#S256".into(), of(&stranger))));
    // Of one that is at hand, and has not signed.
    let authority = scene.altered(|header| {
        header["x5c"].as_array_mut().unwrap().swap(0, 1);
        header.insert("x5t#S256".into(), of(&scene.authority_certificate));
    });
    for (document, checks, conclusion) in [
        (alone, &["signing-certificate"][..], NOT_FOUND),
        (beside, &["signer-first", "signing-certificate"][..], NOT_FOUND),
        (
            authority,
            &["signature-value"][..],
            "TOTAL-FAILED / SIG_CRYPTO_FAILURE",
        ),
    ] {
        let report = only(&judge, &document);
        assert_eq!(failed(&report), checks);
        assert_eq!(report.conclusion.to_string(), conclusion);
    }
}

/// What is referred to by a digest that cannot be read could be anybody.
#[test]
fn a_reference_that_cannot_be_read_designates_nobody() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let own = sha256(&scene.certificate);
    let short = json!({ "digAlg": "S384", "digVal": own["digVal"] });
    let padded = json!({ "digAlg": "S256", "digVal": format!("{}=", own["digVal"].as_str().unwrap()) });
    for (name, value) in [
        ("x5t#S256", json!("YQ")),
        ("x5t#S256", json!("")),
        ("x5t#S256", json!([own["digVal"]])),
        ("x5t#S256", json!(null)),
        ("x5t#o", json!({ "digAlg": "S1", "digVal": own["digVal"] })),
        ("x5t#o", json!({ "digVal": own["digVal"] })),
        ("x5t#o", json!({ "digAlg": "S256" })),
        ("x5t#o", json!("YQ")),
        ("x5t#o", short),
        ("x5t#o", padded),
        ("sigX5ts", json!({})),
        ("sigX5ts", json!([])),
        ("sigX5ts", json!([{}, own])),
    ] {
        let document = scene.altered(|header| {
            header.remove("x5t#S256");
            header.insert(name.into(), value.clone());
        });
        let report = only(&judge, &document);
        assert_eq!(
            failed(&report),
            ["well-formed", "signing-certificate"],
            "{name} {value}"
        );
        assert_eq!(report.conclusion.to_string(), NOT_FOUND);
    }
}

#[test]
fn a_reference_by_another_digest_finds_the_signer() {
    let scene = Scene::new();
    for (name, digest) in [("S384", Digest::Sha384), ("S512", Digest::Sha512)] {
        let document = scene.altered(|header| {
            header.remove("x5t#S256");
            header.insert("x5t#o".into(), reference(name, digest, &scene.certificate));
        });
        assert_eq!(Judge::of(&scene, SOON).conclusion(&document), PASSED);
    }
}

/// TS 119 182-1 §5.2.2.3: two at least, each of which can be read, the signer's first.
#[test]
fn a_list_of_references_has_the_signers_first_and_no_member_that_cannot_be_read() {
    let scene = Scene::new();
    let judge = Judge::of(&scene, SOON);
    let (own, authority) = (sha256(&scene.certificate), sha256(&scene.authority_certificate));
    let stranger = sha256(&Scene::new().certificate);
    let short = json!({ "digAlg": "S512", "digVal": own["digVal"] });
    let cases: [(Value, &[&str]); 8] = [
        (json!([own, authority]), &[]),
        (json!([own]), &["well-formed"]),
        (json!([own, {}]), &["well-formed"]),
        (json!([own, short]), &["well-formed"]),
        (
            json!([own, { "digAlg": "S1", "digVal": own["digVal"] }]),
            &["well-formed"],
        ),
        (json!([own, authority, null]), &["well-formed"]),
        (json!([authority, own]), &["signer-first"]),
        (json!([stranger, own]), &["signer-first", "signing-certificate"]),
    ];
    for (list, checks) in cases {
        let document = scene.altered(|header| {
            header.remove("x5t#S256");
            header.insert("sigX5ts".into(), list.clone());
        });
        let report = only(&judge, &document);
        assert_eq!(failed(&report), checks, "{list}");
        let conclusion = if checks.is_empty() { PASSED } else { NOT_FOUND };
        assert_eq!(report.conclusion.to_string(), conclusion);
    }
}

/// A key that stands in the header, or where the header points to, is the attacker's.
#[test]
fn keys_and_addresses_in_the_header_are_never_used_and_nothing_is_fetched() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let sources = |header: &mut Map<String, Value>, key: &Issuer| {
        let jwk = procura_jose::Jwk::of(key.key.public_key().clone()).to_json();
        header.insert("jwk".into(), Value::Object(jwk));
        header.insert("jku".into(), json!(address));
        header.insert("x5u".into(), json!(address));
    };
    let mut scene = Scene::new();
    scene.certificate = scene
        .seal
        .leaf()
        .with(crl_points(&[&address]))
        .with(access(&address))
        .signed_by(&scene.authority);
    let mut judge = Judge::of(&scene, SOON);
    // They harm nothing where they are only there.
    let attacker = Issuer::new("Seal");
    let sound = scene.altered(|header| sources(header, &attacker));
    assert_eq!(judge.conclusion(&sound), PASSED);
    let own = attacker.leaf().signed_by(&attacker);
    scene.seal = attacker.clone();
    let forged = scene.altered(|header| sources(header, &attacker));
    let alone = scene.altered(|header| {
        sources(header, &attacker);
        header.remove("x5c");
        header.insert("x5t#S256".into(), json!(base64url::encode(&own.sha256())));
    });
    for (document, check) in [(forged, "signature-value"), (alone, "signing-certificate")] {
        assert_eq!(failed(&only(&judge, &document)), [check]);
    }
    // Nor is anybody asked whom a certificate names.
    judge.revocation.clear();
    assert_eq!(judge.conclusion(&sound), "INDETERMINATE / TRY_LATER");
    let silence = listener.accept().unwrap_err();
    assert_eq!(silence.kind(), std::io::ErrorKind::WouldBlock);
}

/// authorityInfoAccess with an OCSP responder and the issuer's certificate.
fn access(url: &str) -> Extension {
    let at = |method: &str| seq(&[oid(method), tlv(0x86, url.as_bytes())]);
    extension(
        "1.3.6.1.5.5.7.1.1",
        false,
        seq(&[at("1.3.6.1.5.5.7.48.1"), at("1.3.6.1.5.5.7.48.2")]),
    )
}
