//! Any one character of anything signed, time-stamped or archived is another: whatever covers it fails, with a
//! sub-indication from a documented set, and proves nothing; what does not cover it stays.
use crate::scene::*;
use procura_ades::SubIndication as S;
use procura_jades::{Report, examine::TimeStampKind};
use proptest::{prelude::*, sample::Index};
use serde_json::Value;
use std::sync::LazyLock;

/// For a signature.
const OF_SIGNATURES: [S; 5] = [
    S::FormatFailure,
    S::NoSigningCertificateFound,
    S::SigCryptoFailure,
    S::HashFailure,
    S::SignedDataNotFound,
];
/// For the token in which it stands.
const OF_TOKENS: [S; 6] = [
    S::FormatFailure,
    S::HashFailure,
    S::SigCryptoFailure,
    S::NoSigningCertificateFound,
    S::CryptoConstraintsFailureNoPoe,
    S::NoCertificateChainFound,
];

struct World {
    document: Value,
    /// All is valid, whatever any time-stamp proves.
    soon: Judge,
    /// Its CA was revoked since: all rests on the archive.
    later: Judge,
}
static WORLD: LazyLock<World> = LazyLock::new(|| {
    let scene = Scene::new();
    let mut later = Judge::of(&scene, NOW);
    later.revocation = scene.lists_of(NOW, None, Some("2026-09-01T00:00:00Z"));
    World {
        document: scene.at_level(Level::Lta),
        soon: Judge::of(&scene, "2026-06-08T00:00:00Z"),
        later,
    }
});

fn flip(text: &mut Value, position: Index, by: u8) {
    let mut octets = text.as_str().unwrap().as_bytes().to_vec();
    let place = position.index(octets.len());
    octets[place] = 0x20 + (octets[place] - 0x20 + by) % 0x5f;
    *text = String::from_utf8(octets).unwrap().into();
}

fn is_within(report: &Report, documented: &[S]) -> bool {
    let sub_indication = report.conclusion().sub_indication;
    sub_indication.is_some_and(|one| documented.contains(&one))
}

#[test]
fn the_unchanged_document_passes_before_and_after() {
    let World {
        soon,
        later,
        document,
        ..
    } = &*WORLD;
    assert!(soon.report(document).is_passed());
    assert!(later.report(document).is_passed());
    assert_eq!(properties(document).len(), 4, "sigTst, xVals, rVals, arcTst");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_character_of_what_is_signed_fails_the_signature(
        part in prop::sample::select(vec!["payload", "protected", "signature"]),
        position in any::<Index>(),
        by in 1..0x5e_u8,
    ) {
        let mut document = WORLD.document.clone();
        flip(&mut document[part], position, by);
        for judge in [&WORLD.soon, &WORLD.later] {
            let report = judge.report(&document);
            prop_assert!(!report.is_passed());
            prop_assert!(is_within(&report, &OF_SIGNATURES), "{}", report.conclusion());
            for stamp in report.signatures.iter().flat_map(|one| &one.time_stamps) {
                let covers = part == "signature" || stamp.kind == TimeStampKind::Archive;
                prop_assert_eq!(covers, !stamp.conclusion.is_passed(), "{:?}", stamp.kind);
            }
        }
    }

    #[test]
    fn a_changed_character_of_what_is_not_signed_never_fails_a_valid_signature(
        place in 0..4_usize,
        position in any::<Index>(),
        by in 1..0x5e_u8,
    ) {
        let mut document = WORLD.document.clone();
        flip(&mut document["header"]["etsiU"][place], position, by);
        let soon = WORLD.soon.report(&document);
        prop_assert!(soon.is_passed(), "{:#?}", soon);
        let later = WORLD.later.report(&document);
        let archive = later.signatures[0].time_stamps.iter().find(|stamp| stamp.place == Some(3));
        let refused = archive.map(|stamp| stamp.conclusion.sub_indication);
        match refused {
            // The archive time-stamp covers it.
            _ if place < 3 => prop_assert_eq!(refused, Some(Some(S::HashFailure))),
            Some(Some(refused)) => prop_assert!(OF_TOKENS.contains(&refused), "{}", refused),
            // A character that means nothing, or no time-stamp any more.
            Some(None) | None => {}
        }
        let proves = refused == Some(None);
        prop_assert_eq!(later.is_passed(), proves);
        if !proves {
            prop_assert_eq!(later.conclusion(), S::RevokedCaNoPoe.into());
        }
    }
}
