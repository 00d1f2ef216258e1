//! Parallel signatures and counter-signatures: what was there is not touched.
use crate::{
    properties::finished,
    world::{PAYLOAD, World, examined, read, redacted},
};
use procura_ades::SubIndication;
use procura_jades::{
    AugmentError, CreateError, Level, Objects,
    create::{Content, Counter, Detachment, Encoding, Object, Payload, PreparedSignature, Shared},
    document::Serialisation,
};
use serde_json::{Value, json};

fn sealed(world: &World, prepared: PreparedSignature) -> String {
    let signature = world.sign(prepared.bytes());
    prepared.finish(&signature).unwrap()
}
fn parallel(world: &World, document: &str, shared: &Shared<'_>) -> Result<String, CreateError> {
    let prepared = world.signing().prepare_parallel(document.as_bytes(), shared)?;
    Ok(sealed(world, prepared))
}
const INSIDE: Shared<'static> = Shared::Inside {
    media_type: Some("json"),
};

#[test]
fn a_further_signature_stands_beside_those_that_are_there() {
    let (first, second) = (World::new(), World::with(procura_jose::Algorithm::Es384));
    for serialisation in [
        Serialisation::Compact,
        Serialisation::Flattened,
        Serialisation::General,
    ] {
        let document = finished(&first, &first.signing(), serialisation);
        let both = parallel(&second, &document, &INSIDE).unwrap();
        let three = parallel(&first, &both, &INSIDE).unwrap();
        let before = read(&document);
        let after = read(&three);
        assert_eq!(after.serialisation, Serialisation::General);
        let [after, before] = [&after, &before].map(|document| document.signatures[0].as_ref().unwrap());
        assert_eq!(after.protected, before.protected);
        assert_eq!(after.signature, before.signature);
        assert_eq!(after.payload, before.payload);
        let found = examined(&three, &Objects::default());
        assert_eq!(found.len(), 3);
        for one in found {
            assert_eq!((one.integrity, one.level), (Ok(()), Level::B));
        }
    }
}

#[test]
fn parallel_signatures_are_written_so() {
    let world = World::new();
    let document = finished(&world, &world.signing(), Serialisation::Flattened);
    let both = parallel(&world, &document, &INSIDE).unwrap();
    insta::assert_json_snapshot!(redacted(&both, &world));
}

/// The text of others is kept, white space and members that nobody knows included.
#[test]
fn the_text_of_others_is_not_touched() {
    let world = World::new();
    let document = finished(&world, &world.signing(), Serialisation::Flattened);
    let document: Value = serde_json::from_str(&document).unwrap();
    let own = r#"{ "b" : [ 1.50e1 ], "a":"\u0061" }"#;
    let text = format!(
        r#"{{ "x-own":{own}, "payload":{}, "protected":{}, "header":{{ "etsiU" : [ {{"sigPSt": {own} }} ] }},
            "signature":{} }}"#,
        document["payload"], document["protected"], document["signature"]
    );
    let both = parallel(&world, &text, &INSIDE).unwrap();
    assert!(both.contains(&format!(r#""x-own":{own}"#)), "{both}");
    assert!(
        both.contains(&format!(r#"{{ "etsiU" : [ {{"sigPSt": {own} }} ] }}"#)),
        "{both}"
    );
}

#[test]
fn parallel_signatures_share_their_payload() {
    let world = World::new();
    let content = Content::new(PAYLOAD);
    let plain = Content {
        encoding: Encoding::Plain,
        ..content
    };
    let with = |payload: &Payload<'_>| {
        sealed(
            &world,
            world.signing().prepare(payload, Serialisation::General).unwrap(),
        )
    };
    let objects = [Object {
        uri: "a",
        octets: PAYLOAD,
        media_type: None,
    }];
    let referred = Payload::Objects {
        detachment: Detachment::ByUri,
        objects: &objects,
        encoding: Encoding::Base64url,
    };
    let attached = with(&Payload::Attached(content));
    let detached = with(&Payload::Detached(content));
    let refused = |document: &str, shared: Shared<'_>| parallel(&world, document, &shared).unwrap_err();
    let reason = CreateError::Shared;
    assert_eq!(
        refused(&detached, INSIDE),
        reason("the document holds no payload")
    );
    for payload in [Payload::Attached(content), Payload::Detached(content), referred] {
        assert_eq!(
            refused(&attached, Shared::Brought(payload)),
            reason("the document holds another payload")
        );
    }
    assert_eq!(
        refused(&detached, Shared::Brought(Payload::Attached(content))),
        reason("the payload of the document is detached")
    );
    assert_eq!(
        refused(&detached, Shared::Brought(Payload::Detached(plain))),
        reason("b64 differs between the signatures")
    );
    // One by its octets, one by reference to them.
    let both = parallel(&world, &detached, &Shared::Brought(referred)).unwrap();
    let brought = Objects::default()
        .with_payload(PAYLOAD.to_vec())
        .with("a", PAYLOAD.to_vec());
    for one in examined(&both, &brought) {
        assert_eq!(one.integrity, Ok(()));
    }
    // As it stands, whatever b64 says.
    let both = parallel(&world, &with(&Payload::Attached(plain)), &INSIDE).unwrap();
    for one in examined(&both, &Objects::default()) {
        assert_eq!(one.integrity, Ok(()));
    }
}

#[test]
fn sixteen_signatures_are_enough() {
    let world = World::new();
    let mut document = finished(&world, &world.signing(), Serialisation::General);
    for _ in 1..16 {
        document = parallel(&world, &document, &INSIDE).unwrap();
    }
    assert!(matches!(
        parallel(&world, &document, &INSIDE),
        Err(CreateError::Read(_))
    ));
}

#[test]
fn a_counter_signature_is_added_to_what_it_is_made_on() {
    let (world, notary) = (World::new(), World::with(procura_jose::Algorithm::Es384));
    let document = finished(&world, &world.signing(), Serialisation::General);
    let document = parallel(&world, &document, &INSIDE).unwrap();
    for serialisation in [
        Serialisation::Compact,
        Serialisation::Flattened,
        Serialisation::General,
    ] {
        for attached in [true, false] {
            let counter = Counter {
                serialisation,
                attached,
            };
            let prepared = notary
                .signing()
                .prepare_counter(document.as_bytes(), 1, counter)
                .unwrap();
            let text = sealed(&notary, prepared);
            let found = examined(&text, &Objects::default());
            assert!(found[0].counter_signatures.is_empty());
            let made = &found[1].counter_signatures[0].as_ref().unwrap().examined;
            assert_eq!((made.integrity, made.level), (Ok(()), Level::B));
            assert_eq!(made.certificate.as_ref(), notary.chain.first());
            assert_eq!((found[1].integrity, found[1].level), (Ok(()), Level::B));
            // Another one stands after it.
            let prepared = world
                .signing()
                .prepare_counter(text.as_bytes(), 1, counter)
                .unwrap();
            let again = sealed(&world, prepared);
            let first = |text: &str| {
                let mut properties = read(text).signatures.remove(1).unwrap().unsigned.properties;
                properties.remove(0).transmitted
            };
            assert_eq!(first(&again), first(&text));
            assert_eq!(
                examined(&again, &Objects::default())[1].counter_signatures.len(),
                2
            );
        }
    }
}

#[test]
fn counter_signatures_are_written_so() {
    let world = World::new();
    let mut document = finished(&world, &world.signing(), Serialisation::Compact);
    for (serialisation, attached) in [(Serialisation::Compact, false), (Serialisation::Flattened, true)] {
        let counter = Counter {
            serialisation,
            attached,
        };
        let prepared = world
            .signing()
            .prepare_counter(document.as_bytes(), 0, counter)
            .unwrap();
        document = sealed(&world, prepared);
    }
    insta::assert_json_snapshot!(redacted(&document, &world));
}

/// A counter-signature and what it is made on are two signatures: neither spoils the other.
#[test]
fn a_counter_signature_on_another_value_is_broken_and_nothing_else() {
    let world = World::new();
    let counter = Counter {
        serialisation: Serialisation::Compact,
        attached: false,
    };
    let made = |document: &str| {
        let prepared = world
            .signing()
            .prepare_counter(document.as_bytes(), 0, counter)
            .unwrap();
        sealed(&world, prepared)
    };
    let document = made(&finished(&world, &world.signing(), Serialisation::Flattened));
    let other = finished(&world, &world.signing(), Serialisation::Flattened);
    let document: Value = serde_json::from_str(&document).unwrap();
    let mut other: Value = serde_json::from_str(&other).unwrap();
    other["header"] = document["header"].clone();
    let found = examined(&other.to_string(), &Objects::default()).remove(0);
    assert_eq!(found.integrity, Ok(()));
    assert_eq!(
        found.counter_signatures[0].as_ref().unwrap().examined.integrity,
        Err(SubIndication::SigCryptoFailure)
    );
}

#[test]
fn nothing_is_counter_signed_that_cannot_hold_it() {
    let world = World::new();
    let document = finished(&world, &world.signing(), Serialisation::Flattened);
    let counter = Counter {
        serialisation: Serialisation::Compact,
        attached: true,
    };
    let refused = |document: &str, index| {
        world
            .signing()
            .prepare_counter(document.as_bytes(), index, counter)
            .map(drop)
            .unwrap_err()
    };
    assert_eq!(
        refused(&document, 1),
        CreateError::Document(AugmentError::NoSignature(1))
    );
    let mut clear: Value = serde_json::from_str(&document).unwrap();
    clear["header"] = json!({ "etsiU": [{ "sigPSt": {} }] });
    assert_eq!(
        refused(&clear.to_string(), 0),
        CreateError::Document(AugmentError::ClearForm)
    );
    assert!(matches!(refused("{", 0), CreateError::Read(_)));
}
