//! Every target is fed with its seeds, whole, cut short and with changes that repeat: what libFuzzer does for minutes, for
//! seconds.
use procura_fuzz::{
    TARGETS, brought,
    world::{WORLD, folder, seeds},
};
use procura_jades::{Document, Profile, Rules, Validation};
use std::fs;

#[test]
fn every_target_takes_its_seeds() {
    for (name, target) in TARGETS {
        for bytes in seeds(name).values() {
            target(bytes);
        }
    }
}

#[test]
fn every_target_takes_nothing_and_what_other_targets_read() {
    for (name, target) in TARGETS {
        target(&[]);
        for (other, _) in TARGETS.iter().filter(|(other, _)| *other != name) {
            let seeds = seeds(other);
            target(seeds.values().next().expect("there is one"));
        }
    }
}

/// A step in every seed, so that each is cut in six places.
#[test]
fn every_target_takes_seeds_that_are_cut_short() {
    for (name, target) in TARGETS {
        for bytes in seeds(name).values() {
            for end in (0..bytes.len()).step_by(bytes.len() / 6 + 1) {
                target(&bytes[..end]);
            }
        }
    }
}

#[test]
fn every_target_takes_seeds_with_octets_changed() {
    for (name, target) in TARGETS {
        for bytes in seeds(name).values() {
            for at in (0..bytes.len()).step_by(bytes.len() / 6 + 1) {
                let mut bytes = bytes.clone();
                bytes[at] ^= 1;
                target(&bytes);
            }
        }
    }
}

#[test]
fn a_target_has_seeds_and_seeds_have_a_target() {
    let mut folders: Vec<_> = fs::read_dir(folder())
        .expect("there are seeds")
        .map(|entry| {
            entry
                .expect("a folder")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name != "world")
        .collect();
    folders.sort();
    assert_eq!(folders, TARGETS.map(|(name, _)| name));
}

/// Otherwise the targets would look at refusals alone.
#[test]
fn the_seeds_of_documents_pass() {
    let world = &*WORLD;
    for (name, document) in seeds("documents") {
        let document = Document::read(&document).expect("a seed is a document");
        let validation = Validation {
            rules: Rules::from(Profile::Strict),
            now: world.now,
            algorithms: &world.algorithms,
            policy: &world.policy,
            anchors: &world.anchors,
            certificates: &[],
            revocation: &world.revocation,
            objects: brought(&document),
        };
        let report = validation.of(&document);
        assert!(report.is_passed(), "{name}: {}", report.conclusion());
    }
}
