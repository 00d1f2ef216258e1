//! Created, augmented and validated: what each level is worth, while certificates are valid and after.
use crate::{
    forge::at,
    levels::{augmented, payloads, signed, step},
    world::{World, crl_at},
};
use procura_ades::{
    Conclusion, SubIndication,
    validation::{Anchors, Policy},
};
use procura_jades::{Level, Objects, Profile, Report, Validation, document::Serialisation};
use procura_jose::AlgorithmSet;
use procura_pki::{Anchor, RevocationData};

/// On the day after, with revocation data of that day.
pub fn validated(world: &World, text: &str, objects: &Objects) -> Report {
    let mut revocation = world.revocation();
    revocation.push(world.unit_revocation("2026-06-01T23:00:00Z"));
    validate(world, text, objects, "2026-06-02T00:00:00Z", &revocation)
}

fn validate(
    world: &World,
    text: &str,
    objects: &Objects,
    now: &str,
    revocation: &[RevocationData],
) -> Report {
    let anchors = Anchors {
        signatures: vec![Anchor(world.chain[2].clone())],
        time_stamps: vec![Anchor(world.authority_certificate.clone())],
    };
    let validation = Validation {
        rules: Profile::Strict.into(),
        now: at(now),
        algorithms: &AlgorithmSet::all(),
        policy: &Policy::default(),
        anchors: &anchors,
        certificates: &[],
        revocation,
        objects,
    };
    validation.of_bytes(text.as_bytes())
}

#[test]
fn every_level_passes_while_its_certificates_are_valid() {
    let world = World::new();
    for (payload, objects) in payloads() {
        for serialisation in [Serialisation::Compact, Serialisation::General] {
            let mut document = augmented(&signed(&world, &payload, serialisation), &objects);
            for level in [Level::B, Level::T, Level::Lt, Level::Lta, Level::Lta] {
                let report = validated(&world, &document.to_json(), &objects);
                assert_eq!(report.conclusion(), Conclusion::PASSED, "{report:#?}");
                let one = &report.signatures[0];
                assert_eq!(one.level, level);
                assert_eq!(one.time_is_proven, level > Level::B);
                for stamp in &one.time_stamps {
                    assert_eq!(stamp.conclusion, Conclusion::PASSED);
                }
                step(&world, &mut document);
            }
        }
    }
}

/// In 2030 the seal's certificate is long expired and its CA tells nothing of it any more: what counts is what the document
/// holds, and when it is proven to have been there.
#[test]
fn time_stamp_and_validation_data_outlive_the_signing_certificate_and_nothing_less_does() {
    let world = World::new();
    let later = |text: &str| {
        let authorities = [
            world.unit_revocation("2029-12-31T12:00:00Z"),
            crl_at(&world.root, "2029-12-31T12:00:00Z"),
        ];
        let now = "2030-01-01T00:00:00Z";
        validate(&world, text, &Objects::default(), now, &authorities).conclusion()
    };
    let text = signed(&world, &payloads()[0].0, Serialisation::Compact);
    let mut document = augmented(&text, &Objects::default());
    for level in [Level::B, Level::T, Level::Lt, Level::Lta, Level::Lta] {
        let conclusion = later(&document.to_json());
        if level >= Level::Lt {
            assert_eq!(conclusion, Conclusion::PASSED, "{level}");
        } else {
            assert_eq!(conclusion, SubIndication::OutOfBoundsNoPoe.into(), "{level}");
        }
        step(&world, &mut document);
    }
}
