//! The JSON form that an issuer keeps beside a compact credential.
use crate::{
    forge::noon,
    levels::{ATTACHED, augmented, signed, step},
    world::{PAYLOAD, World, examined, redacted},
};
use procura_jades::{
    AugmentError, Level, Objects, Sealing,
    create::{Content, Encoding, Payload, StampError},
    document::Serialisation,
    evidence::{self, EvidenceError},
    prepare,
};
use procura_jose::Algorithm;

fn credential(world: &World) -> String {
    let sealing = Sealing {
        algorithm: Algorithm::Es256,
        typ: "vc+jwt",
        kid: None,
        time: noon(),
        chain: &world.chain,
    };
    let prepared = prepare(&sealing, PAYLOAD).unwrap();
    let signature = world.sign(prepared.bytes());
    prepared.finish(&signature).unwrap()
}

#[test]
fn evidence_holds_the_credential_character_for_character() {
    let world = World::new();
    let credential = credential(&world);
    let over = evidence::imprint(&credential).unwrap();
    let tokens = [world.token(&over), world.token_at(&over, "20260601120005Z")];
    let tokens: Vec<_> = tokens.iter().map(Vec::as_slice).collect();
    let text = evidence::of(&credential, &tokens).unwrap();
    let found = &examined(&text, &Objects::default())[0];
    assert_eq!((found.integrity, found.level), (Ok(()), Level::T));
    assert_eq!(found.time_stamps.len(), 2);
    assert_eq!(evidence::compact(text.as_bytes()), Ok(credential.clone()));
    insta::assert_json_snapshot!(redacted(&text, &world));
    // It is kept for as long as anybody wants.
    let mut document = augmented(&text, &Objects::default());
    for level in [Level::Lt, Level::Lta, Level::Lta] {
        step(&world, &mut document);
        let text = document.to_json();
        assert_eq!(examined(&text, &Objects::default())[0].level, level);
        assert_eq!(evidence::compact(text.as_bytes()), Ok(credential.clone()));
    }
}

#[test]
fn evidence_without_a_time_stamp_that_holds_is_none() {
    let world = World::new();
    let credential = credential(&world);
    assert_eq!(evidence::of(&credential, &[]), Err(EvidenceError::NoTimeStamp));
    assert_eq!(
        evidence::of(&credential, &[&world.token(b"another")]),
        Err(EvidenceError::Augment(AugmentError::Stamp(StampError::Imprint)))
    );
    let other = self::credential(&World::new());
    let swapped = [
        credential.rsplit_once('.').unwrap().0,
        other.rsplit_once('.').unwrap().1,
    ]
    .join(".");
    assert!(matches!(
        evidence::imprint(&swapped),
        Err(EvidenceError::Augment(AugmentError::Integrity(_)))
    ));
}

#[test]
fn a_credential_is_compact_and_whole() {
    let world = World::new();
    let flattened = signed(&world, &ATTACHED, Serialisation::Flattened);
    let general = signed(&world, &ATTACHED, Serialisation::General);
    let compact = signed(&world, &ATTACHED, Serialisation::Compact);
    for text in [&flattened, &general, &format!("{compact}\n")] {
        assert_eq!(evidence::imprint(text), Err(EvidenceError::NotCompact));
    }
    for payload in [
        Payload::Detached(Content::new(PAYLOAD)),
        Payload::Attached(Content {
            encoding: Encoding::Plain,
            ..Content::new(PAYLOAD)
        }),
    ] {
        let text = signed(&world, &payload, Serialisation::Compact);
        assert_eq!(evidence::imprint(&text), Err(EvidenceError::Payload));
        let text = signed(&world, &payload, Serialisation::Flattened);
        assert_eq!(evidence::compact(text.as_bytes()), Err(EvidenceError::Payload));
    }
    for text in [compact, general] {
        assert_eq!(
            evidence::compact(text.as_bytes()),
            Err(EvidenceError::NotFlattened)
        );
    }
}
