//! The signing certificate and the reference to it, one thing broken in each test.
use crate::world::{World, certificate, credential, forge::noon, x5c};
use procura_jades::SignatureError;
use procura_jose::base64url;
use procura_pki::{PathError, PathOptions, path};
use serde_json::{Value, json};

#[test]
fn a_self_signed_clone_of_the_seal_has_no_path() {
    let world = World::new();
    let clone = World::new();
    let forged = clone.seal.leaf().signed_by(&clone.seal);
    let text = clone.mutated(|header| {
        header.insert("x5c".to_owned(), json!([x5c(&forged)]));
        header.insert("x5t#S256".to_owned(), base64url::encode(&forged.sha256()).into());
    });
    let sealed = credential(&text).unwrap();
    let found = |s: &procura_jades::Signature| {
        path::find(
            &s.certificate,
            &s.others,
            &[world.anchor()],
            noon(),
            &PathOptions::default(),
        )
    };
    assert!(matches!(found(&sealed), Err(PathError::NoPath { .. })));
    assert!(found(&credential(&world.sign(&world.header())).unwrap()).is_ok());
}

#[test]
fn certificates_of_the_header_are_never_anchors() {
    let world = World::new();
    let text = world.mutated(|header| {
        header.insert(
            "x5c".to_owned(),
            json!([x5c(&world.certificate), x5c(&world.anchor().0)]),
        );
    });
    let sealed = credential(&text).unwrap();
    assert_eq!(sealed.others.len(), 1);
    let stranger = World::new();
    let found = path::find(
        &sealed.certificate,
        &sealed.others,
        &[stranger.anchor()],
        noon(),
        &PathOptions::default(),
    );
    assert!(matches!(found, Err(PathError::NoPath { .. })));
}

#[test]
fn another_leaf_than_the_signers_is_refused() {
    let world = World::new();
    let other = World::new().certificate;
    let swapped = |header: &mut serde_json::Map<String, Value>| {
        header.insert("x5c".to_owned(), json!([x5c(&other), x5c(&world.certificate)]));
    };
    // Still referring to the signer: the reference is of another certificate than the first.
    assert_eq!(
        certificate(world.refuse(swapped)),
        "the signed reference (x5t#S256) is not of the first certificate of x5c"
    );
    // Referring to the first: it has not signed.
    let error = world.refuse(|header| {
        swapped(header);
        header.insert("x5t#S256".to_owned(), base64url::encode(&other.sha256()).into());
    });
    assert_eq!(error, SignatureError::Cryptography);
}

#[test]
fn x5c_that_is_missing_empty_or_oddly_encoded_is_refused() {
    let world = World::new();
    let der = world.certificate.der();
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----",
        x5c(&world.certificate)
    );
    let malformed = [
        json!([]),
        json!(x5c(&world.certificate)),
        json!([base64url::encode(der)]),
        json!([pem]),
        json!([{}]),
        json!([null]),
        json!([""]),
        json!(vec![x5c(&world.certificate); 100]),
    ];
    for value in malformed {
        let error = world.refuse(|header| drop(header.insert("x5c".to_owned(), value)));
        assert_eq!(certificate(error), "header parameter x5c is malformed");
    }
    assert_eq!(
        certificate(world.refuse(|header| drop(header.remove("x5c")))),
        "x5c is missing or empty"
    );
    let many = json!(vec![x5c(&world.certificate); 17]);
    let error = world.refuse(|header| drop(header.insert("x5c".to_owned(), many)));
    assert_eq!(certificate(error), "x5c holds more than 16 certificates");
    let error = world.refuse(|header| drop(header.insert("x5c".to_owned(), json!(["AAAA"]))));
    assert_eq!(
        certificate(error),
        "x5c[0]: not an X.509 certificate: the structure cannot be read"
    );
}

#[test]
fn a_reference_that_is_missing_malformed_or_doubled_is_refused() {
    let world = World::new();
    let digest = base64url::encode(&world.certificate.sha256());
    let padded = format!("{digest}=");
    for value in [json!(padded), json!([digest]), json!(""), json!("AAAA"), json!(1)] {
        let error = world.refuse(|header| drop(header.insert("x5t#S256".to_owned(), value)));
        assert_eq!(certificate(error), "header parameter x5t#S256 is malformed");
    }
    assert_eq!(
        certificate(world.refuse(|header| drop(header.remove("x5t#S256")))),
        "no reference to the signing certificate: a plain JWS with x5c, not JAdES B-B (x5t#S256 is missing)"
    );
    let pair = json!({ "digAlg": "S256", "digVal": digest });
    for (name, value) in [("x5t#o", pair.clone()), ("sigX5ts", json!([pair, pair]))] {
        let error = world.refuse(|header| drop(header.insert(name.to_owned(), value.clone())));
        assert_eq!(
            certificate(error),
            "2 references to the signing certificate in place of exactly one"
        );
        let error = world.refuse(|header| {
            header.remove("x5t#S256");
            header.insert(name.to_owned(), value);
        });
        assert_eq!(
            certificate(error),
            "exactly one certificate reference, x5t#S256, is accepted"
        );
    }
    let error = world.refuse(|header| drop(header.insert("x5t".to_owned(), "AAAA".into())));
    assert_eq!(certificate(error), "x5t (SHA-1) must not be present");
}

#[test]
fn the_certificate_of_a_ca_does_not_seal() {
    let world = World::new();
    let ca = world.seal.ca().signed_by(&world.ca);
    let text = world.mutated(|header| {
        header.insert("x5c".to_owned(), json!([x5c(&ca)]));
        header.insert("x5t#S256".to_owned(), base64url::encode(&ca.sha256()).into());
    });
    let sealed = credential(&text).unwrap();
    assert!(path::may_sign(&sealed.certificate).is_err());
    assert!(path::may_sign(&world.certificate).is_ok());
}
