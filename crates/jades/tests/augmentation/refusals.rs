//! Each rule of augmentation broken once: refused for that reason, and the document as it was.
use crate::{
    authority::Unit,
    forge::{oid, seq, tlv},
    levels::{ATTACHED, OBJECT, augmented, signed, step},
    world::{PAYLOAD, World, response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_ades::{SubIndication, TokenError};
use procura_jades::{
    AugmentError, Augmented, Objects,
    augment::{Purpose, ValidationData},
    create::{Content, Detachment, Encoding, HashAlgorithm, Payload, StampError},
    document::{Deviation, ReadError, Serialisation},
};
use procura_jose::base64url;
use procura_pki::OcspResponse;
use serde_json::{Value, json};

fn flattened(world: &World) -> Augmented {
    let text = signed(world, &ATTACHED, Serialisation::Flattened);
    augmented(&text, &Objects::default())
}
fn at(world: &World, steps: usize) -> Augmented {
    let mut document = flattened(world);
    for _ in 0..steps {
        step(world, &mut document);
    }
    document
}
/// Why it is not added; the document stays what it was.
fn refused(document: &mut Augmented, token: &[u8]) -> AugmentError {
    let before = document.to_json();
    let error = document.add_signature_time_stamp(0, token).unwrap_err();
    assert_eq!(document.to_json(), before);
    error
}
/// The document with this in its unprotected header.
fn changed(document: &Augmented, change: impl FnOnce(&mut Value)) -> Augmented {
    let mut value: Value = serde_json::from_str(&document.to_json()).unwrap();
    change(&mut value);
    augmented(&value.to_string(), &Objects::default())
}
fn property(name: &str, value: &Value) -> Value {
    base64url::encode(json!({ name: value }).to_string().as_bytes()).into()
}

#[test]
fn a_token_that_does_not_hold() {
    let world = World::new();
    let mut document = flattened(&world);
    let over = document.signature_imprint(0).unwrap();
    // Over the octets of the signature, as an old draft had it.
    let octets = base64url::decode(core::str::from_utf8(&over).unwrap()).unwrap();
    assert_eq!(
        refused(&mut document, &world.token(&octets)),
        AugmentError::Stamp(StampError::Imprint)
    );
    assert!(matches!(
        refused(&mut document, b"no token"),
        AugmentError::Stamp(StampError::Token(TokenError::Format(_)))
    ));
    let mut another_content = world.unit.over(&over);
    another_content.attributes.message_digest = Some(crate::authority::message_digest(&[0; 32]));
    assert_eq!(
        refused(&mut document, &world.unit.sign(&another_content)),
        AugmentError::Stamp(TokenError::Content.into())
    );
    let mut without = world.unit.over(&over);
    without.certificates.clear();
    assert_eq!(
        refused(&mut document, &world.unit.sign(&without)),
        AugmentError::Stamp(TokenError::NoSigner.into())
    );
    let unit = Unit::with(|request| request);
    assert!(matches!(
        refused(&mut document, &unit.sign(&unit.over(&over))),
        AugmentError::Stamp(StampError::Token(TokenError::Purpose(_)))
    ));
    let mut weak = world.unit.over(&over);
    let sha1 = procura_crypto::Digest::Sha1.of(&over);
    weak.imprint = seq(&[seq(&[oid("1.3.14.3.2.26")]), tlv(4, &sha1)]);
    assert_eq!(
        refused(&mut document, &world.unit.sign(&weak)),
        AugmentError::Stamp(StampError::Digest)
    );
    for time in ["20251231235959Z", "20270101000001Z"] {
        assert_eq!(
            refused(&mut document, &world.token_at(&over, time)),
            AugmentError::Stamp(StampError::Validity)
        );
    }
    let token = world.token(&over);
    document.add_signature_time_stamp(0, &token).unwrap();
    assert_eq!(
        refused(&mut document, &token),
        AugmentError::Stamp(StampError::Repeated)
    );
}

#[test]
fn an_archive_token_that_does_not_hold() {
    let world = World::new();
    let mut document = at(&world, 2);
    let before = document.to_json();
    let over = document.archive_imprint(0).unwrap();
    let mut add = |token: &[u8]| document.add_archive_time_stamp(0, token).unwrap_err();
    let mut missing_dot = over.clone();
    let dot = missing_dot.iter().position(|octet| *octet == b'.').unwrap();
    missing_dot.remove(dot);
    assert_eq!(
        add(&world.token_at(&missing_dot, "20260601150000Z")),
        AugmentError::Stamp(StampError::Imprint)
    );
    // The signature time-stamp says a minute past noon.
    assert_eq!(
        add(&world.token_at(&over, "20260601120059Z")),
        AugmentError::Stamp(StampError::Order)
    );
    assert_eq!(document.to_json(), before);
    // Long after the signing certificate expired is what archives are for.
    let token = world.token_at(&over, "20400101000000Z");
    assert_eq!(document.add_archive_time_stamp(0, &token), Ok(()));
}

#[test]
fn levels_out_of_order() {
    let world = World::new();
    let order = |result: Result<Vec<u8>, AugmentError>| match result.unwrap_err() {
        AugmentError::Order(reason) => reason,
        other => panic!("{other:?}"),
    };
    let data = ValidationData {
        certificates: &world.chain,
        revocation: &[],
    };
    let mut document = flattened(&world);
    let late = "validation data and archives come after a signature time-stamp that holds";
    assert_eq!(order(document.archive_imprint(0)), late);
    assert_eq!(
        document.add_validation_data(0, Purpose::Signature, &data),
        Err(AugmentError::Order(late))
    );
    step(&world, &mut document);
    assert_eq!(
        order(document.archive_imprint(0)),
        "an archive time-stamp comes after the validation data that it keeps"
    );
    step(&world, &mut document);
    step(&world, &mut document);
    assert_eq!(
        order(document.signature_imprint(0)),
        "a signature time-stamp comes before the first archive time-stamp"
    );
    // One that covers something else is none.
    let other = at(&world, 1);
    let broken = changed(&flattened(&world), |value| {
        let other: Value = serde_json::from_str(&other.to_json()).unwrap();
        value["header"] = other["header"].clone();
    });
    assert_eq!(order(broken.archive_imprint(0)), late);
}

/// TS 119 182-1 §6.3.
#[test]
fn references_to_validation_data_at_the_levels_that_hold_them() {
    let world = World::new();
    for name in ["xRefs", "rRefs", "axRefs", "arRefs", "sigRTst", "rfsTst"] {
        let with = |steps| {
            changed(&at(&world, steps), |value| {
                let list = value["header"]["etsiU"].as_array_mut().unwrap();
                list.push(property(name, &json!({})));
            })
        };
        let data = ValidationData {
            certificates: &world.chain,
            revocation: &[],
        };
        assert_eq!(
            with(1).add_validation_data(0, Purpose::Any, &data),
            Err(AugmentError::References)
        );
        // They make it B-T again, so that the order is kept.
        assert_eq!(with(2).archive_imprint(0), Err(AugmentError::References));
    }
}

#[test]
fn unsigned_properties_in_clear_json_or_none() {
    let world = World::new();
    let document = flattened(&world);
    let with = |list: Value| {
        let document = changed(&document, |value| value["header"] = json!({ "etsiU": list }));
        document.signature_imprint(0).unwrap_err()
    };
    assert_eq!(with(json!([{ "sigPSt": {} }])), AugmentError::ClearForm);
    assert_eq!(with(json!([])), AugmentError::Unsigned(Deviation::EtsiU));
    assert_eq!(
        with(json!([{ "sigPSt": {} }, "e30"])),
        AugmentError::Unsigned(Deviation::EtsiU)
    );
    assert_eq!(
        with(json!(["e30"])),
        AugmentError::Unsigned(Deviation::EtsiUProperty(0))
    );
}

#[test]
fn a_signature_that_does_not_verify_or_is_none() {
    let world = World::new();
    let document = flattened(&world);
    assert_eq!(document.signature_imprint(1), Err(AugmentError::NoSignature(1)));
    let broken = changed(&document, |value| {
        value["payload"] = base64url::encode(b"another").into();
    });
    assert_eq!(
        broken.signature_imprint(0),
        Err(AugmentError::Integrity(SubIndication::SigCryptoFailure))
    );
    assert!(matches!(
        Augmented::read(b"{}", Objects::default()),
        Err(AugmentError::Read(ReadError::Format(_)))
    ));
    // Signed before the baseline was kept: without a reference to the certificate.
    let header = json!({
        "alg": "ES256", "iat": 1_780_315_200, "x5c": [BASE64_STANDARD.encode(world.chain[0].der())],
    });
    let (header, payload) = (header.to_string(), base64url::encode(PAYLOAD));
    let input = format!("{}.{payload}", base64url::encode(header.as_bytes()));
    let text = format!("{input}.{}", base64url::encode(&world.sign(input.as_bytes())));
    assert_eq!(
        augmented(&text, &Objects::default()).signature_imprint(0),
        Err(AugmentError::NotBaseline(
            "no reference to the signing certificate: a plain JWS with x5c, not JAdES B-B (x5t#S256 is missing)".to_owned()
        ))
    );
}

#[test]
fn objects_that_are_not_at_hand() {
    let world = World::new();
    for detachment in [Detachment::ByUri, Detachment::ByUriHash(HashAlgorithm::Sha256)] {
        let payload = Payload::Objects {
            detachment,
            objects: &[OBJECT],
            encoding: Encoding::Base64url,
        };
        let text = signed(&world, &payload, Serialisation::Flattened);
        assert_eq!(
            augmented(&text, &Objects::default()).signature_imprint(0),
            Err(AugmentError::Integrity(SubIndication::SignedDataNotFound))
        );
    }
    let payload = Payload::Detached(Content::new(PAYLOAD));
    let text = signed(&world, &payload, Serialisation::Compact);
    assert_eq!(
        augmented(&text, &Objects::default()).signature_imprint(0),
        Err(AugmentError::Integrity(SubIndication::SignedDataNotFound))
    );
}

/// TS 119 182-1 §5.3.5.3, unlike CMS.
#[test]
fn an_ocsp_response_without_what_stands_around_it() {
    let world = World::new();
    let mut document = at(&world, 1);
    let (whole, _) = response();
    let bare = OcspResponse::from_basic_der(whole.basic_der()).unwrap();
    let mut add = |response: OcspResponse| {
        let data = ValidationData {
            certificates: &[],
            revocation: &[response.into()],
        };
        document.add_validation_data(0, Purpose::Signature, &data)
    };
    assert_eq!(add(bare), Err(AugmentError::BareResponse));
    assert_eq!(add(whole), Ok(1));
}

/// The body of an HTTP message, which an archive covers, is asked for by nobody here.
#[test]
fn an_archive_of_an_http_message() {
    let world = World::new();
    let x5c: Vec<_> = world.chain[..2]
        .iter()
        .map(|certificate| BASE64_STANDARD.encode(certificate.der()))
        .collect();
    let header = json!({
        "alg": "ES256", "iat": 1_780_315_200, "x5c": x5c,
        "x5t#S256": base64url::encode(&world.chain[0].sha256()), "b64": false, "crit": ["b64", "sigD"],
        "sigD": { "mId": "http://uri.etsi.org/19182/HttpHeaders", "pars": ["digest"] },
    });
    let protected = base64url::encode(header.to_string().as_bytes());
    let signature = world.sign(format!("{protected}.digest: SHA-256=abc").as_bytes());
    let text = format!("{protected}..{}", base64url::encode(&signature));
    let objects = Objects::default().with_header("Digest", "SHA-256=abc");
    let mut document = augmented(&text, &objects);
    step(&world, &mut document);
    step(&world, &mut document);
    assert_eq!(document.archive_imprint(0), Err(AugmentError::Objects));
}

#[test]
fn more_than_an_examination_takes() {
    let world = World::new();
    let mut value: Value = serde_json::from_str(&flattened(&world).to_json()).unwrap();
    let counter = signed(&world, &ATTACHED, Serialisation::Compact);
    let counters = vec![property("cSig", &counter.into()); 16];
    value["header"] = json!({ "etsiU": counters });
    let document = Augmented::read(value.to_string().as_bytes(), Objects::default()).unwrap();
    assert!(matches!(
        document.signature_imprint(0),
        Err(AugmentError::Read(ReadError::Budget(_)))
    ));
}

#[test]
fn more_than_a_document_holds() {
    let world = World::new();
    let mut document = at(&world, 1);
    let before = document.to_json();
    let many: Vec<_> = (0..129).map(|_| world.root.anchor().0).collect();
    let data = ValidationData {
        certificates: &many,
        revocation: &[],
    };
    assert!(matches!(
        document.add_validation_data(0, Purpose::Any, &data),
        Err(AugmentError::Read(_))
    ));
    assert_eq!(document.to_json(), before);
}
