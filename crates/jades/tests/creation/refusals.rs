//! What TS 119 182-1, RFC 7515 and RFC 7797 forbid, refused by name before anything is signed.
use crate::{properties::CONTENT, world::World};
use procura_jades::{
    CreateError, Signing,
    create::{
        Commitment, Content, Detachment, Encoding, HashAlgorithm, Identifier, Object, Payload, Place, Policy,
        PolicyDigest, PolicyQualifier, QualifiedValues, SignerAttributes, UserNotice,
    },
    document::{Deviation, Serialisation},
};

fn refused(signing: &Signing<'_>, payload: &Payload<'_>, serialisation: Serialisation) -> CreateError {
    signing.prepare(payload, serialisation).map(drop).unwrap_err()
}
fn said(signing: &Signing<'_>) -> CreateError {
    refused(signing, &CONTENT, Serialisation::Flattened)
}
fn objects<'a>(objects: &'a [Object<'a>], detachment: Detachment) -> Payload<'a> {
    Payload::Objects {
        detachment,
        objects,
        encoding: Encoding::Base64url,
    }
}
fn object(uri: &str) -> Object<'_> {
    Object {
        uri,
        octets: b"object",
        media_type: None,
    }
}
fn plain(octets: &[u8]) -> Payload<'_> {
    Payload::Attached(Content {
        encoding: Encoding::Plain,
        ..Content::new(octets)
    })
}

#[test]
fn a_property_that_says_nothing() {
    let world = World::new();
    let place = |place| {
        said(&Signing {
            place: Some(place),
            ..world.signing()
        })
    };
    assert_eq!(place(Place::default()), CreateError::Empty("sigPl"));
    let blank = Place {
        country: Some(""),
        ..Place::default()
    };
    assert_eq!(place(blank), CreateError::Empty("sigPl"));
    let attributes = |attributes| {
        said(&Signing {
            attributes: Some(attributes),
            ..world.signing()
        })
    };
    assert_eq!(
        attributes(SignerAttributes::default()),
        CreateError::Empty("srAts")
    );
    let none = [QualifiedValues {
        media_type: "text/plain",
        encoding: "clear",
        values: &[],
    }];
    assert_eq!(
        attributes(SignerAttributes {
            claimed: &none,
            ..SignerAttributes::default()
        }),
        CreateError::Empty("srAts")
    );
    for notice in [
        UserNotice::default(),
        UserNotice {
            reference: Some(("GoodAir", &[])),
            text: None,
        },
    ] {
        let policy = Policy {
            id: Identifier::new("urn:oid:1.2.3"),
            digest: None,
            qualifiers: &[PolicyQualifier::Notice(notice)],
        };
        assert_eq!(
            said(&Signing {
                policy: Some(policy),
                ..world.signing()
            }),
            CreateError::Empty("spUserNotice")
        );
    }
}

#[test]
fn a_type_or_a_name_of_nothing() {
    let world = World::new();
    for (name, signing, payload) in [
        (
            "typ",
            Signing {
                typ: Some(""),
                ..world.signing()
            },
            CONTENT,
        ),
        (
            "kid",
            Signing {
                kid: Some(""),
                ..world.signing()
            },
            CONTENT,
        ),
        (
            "cty",
            world.signing(),
            Payload::Attached(Content {
                media_type: Some(""),
                ..Content::new(b"{}")
            }),
        ),
        (
            "ctys",
            world.signing(),
            objects(
                &[Object {
                    uri: "a:b",
                    octets: b"",
                    media_type: Some(""),
                }],
                Detachment::ByUri,
            ),
        ),
    ] {
        assert_eq!(
            refused(&signing, &payload, Serialisation::Flattened),
            CreateError::Empty(name)
        );
    }
}

#[test]
fn an_identifier_that_is_no_uri() {
    let world = World::new();
    for id in ["", "1.2.3", "not a uri:", "1a:b", "urn:a b", "urn:ä"] {
        let commitments = [Commitment {
            id: Identifier::new(id),
            qualifiers: &[],
        }];
        assert_eq!(
            said(&Signing {
                commitments: &commitments,
                ..world.signing()
            }),
            CreateError::NotUri("srCms"),
            "{id}"
        );
    }
}

#[test]
fn a_policy_whose_digest_cannot_be_meant() {
    let world = World::new();
    let policy = |digest| {
        said(&Signing {
            policy: Some(Policy {
                id: Identifier::new("urn:oid:1.2.3"),
                digest: Some(digest),
                qualifiers: &[PolicyQualifier::Uri("https://example.org/policy")],
            }),
            ..world.signing()
        })
    };
    let of = |algorithm| PolicyDigest::of(algorithm, b"document");
    assert_eq!(
        policy(PolicyDigest {
            algorithm: HashAlgorithm::Sha384,
            ..of(HashAlgorithm::Sha256)
        }),
        CreateError::DigestLength("sigPId")
    );
    assert_eq!(
        policy(PolicyDigest {
            as_specified: true,
            ..of(HashAlgorithm::Sha256)
        }),
        CreateError::PolicySpecification
    );
}

#[test]
fn references_to_objects_that_nobody_could_follow() {
    let world = World::new();
    for detachment in [Detachment::ByUri, Detachment::ByUriHash(HashAlgorithm::Sha256)] {
        let refused = |list: &[Object<'_>]| {
            let payload = objects(list, detachment);
            refused(&world.signing(), &payload, Serialisation::Compact)
        };
        assert_eq!(refused(&[]), CreateError::Empty("pars"));
        assert_eq!(refused(&[object("")]), CreateError::Empty("pars"));
        assert_eq!(
            refused(&[object("a:b"), object("a:b")]),
            CreateError::Twice("pars")
        );
        // The same after decoding.
        assert_eq!(
            refused(&[object("a:b"), object("a%3Ab")]),
            CreateError::Twice("pars")
        );
        let typed = Object {
            media_type: Some("json"),
            ..object("a:c")
        };
        assert_eq!(refused(&[object("a:b"), typed]), CreateError::ContentTypes);
        let names: Vec<_> = (0..65).map(|number| format!("a:{number}")).collect();
        let many: Vec<_> = names.iter().map(|name| object(name)).collect();
        assert_eq!(
            refused(&many),
            CreateError::Deviation(Deviation::Malformed("sigD"))
        );
    }
}

#[test]
fn payloads_that_cannot_stand_where_they_should() {
    let world = World::new();
    let compact = |payload: &Payload<'_>| refused(&world.signing(), payload, Serialisation::Compact);
    // An empty payload is a detached one; a dot ends it; line breaks and letters beyond ASCII do not travel.
    for octets in [&b""[..], b"a.b", b"a\nb", "é".as_bytes()] {
        assert_eq!(compact(&plain(octets)), CreateError::CompactPayload);
        let prepared = world.signing().prepare(&plain(octets), Serialisation::Flattened);
        assert!(prepared.is_ok(), "{octets:?}");
    }
    assert_eq!(
        compact(&Payload::Attached(Content::new(b""))),
        CreateError::CompactPayload
    );
    assert_eq!(
        refused(&world.signing(), &plain(&[0xff]), Serialisation::Flattened),
        CreateError::PlainText
    );
}

#[test]
fn a_jwt_whose_payload_is_not_base64url() {
    let world = World::new();
    let content = Content {
        encoding: Encoding::Plain,
        ..Content::new(b"{}")
    };
    for typ in ["JWT", "jwt", "vc+jwt", "application/vc+JWT"] {
        let signing = Signing {
            typ: Some(typ),
            ..world.signing()
        };
        for payload in [Payload::Attached(content), Payload::Detached(content)] {
            assert_eq!(
                refused(&signing, &payload, Serialisation::Flattened),
                CreateError::PlainJwt
            );
        }
        let nested = Payload::Attached(Content {
            media_type: Some(typ),
            ..content
        });
        assert_eq!(
            refused(&world.signing(), &nested, Serialisation::Flattened),
            CreateError::PlainJwt
        );
    }
}

#[test]
fn certificates_that_may_not_sign_so() {
    let world = World::new();
    let signing = world.signing();
    assert_eq!(
        said(&Signing {
            chain: &[],
            ..signing.clone()
        }),
        CreateError::NoCertificate
    );
    assert_eq!(
        said(&Signing {
            algorithm: procura_jose::Algorithm::Es384,
            ..signing.clone()
        }),
        CreateError::WrongKey
    );
    let swapped = [world.chain[0].clone(), world.chain[2].clone()];
    assert_eq!(
        said(&Signing {
            chain: &swapped,
            ..signing.clone()
        }),
        CreateError::Chain(1)
    );
    assert!(matches!(
        said(&Signing {
            chain: &world.chain[1..],
            ..signing.clone()
        }),
        CreateError::KeyUsage(_)
    ));
    assert!(matches!(
        said(&Signing {
            time: world.chain[0].not_after() + jiff::SignedDuration::from_secs(1),
            ..signing
        }),
        CreateError::Validity { .. }
    ));
}
