//! B-T, B-LT, B-LTA, and renewals.
use crate::{
    authority::Unit,
    world::{PAYLOAD, World, crl, examined, read, redacted, response},
};
use procura_jades::{
    Augmented, Level, Objects,
    augment::{Purpose, ValidationData},
    create::{Content, Detachment, Encoding, HashAlgorithm, Object, Payload, Shared},
    document::Serialisation,
    examine::{Cover, TimeStampKind},
};

pub const ATTACHED: Payload<'static> = Payload::Attached(Content {
    octets: PAYLOAD,
    media_type: None,
    encoding: Encoding::Base64url,
});

pub fn signed(world: &World, payload: &Payload<'_>, serialisation: Serialisation) -> String {
    let prepared = world.signing().prepare(payload, serialisation).unwrap();
    let signature = world.sign(prepared.bytes());
    prepared.finish(&signature).unwrap()
}
pub fn augmented(text: &str, objects: &Objects) -> Augmented {
    Augmented::read(text.as_bytes(), objects.clone()).unwrap()
}
/// One step up, from where the first signature is; at B-LTA the archive is renewed. Time-stamps say a minute past twelve,
/// two and so on.
pub fn step(world: &World, document: &mut Augmented) {
    let stamps = document.examined()[0].as_ref().unwrap().time_stamps.len();
    let time = format!("20260601{:02}0100Z", 12 + 2 * stamps);
    match document.examined()[0].as_ref().unwrap().level {
        Level::NotBaseline => panic!("no baseline signature"),
        Level::B => {
            let over = document.signature_imprint(0).unwrap();
            let token = world.token_at(&over, &time);
            document.add_signature_time_stamp(0, &token).unwrap();
        }
        Level::T => {
            let revocation = world.revocation();
            let data = ValidationData {
                certificates: &world.chain,
                revocation: &revocation,
            };
            // The root's certificate and two CRLs.
            let added = document.add_validation_data(0, Purpose::Signature, &data);
            assert_eq!(added, Ok(3));
        }
        Level::Lt | Level::Lta => {
            let data = ValidationData {
                certificates: &[],
                revocation: &[world.unit_revocation("2026-06-01T13:00:00Z")],
            };
            let added = document.add_validation_data(0, Purpose::TimeStamps, &data);
            assert_eq!(added, Ok(1));
            let over = document.archive_imprint(0).unwrap();
            let token = world.token_at(&over, &time);
            document.add_archive_time_stamp(0, &token).unwrap();
        }
    }
}
pub const OBJECT: Object<'static> = Object {
    uri: "https://example.org/object",
    octets: b"an object",
    media_type: None,
};
/// Every way in which what is archived is built.
pub fn payloads() -> Vec<(Payload<'static>, Objects)> {
    let with = |encoding| Content {
        encoding,
        ..Content::new(PAYLOAD)
    };
    let brought = Objects::default().with_payload(PAYLOAD.to_vec());
    let object = Objects::default().with(OBJECT.uri, OBJECT.octets.to_vec());
    let mut all = Vec::new();
    for encoding in [Encoding::Base64url, Encoding::Plain] {
        all.push((Payload::Attached(with(encoding)), Objects::default()));
        all.push((Payload::Detached(with(encoding)), brought.clone()));
        for detachment in [Detachment::ByUri, Detachment::ByUriHash(HashAlgorithm::Sha256)] {
            let payload = Payload::Objects {
                detachment,
                objects: &[OBJECT],
                encoding,
            };
            all.push((payload, object.clone()));
        }
    }
    all
}
/// The strings of the first signature, as they were transmitted.
#[derive(Debug, PartialEq)]
struct Strings {
    payload: Option<String>,
    protected: String,
    signature: String,
    properties: Vec<Option<String>>,
}
impl Strings {
    fn of(document: &Augmented) -> Self {
        let one = document.document().signatures[0].clone().unwrap();
        Self {
            payload: one.payload.as_deref().map(str::to_owned),
            protected: one.protected,
            signature: one.signature,
            properties: one
                .unsigned
                .properties
                .into_iter()
                .map(|property| property.transmitted)
                .collect(),
        }
    }
}

#[test]
fn levels_are_reached_one_after_the_other_and_nothing_that_is_there_is_touched() {
    let world = World::new();
    for (payload, objects) in payloads() {
        for serialisation in [
            Serialisation::Compact,
            Serialisation::Flattened,
            Serialisation::General,
        ] {
            let text = signed(&world, &payload, serialisation);
            let mut document = augmented(&text, &objects);
            let mut before = Strings::of(&document);
            for level in [Level::T, Level::Lt, Level::Lta, Level::Lta, Level::Lta] {
                step(&world, &mut document);
                let text = document.to_json();
                let found = &examined(&text, &objects)[0];
                assert_eq!((found.integrity, found.level), (Ok(()), level), "{payload:?}");
                for stamp in &found.time_stamps {
                    assert_eq!(stamp.cover, Cover::Intact);
                    assert!(stamp.signer.is_ok());
                }
                let mut after = Strings::of(&augmented(&text, &objects));
                let count = before.properties.len();
                let added = after.properties.split_off(count);
                assert_eq!(after, before);
                assert!(!added.is_empty());
                after.properties.extend(added);
                before = after;
            }
            let expected = match serialisation {
                Serialisation::General => Serialisation::General,
                Serialisation::Compact | Serialisation::Flattened => Serialisation::Flattened,
            };
            assert_eq!(read(&document.to_json()).serialisation, expected);
        }
    }
}

#[test]
fn b_lta_with_a_renewal_is_written_so() {
    let world = World::new();
    let mut document = augmented(
        &signed(&world, &ATTACHED, Serialisation::Compact),
        &Objects::default(),
    );
    for _ in 0..4 {
        step(&world, &mut document);
    }
    insta::assert_json_snapshot!(redacted(&document.to_json(), &world));
}

#[test]
fn several_authorities_stand_beside_each_other() {
    let world = World::new();
    let text = signed(&world, &ATTACHED, Serialisation::General);
    let mut document = augmented(&text, &Objects::default());
    let over = document.signature_imprint(0).unwrap();
    for unit in [Unit::new(), Unit::new(), Unit::new()] {
        document
            .add_signature_time_stamp(0, &unit.sign(&unit.over(&over)))
            .unwrap();
    }
    let found = &examined(&document.to_json(), &Objects::default())[0];
    assert_eq!(found.level, Level::T);
    let places: Vec<_> = found
        .time_stamps
        .iter()
        .map(|stamp| (stamp.place, stamp.cover))
        .collect();
    assert_eq!(
        places,
        [0, 1, 2].map(|place| (Some(place), Cover::Intact)).to_vec()
    );
}

#[test]
fn each_of_several_signatures_grows_for_itself() {
    let world = World::new();
    let text = signed(&world, &ATTACHED, Serialisation::Flattened);
    let shared = Shared::Inside { media_type: None };
    let prepared = world
        .signing()
        .prepare_parallel(text.as_bytes(), &shared)
        .unwrap();
    let signature = world.sign(prepared.bytes());
    let mut document = augmented(&prepared.finish(&signature).unwrap(), &Objects::default());
    for _ in 0..3 {
        step(&world, &mut document);
    }
    let over = document.signature_imprint(1).unwrap();
    document.add_signature_time_stamp(1, &world.token(&over)).unwrap();
    let levels: Vec<_> = examined(&document.to_json(), &Objects::default())
        .iter()
        .map(|one| one.level)
        .collect();
    assert_eq!(levels, [Level::Lta, Level::T]);
}

#[test]
fn a_list_of_one_signature_is_written_where_it_is_asked_for() {
    let world = World::new();
    let text = signed(&world, &ATTACHED, Serialisation::Compact);
    let document = augmented(&text, &Objects::default()).into_general();
    assert_eq!(document.document().serialisation, Serialisation::General);
    assert_eq!(read(&document.to_json()).serialisation, Serialisation::General);
}

/// TS 119 182-1 §5.3.5.
#[test]
fn validation_data_that_are_there_are_not_repeated() {
    let world = World::new();
    let text = signed(&world, &ATTACHED, Serialisation::Flattened);
    let mut document = augmented(&text, &Objects::default());
    step(&world, &mut document);
    let (answer, responder) = response();
    let list = crl(&world.sub);
    let revocation = [list.clone(), list, answer.into()];
    // In x5c are the first two; in the token is the unit's, in the response the responder's.
    let others = [world.unit.certificate.clone(), responder];
    let all: Vec<_> = world.chain.iter().chain(&others).cloned().collect();
    let data = ValidationData {
        certificates: &all,
        revocation: &revocation,
    };
    let add = |document: &mut Augmented, purpose| document.add_validation_data(0, purpose, &data);
    assert_eq!(add(&mut document, Purpose::Signature), Ok(3));
    let before = document.to_json();
    for purpose in [Purpose::Signature, Purpose::TimeStamps, Purpose::Any] {
        assert_eq!(add(&mut document, purpose), Ok(0));
    }
    assert_eq!(document.to_json(), before);
    let names = |document: &Augmented| -> Vec<String> {
        let properties = document.document().signatures[0]
            .as_ref()
            .unwrap()
            .unsigned
            .properties
            .iter();
        properties.map(|property| property.name.clone()).collect()
    };
    assert_eq!(names(&document), ["sigTst", "xVals", "rVals"]);
    // xVals and rVals stand once (§6.3); what comes later stands elsewhere.
    for purpose in [Purpose::Signature, Purpose::Any, Purpose::TimeStamps] {
        let another = [world.sub.anchor().0];
        let data = ValidationData {
            certificates: &another,
            revocation: &[],
        };
        assert_eq!(document.add_validation_data(0, purpose, &data), Ok(1));
        assert_eq!(document.add_validation_data(0, purpose, &data), Ok(0));
    }
    assert_eq!(
        names(&document),
        ["sigTst", "xVals", "rVals", "anyValData", "anyValData", "tstVD"]
    );
    // What is there is found by whoever reads it.
    let certificates = &document.document().signatures[0]
        .as_ref()
        .unwrap()
        .unsigned
        .certificates;
    assert_eq!(certificates.len(), 4);
}

#[test]
fn a_content_time_stamp_and_a_signature_time_stamp_stand_in_their_order() {
    let world = World::new();
    let token = world.token(&ATTACHED.content_imprint());
    let tokens = [&token[..]];
    let signing = procura_jades::Signing {
        content_time_stamps: &tokens,
        ..world.signing()
    };
    let prepared = signing.prepare(&ATTACHED, Serialisation::Compact).unwrap();
    let signature = world.sign(prepared.bytes());
    let mut document = augmented(&prepared.finish(&signature).unwrap(), &Objects::default());
    let over = document.signature_imprint(0).unwrap();
    // The content time-stamp says half a second after noon.
    assert!(
        document
            .add_signature_time_stamp(0, &world.token_at(&over, "20260601120000Z"))
            .is_err()
    );
    document
        .add_signature_time_stamp(0, &world.token_at(&over, "20260601120001Z"))
        .unwrap();
    let found = document.examined()[0].as_ref().unwrap();
    let kinds: Vec<_> = found.time_stamps.iter().map(|stamp| stamp.kind).collect();
    assert_eq!(kinds, [TimeStampKind::Content, TimeStampKind::Signature]);
}
