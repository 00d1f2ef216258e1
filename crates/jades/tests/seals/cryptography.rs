//! Signature values, one thing broken in each test.
use crate::world::{World, credential, resign, signature};
use procura_jades::SignatureError;
use procura_jose::base64url;
use serde_json::Value;

fn refused(text: &str) {
    assert_eq!(
        credential(text).map(drop),
        Err(SignatureError::Cryptography),
        "{text}"
    );
}

#[test]
fn an_ecdsa_signature_in_der_is_refused() {
    let world = World::new();
    let text = world.sign(&world.header());
    let der = procura_crypto::signature::fixed_to_der(&signature(&text));
    refused(&resign(&text, &der));
}

#[test]
fn an_ecdsa_signature_of_another_length_or_range_is_refused() {
    let world = World::new();
    let text = world.sign(&world.header());
    let good = signature(&text);
    let (r, s) = good.split_at(32);
    let order = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
        0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    for bad in [
        good[..63].to_vec(),
        [good.clone(), vec![0]].concat(),
        [vec![0; 32], s.to_vec()].concat(),
        [r.to_vec(), vec![0; 32]].concat(),
        [order.to_vec(), s.to_vec()].concat(),
        vec![0xff; 64],
    ] {
        refused(&resign(&text, &bad));
    }
}

/// RFC 7518 §3.5. Both were made with OpenSSL by one key that nobody has any more.
#[test]
fn the_salt_of_ps256_has_32_octets() {
    assert!(credential(include_str!("../vectors/ps256-salt32.jws")).is_ok());
    refused(include_str!("../vectors/ps256-salt20.jws"));
}

#[test]
fn keys_and_addresses_in_the_header_are_never_used() {
    let world = World::new();
    let attacker = World::new();
    let mut header = world.header();
    let jwk = procura_jose::Jwk::of(attacker.seal.key.public_key().clone()).to_json();
    header.insert("jwk".to_owned(), Value::Object(jwk));
    header.insert("jku".to_owned(), "http://127.0.0.1:1/keys".into());
    header.insert("x5u".to_owned(), "http://127.0.0.1:1/certificate".into());
    refused(&attacker.sign(&header));
    assert!(credential(&world.sign(&header)).is_ok());
}

#[test]
fn the_signature_of_another_payload_is_refused() {
    let world = World::new();
    let text = world.sign(&world.header());
    let (header, rest) = text.split_once('.').unwrap();
    let signature = rest.split_once('.').unwrap().1;
    refused(&format!(
        "{header}.{}.{signature}",
        base64url::encode(br#"{"vc":{"type":["Other"]}}"#)
    ));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]
    #[test]
    fn any_changed_octet_is_refused(position in 0_usize..10_000, octet in 0x20_u8..0x7f) {
        let world = World::new();
        let mut text = world.sign(&world.header()).into_bytes();
        let position = position % text.len();
        proptest::prop_assume!(text[position] != octet);
        text[position] = octet;
        proptest::prop_assert!(credential(core::str::from_utf8(&text).unwrap()).is_err());
    }
}
