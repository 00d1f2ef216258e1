//! Any one character of anything signed, time-stamped or archived is another: what covers it breaks, and nothing else.
use crate::{
    levels::{OBJECT, augmented, payloads, step},
    round_trip::validated,
    world::{PAYLOAD, World},
};
use procura_ades::{Conclusion, SubIndication};
use procura_jades::{
    Document, Examined, Objects, Signing,
    create::{Critical, HashAlgorithm, Payload, Place, Reference},
    document::Serialisation,
    examine::{Cover, TimeStampKind},
};
use proptest::{prelude::*, sample::Index};
use serde_json::Value;
use std::sync::LazyLock;

static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The payload, or the object that is brought in its place.
    Payload,
    Protected,
    Signature,
    /// A property of `etsiU`.
    Property(usize),
}

/// The signature in a document of either JSON serialisation.
fn signature_of(document: &mut Value) -> &mut Value {
    if document["signatures"].is_array() {
        &mut document["signatures"][0]
    } else {
        document
    }
}
/// Another character at `position`; JSON stays JSON.
fn flip(text: &mut Value, position: Index, by: u8) {
    let mut octets = text.as_str().unwrap().as_bytes().to_vec();
    let place = position.index(octets.len());
    // Printable ASCII.
    octets[place] = 0x20 + (octets[place] - 0x20 + by) % 0x5f;
    *text = String::from_utf8(octets).unwrap().into();
}
fn cover(examined: &Examined, place: Option<usize>) -> Option<(TimeStampKind, Cover, bool)> {
    let stamp = examined.time_stamps.iter().find(|stamp| stamp.place == place)?;
    Some((stamp.kind, stamp.cover, stamp.signer.is_ok()))
}

/// What a change of anything signed may be called (EN 319 102-1 §5.1.3).
const SIGNED: [SubIndication; 5] = [
    SubIndication::FormatFailure,
    SubIndication::HashFailure,
    SubIndication::SigCryptoFailure,
    SubIndication::SignedDataNotFound,
    SubIndication::NoSigningCertificateFound,
];

/// With random parameters.
fn made(
    payload: &Payload<'_>,
    serialisation: Serialisation,
    reference: Index,
    street: Option<&str>,
) -> String {
    let references = [
        Reference::Sha256,
        Reference::Sha384,
        Reference::Sha512,
        Reference::Chain(HashAlgorithm::Sha256),
    ];
    let signing = Signing {
        reference: *reference.get(&references),
        place: street.map(|street| Place {
            street: Some(street),
            ..Place::default()
        }),
        critical: if street.is_some() { &[Critical::Place] } else { &[] },
        ..WORLD.signing()
    };
    let prepared = signing.prepare(payload, serialisation).unwrap();
    let signature = WORLD.sign(prepared.bytes());
    prepared.finish(&signature).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn what_covers_a_character_breaks_and_nothing_else(
        payload in 0..8_usize,
        general: bool,
        reference in any::<Index>(),
        street in proptest::option::of("[^\\x00]{1,20}"),
        steps in 0..6_usize,
        part in any::<Index>(),
        position in any::<Index>(),
        by in 1..0x5e_u8,
    ) {
        let world = &*WORLD;
        let (payload, objects) = payloads().swap_remove(payload);
        let serialisation = if general { Serialisation::General } else { Serialisation::Compact };
        let text = made(&payload, serialisation, reference, street.as_deref());
        let mut document = augmented(&text, &objects);
        for _ in 0..steps {
            step(world, &mut document);
        }
        let before = document.examined()[0].clone().unwrap();
        prop_assert!(validated(world, &document.to_json(), &objects).is_passed());
        let properties = document.document().signatures[0].as_ref().unwrap().unsigned.properties.len();
        let mut parts = vec![Part::Payload, Part::Protected, Part::Signature];
        parts.extend((0..properties).map(Part::Property));
        let part = *part.get(&parts);

        let mut changed: Value = serde_json::from_str(&document.to_json()).unwrap();
        let mut brought = objects.clone();
        match (part, payload) {
            (Part::Payload, Payload::Attached(_)) => flip(&mut changed["payload"], position, by),
            (Part::Payload, Payload::Detached(_)) => {
                let mut octets = PAYLOAD.to_vec();
                let place = position.index(octets.len());
                octets[place] ^= by;
                brought = Objects::default().with_payload(octets);
            }
            (Part::Payload, Payload::Objects { .. }) => {
                let mut octets = OBJECT.octets.to_vec();
                let place = position.index(octets.len());
                octets[place] ^= by;
                brought = Objects::default().with(OBJECT.uri, octets);
            }
            (Part::Protected, _) => flip(&mut signature_of(&mut changed)["protected"], position, by),
            (Part::Signature, _) => flip(&mut signature_of(&mut changed)["signature"], position, by),
            (Part::Property(index), _) => {
                flip(&mut signature_of(&mut changed)["header"]["etsiU"][index], position, by);
            }
        }
        let signed_part = !matches!(part, Part::Property(_));
        let report = validated(world, &changed.to_string(), &brought);
        if signed_part {
            let reason = report.conclusion().sub_indication;
            prop_assert!(!report.is_passed());
            prop_assert!(reason.is_some_and(|reason| SIGNED.contains(&reason)), "{:?}", reason);
        } else {
            // No time-stamp is needed yet: one that is broken, or no property any more, spoils nothing.
            prop_assert_eq!(report.conclusion(), Conclusion::PASSED);
        }
        let Ok(read) = Document::read(changed.to_string().as_bytes()) else {
            // No JWS any more: nothing of it is proven.
            prop_assert!(signed_part);
            return Ok(());
        };
        let after = read.examine(&brought).remove(0).unwrap();
        prop_assert_eq!(after.integrity.is_err(), signed_part);
        for place in 0..properties {
            let Some((kind, _, _)) = cover(&before, Some(place)) else { continue };
            let found = cover(&after, Some(place));
            let covered = match (part, kind) {
                (Part::Property(index), _) if index == place => continue,
                (Part::Property(index), TimeStampKind::Archive) => index < place,
                (Part::Property(_), _) => false,
                (Part::Signature, _) => true,
                (Part::Payload | Part::Protected, kind) => kind == TimeStampKind::Archive,
            };
            if covered {
                let (_, cover, _) = found.unwrap();
                // Where the header names no object any more, nobody can say what was covered.
                let unknown = cover == Cover::Unknown && part == Part::Protected;
                prop_assert!(cover == Cover::Broken || unknown, "{:?} {:?}", part, cover);
                let stamps = &report.signatures[0].time_stamps;
                let stamp = stamps.iter().find(|stamp| stamp.place == Some(place)).unwrap();
                prop_assert!(!stamp.conclusion.is_passed());
            } else {
                prop_assert_eq!(found, Some((kind, Cover::Intact, true)));
            }
        }
        // The property itself, where nothing covers it yet, becomes no time-stamp of another kind.
        if let Part::Property(index) = part {
            let kind = |examined| cover(examined, Some(index)).map(|(kind, _, _)| kind);
            let (was, is) = (kind(&before), kind(&after));
            prop_assert!(is.is_none() || is == was);
        }
    }
}
