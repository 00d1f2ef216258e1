//! Every signed property of TS 119 182-1 §5.1 and §5.2.
use crate::{
    forge::tlv,
    world::{PAYLOAD, World, examined, read, redacted},
};
use procura_jades::{
    CreateError, Level, Objects, Signing,
    create::{
        CertifiedAttribute, Commitment, Content, Critical, HashAlgorithm, Identifier, Payload, Place, Policy,
        PolicyDigest, PolicyQualifier, QualifiedValues, Reference, SignerAttributes, StampError, UserNotice,
    },
    document::Serialisation,
    examine::{Cover, TimeStampKind},
};
use serde_json::{Map, Value, json};

pub const CONTENT: Payload<'static> = Payload::Attached(Content {
    octets: PAYLOAD,
    media_type: Some("json"),
    encoding: procura_jades::create::Encoding::Base64url,
});

pub fn finished(world: &World, signing: &Signing<'_>, serialisation: Serialisation) -> String {
    let prepared = signing.prepare(&CONTENT, serialisation).unwrap();
    let signature = world.sign(prepared.bytes());
    prepared.finish(&signature).unwrap()
}

/// Everything that can be said, said; `look` gets the document.
pub fn with_everything(world: &World, look: impl FnOnce(&Signing<'_>)) {
    let qualifier: Map<String, Value> = [("amount".to_owned(), json!(100))].into_iter().collect();
    let values = [json!("chief executive"), json!({ "since": 2020 })];
    let claimed = [QualifiedValues {
        media_type: "application/json",
        encoding: "clear-json",
        values: &values,
    }];
    let policy = PolicyDigest::of(HashAlgorithm::Sha512, b"the policy's document");
    let token = world.token(&CONTENT.content_imprint());
    let commitments = [
        Commitment {
            id: Identifier {
                id: "urn:oid:1.2.840.113549.1.9.16.6.1",
                description: Some("proof of origin"),
                documents: &["https://example.org/commitments"],
            },
            qualifiers: std::slice::from_ref(&qualifier),
        },
        Commitment {
            id: Identifier::new("urn:oid:1.2.840.113549.1.9.16.6.5"),
            qualifiers: &[],
        },
    ];
    let signing = Signing {
        typ: Some("jose+json"),
        kid: Some("did:elsi:VATES-12345678"),
        commitments: &commitments,
        place: Some(Place {
            country: Some("ES"),
            locality: Some("Madrid"),
            region: Some("Madrid"),
            post_office_box: Some("28"),
            postal_code: Some("28001"),
            street: Some("Calle Mayor 1"),
        }),
        attributes: Some(SignerAttributes {
            claimed: &claimed,
            certified: &[
                CertifiedAttribute::X509(&[0x30, 0]),
                CertifiedAttribute::Other(&[0x30, 0]),
            ],
            assertions: &claimed,
        }),
        policy: Some(Policy {
            id: Identifier::new("urn:oid:1.2.3.4"),
            digest: Some(PolicyDigest {
                as_specified: true,
                ..policy
            }),
            qualifiers: &[
                PolicyQualifier::Uri("https://example.org/policy"),
                PolicyQualifier::Notice(UserNotice {
                    reference: Some(("GoodAir", &[1, 2])),
                    text: Some("Read the policy."),
                }),
                PolicyQualifier::Specification(Identifier::new("urn:oid:1.2.3.5")),
            ],
        }),
        content_time_stamps: &[&token],
        critical: &[
            Critical::Commitments,
            Critical::Place,
            Critical::Attributes,
            Critical::ContentTimeStamps,
            Critical::Policy,
            Critical::Time,
        ],
        ..world.signing()
    };
    look(&signing);
}

#[test]
fn everything_that_can_be_said_is_read_back_as_b_b() {
    let world = World::new();
    with_everything(&world, |signing| {
        for serialisation in [Serialisation::Compact, Serialisation::Flattened] {
            let text = finished(&world, signing, serialisation);
            let found = examined(&text, &Objects::default()).remove(0);
            assert_eq!((found.integrity, found.level), (Ok(()), Level::B));
            let stamp = &found.time_stamps[0];
            assert_eq!((stamp.kind, stamp.cover), (TimeStampKind::Content, Cover::Intact));
            assert!(stamp.signer.is_ok());
        }
        let text = finished(&world, signing, Serialisation::Flattened);
        insta::assert_json_snapshot!(redacted(&text, &world));
    });
}

#[test]
fn exactly_one_reference_is_written_and_designates_the_signer() {
    let world = World::new();
    let mut headers = Map::new();
    for reference in [
        Reference::Sha256,
        Reference::Sha384,
        Reference::Sha512,
        Reference::Chain(HashAlgorithm::Sha256),
        Reference::Chain(HashAlgorithm::Sha512),
    ] {
        let signing = Signing {
            reference,
            ..world.signing()
        };
        let text = finished(&world, &signing, Serialisation::Flattened);
        let found = examined(&text, &Objects::default()).remove(0);
        assert_eq!((found.integrity, found.level), (Ok(()), Level::B));
        let protected = redacted(&text, &world)["protected"].clone();
        headers.insert(format!("{reference:?}"), protected);
    }
    insta::assert_json_snapshot!(headers);
    let alone = Signing {
        reference: Reference::Chain(HashAlgorithm::Sha256),
        chain: &world.chain[..1],
        ..world.signing()
    };
    assert_eq!(
        alone.prepare(&CONTENT, Serialisation::Compact).unwrap_err(),
        CreateError::SingleReference
    );
}

#[test]
fn the_anchor_stays_out_and_the_chain_may() {
    let world = World::new();
    let text = finished(&world, &world.signing(), Serialisation::Compact);
    assert_eq!(
        read(&text).signatures[0].as_ref().unwrap().signed.certificates,
        world.chain[..2].to_vec()
    );
    let bare = Signing {
        x5c: false,
        ..world.signing()
    };
    let text = finished(&world, &bare, Serialisation::Compact);
    assert!(
        !read(&text).signatures[0]
            .as_ref()
            .unwrap()
            .header
            .contains_key("x5c")
    );
}

#[test]
fn crit_names_what_must_be_and_what_was_asked_for() {
    let world = World::new();
    let crit = |signing: &Signing<'_>, payload: &Payload<'_>| {
        let prepared = signing.prepare(payload, Serialisation::Flattened).unwrap();
        let signature = world.sign(prepared.bytes());
        let text = prepared.finish(&signature).unwrap();
        read(&text).signatures[0]
            .as_ref()
            .unwrap()
            .header
            .get("crit")
            .cloned()
    };
    assert_eq!(crit(&world.signing(), &CONTENT), None);
    let plain = Payload::Attached(Content {
        encoding: procura_jades::create::Encoding::Plain,
        ..Content::new(b"text")
    });
    assert_eq!(crit(&world.signing(), &plain), Some(json!(["b64"])));
    let objects = [procura_jades::create::Object {
        uri: "a",
        octets: b"a",
        media_type: None,
    }];
    let detached = Payload::Objects {
        detachment: procura_jades::create::Detachment::ByUri,
        objects: &objects,
        encoding: procura_jades::create::Encoding::Plain,
    };
    let asked = Signing {
        critical: &[Critical::Time, Critical::Time],
        ..world.signing()
    };
    assert_eq!(crit(&asked, &detached), Some(json!(["b64", "sigD", "iat"])));
    let absent = Signing {
        critical: &[Critical::Place],
        ..world.signing()
    };
    assert_eq!(
        absent.prepare(&CONTENT, Serialisation::Compact).unwrap_err(),
        CreateError::CriticalAbsent("sigPl")
    );
}

#[test]
fn a_content_time_stamp_that_does_not_hold_is_not_signed() {
    let world = World::new();
    let refused = |token: &[u8]| {
        let tokens = [token];
        let signing = Signing {
            content_time_stamps: &tokens,
            ..world.signing()
        };
        signing.prepare(&CONTENT, Serialisation::Compact).map(drop)
    };
    let over = CONTENT.content_imprint();
    assert_eq!(refused(&world.token(&over)), Ok(()));
    assert_eq!(refused(&world.token(PAYLOAD)), Err(StampError::Imprint.into()));
    assert_eq!(
        refused(&world.token_at(&over, "20260601120001Z")),
        Err(StampError::Younger.into())
    );
    assert!(matches!(
        refused(&[0x30, 0]),
        Err(CreateError::ContentTimeStamp(StampError::Token(_)))
    ));
    // A unit that may not time-stamp.
    let unit = crate::authority::Unit::with(|request| request);
    assert!(matches!(
        refused(&unit.sign(&unit.over(&over))),
        Err(CreateError::ContentTimeStamp(StampError::Token(_)))
    ));
    let mut weak = world.unit.over(&over);
    let sha1 = crate::forge::seq(&[crate::forge::oid("1.3.14.3.2.26")]);
    weak.imprint = crate::forge::seq(&[sha1, tlv(4, &procura_crypto::Digest::Sha1.of(&over))]);
    assert_eq!(refused(&world.unit.sign(&weak)), Err(StampError::Digest.into()));
}
