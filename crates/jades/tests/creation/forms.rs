//! Payloads and serialisations.
use crate::world::{PAYLOAD, World, examined, read, redacted};
use procura_ades::SubIndication;
use procura_jades::{
    CreateError, Level, Objects, Profile,
    create::{Content, Detachment, Encoding, HashAlgorithm, Object, Payload},
    document::Serialisation,
    validate,
};
use procura_jose::{Algorithm, AlgorithmSet, base64url};

const OBJECTS: [Object<'static>; 2] = [
    Object {
        uri: "https://example.org/first%20report.json",
        octets: br#"{"a":1}"#,
        media_type: Some("json"),
    },
    Object {
        uri: "https://example.org/picture",
        octets: &[0, 0xff, b'.', 7],
        media_type: Some("image/png"),
    },
];
/// Every payload, with what is brought to its validation.
fn payloads() -> Vec<(&'static str, Payload<'static>, Objects)> {
    let mut all = Vec::new();
    let objects = OBJECTS.iter().fold(Objects::default(), |objects, object| {
        objects.with(object.uri, object.octets.to_vec())
    });
    for encoding in [Encoding::Base64url, Encoding::Base64urlNamed, Encoding::Plain] {
        let content = Content {
            octets: PAYLOAD,
            media_type: Some("json"),
            encoding,
        };
        all.push(("attached", Payload::Attached(content), Objects::default()));
        let brought = Objects::default().with_payload(PAYLOAD.to_vec());
        all.push(("detached", Payload::Detached(content), brought));
        for (name, detachment) in [
            ("by URI", Detachment::ByUri),
            ("by URI and SHA-256", Detachment::ByUriHash(HashAlgorithm::Sha256)),
            ("by URI and SHA-512", Detachment::ByUriHash(HashAlgorithm::Sha512)),
        ] {
            let payload = Payload::Objects {
                detachment,
                objects: &OBJECTS,
                encoding,
            };
            all.push((name, payload, objects.clone()));
        }
    }
    all
}
const SERIALISATIONS: [Serialisation; 3] = [
    Serialisation::Compact,
    Serialisation::Flattened,
    Serialisation::General,
];

#[test]
fn every_payload_in_every_serialisation_is_read_back_as_b_b() {
    let world = World::new();
    for (name, payload, objects) in payloads() {
        for serialisation in SERIALISATIONS {
            let prepared = world.signing().prepare(&payload, serialisation).unwrap();
            let signature = world.sign(prepared.bytes());
            let text = prepared.finish(&signature).unwrap();
            let found = &examined(&text, &objects)[0];
            let what = format!("{name} {serialisation:?} {payload:?}");
            assert_eq!((found.integrity, found.level), (Ok(()), Level::B), "{what}");
            assert_eq!(found.certificate.as_ref(), world.chain.first(), "{what}");
            assert_eq!(read(&text).serialisation, serialisation, "{what}");
        }
    }
}

#[test]
fn each_form_is_written_so() {
    let world = World::new();
    let of = |payload: &Payload<'_>, serialisation| {
        let prepared = world.signing().prepare(payload, serialisation).unwrap();
        let signature = world.sign(prepared.bytes());
        redacted(&prepared.finish(&signature).unwrap(), &world)
    };
    let forms: serde_json::Map<_, _> = payloads()
        .iter()
        .map(|(name, payload, _)| {
            let (Payload::Attached(Content { encoding, .. })
            | Payload::Detached(Content { encoding, .. })
            | Payload::Objects { encoding, .. }) = payload;
            let serialisation = match encoding {
                Encoding::Base64url => Serialisation::Compact,
                Encoding::Base64urlNamed => Serialisation::Flattened,
                Encoding::Plain => Serialisation::General,
            };
            (format!("{name}, {encoding:?}"), of(payload, serialisation))
        })
        .collect();
    insta::assert_json_snapshot!(forms);
}

/// Header and payload as they are hashed are header and payload as they are emitted.
#[test]
fn the_strings_that_are_signed_are_the_strings_that_leave() {
    let world = World::new();
    for (name, payload, objects) in payloads() {
        let prepared = world
            .signing()
            .prepare(&payload, Serialisation::Flattened)
            .unwrap();
        let bytes = prepared.bytes().to_vec();
        let signature = world.sign(&bytes);
        let document = read(&prepared.finish(&signature).unwrap());
        let one = document.signatures[0].as_ref().unwrap();
        let dot = bytes.iter().position(|octet| *octet == b'.').unwrap();
        assert_eq!(one.protected.as_bytes(), &bytes[..dot], "{name}");
        if let Some(payload) = &one.payload {
            assert_eq!(payload.as_bytes(), &bytes[dot + 1..], "{name}");
        }
        assert_eq!(one.signature, base64url::encode(&signature));
        assert_eq!(
            one.signing_input(&objects),
            procura_jades::document::Imprint::Known(bytes)
        );
    }
}

#[test]
fn an_object_that_changed_is_found() {
    let world = World::new();
    for (detachment, found) in [
        (Detachment::ByUri, SubIndication::SigCryptoFailure),
        (
            Detachment::ByUriHash(HashAlgorithm::Sha384),
            SubIndication::HashFailure,
        ),
    ] {
        let payload = Payload::Objects {
            detachment,
            objects: &OBJECTS,
            encoding: Encoding::Base64url,
        };
        let prepared = world.signing().prepare(&payload, Serialisation::Compact).unwrap();
        let signature = world.sign(prepared.bytes());
        let text = prepared.finish(&signature).unwrap();
        let objects = Objects::default()
            .with(OBJECTS[0].uri, OBJECTS[0].octets.to_vec())
            .with(OBJECTS[1].uri, b"another".to_vec());
        assert_eq!(examined(&text, &objects)[0].integrity, Err(found));
        let missing = Objects::default().with(OBJECTS[0].uri, OBJECTS[0].octets.to_vec());
        assert_eq!(
            examined(&text, &missing)[0].integrity,
            Err(SubIndication::SignedDataNotFound)
        );
    }
}

#[test]
fn every_algorithm_that_is_acceptable_signs() {
    for algorithm in [
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::Rs256,
        Algorithm::Ps256,
        Algorithm::Ps512,
    ] {
        let world = World::with(algorithm);
        let payload = Payload::Attached(Content::new(PAYLOAD));
        let prepared = world.signing().prepare(&payload, Serialisation::Compact).unwrap();
        let signature = world.sign(prepared.bytes());
        let text = prepared.finish(&signature).unwrap();
        assert_eq!(examined(&text, &Objects::default())[0].integrity, Ok(()));
        // What is attached, compact and base64url is a credential's seal, too.
        let now = crate::forge::noon();
        assert!(validate(&text, Profile::Credential, &AlgorithmSet::all(), now).is_ok());
    }
}

#[test]
fn a_signature_by_another_key_over_other_bytes_or_in_der_does_not_leave() {
    let world = World::new();
    for serialisation in SERIALISATIONS {
        let payload = Payload::Attached(Content::new(PAYLOAD));
        let prepared = world.signing().prepare(&payload, serialisation).unwrap();
        let good = world.sign(prepared.bytes());
        for bad in [
            World::new().sign(prepared.bytes()),
            world.sign(PAYLOAD),
            procura_crypto::signature::fixed_to_der(&good),
            Vec::new(),
        ] {
            assert_eq!(prepared.clone().finish(&bad), Err(CreateError::NotVerified));
        }
        assert!(prepared.finish(&good).is_ok());
    }
}
