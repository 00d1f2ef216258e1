//! What is to be gathered for B-LT, and before a renewal.
use crate::{
    forge::{Issuer, at, extension},
    levels::{ATTACHED, augmented, signed, step},
    responder::{self, OCSP_SIGNING, purposes},
    world::{World, crl, crl_at},
};
use jiff::Timestamp;
use procura_ades::validation::Anchors;
use procura_jades::{
    AugmentError, Augmented, Objects, Signing,
    augment::{Needs, Purpose, ValidationData},
    document::Serialisation,
};
use procura_pki::{Anchor, Certificate, PathError, PathOptions, RevocationData};

/// The time of the first time-stamp, and of the archive's.
const STAMPED: &str = "2026-06-01T12:01:00Z";
const ARCHIVED: &str = "2026-06-01T14:01:00Z";

fn anchors(world: &World) -> Anchors {
    Anchors {
        signatures: vec![Anchor(world.chain[2].clone())],
        time_stamps: vec![Anchor(world.authority_certificate.clone())],
    }
}
fn needs(world: &World, document: &Augmented, purpose: Purpose) -> Needs {
    needs_at(world, document, purpose, ARCHIVED)
}
fn needs_at(world: &World, document: &Augmented, purpose: Purpose, now: &str) -> Needs {
    document
        .needs(0, purpose, &anchors(world), &[], &PathOptions::default(), at(now))
        .unwrap()
}
/// Subjects and times of what is asked for.
fn asked(needs: &Needs) -> Vec<(Certificate, Timestamp)> {
    let all = needs.revocation.iter();
    all.map(|need| (need.certificate.clone(), need.after)).collect()
}
fn stamped(world: &World) -> Augmented {
    let text = signed(world, &ATTACHED, Serialisation::Compact);
    let mut document = augmented(&text, &Objects::default());
    step(world, &mut document);
    document
}
fn add(document: &mut Augmented, purpose: Purpose, revocation: &[RevocationData]) {
    let data = ValidationData {
        certificates: &[],
        revocation,
    };
    assert!(document.add_validation_data(0, purpose, &data).unwrap() > 0);
}

#[test]
fn every_certificate_of_the_paths_is_asked_about_until_data_of_after_the_time_stamp_are_there() {
    let world = World::new();
    let mut document = stamped(&world);
    let found = needs(&world, &document, Purpose::Signature);
    assert_eq!(found.certificates, []);
    let both = [&world.chain[0], &world.chain[1]].map(|one| (one.clone(), at(STAMPED)));
    assert_eq!(asked(&found), both);
    assert_eq!(found.revocation[0].issuer, world.chain[1]);
    // From before the signature was there.
    add(
        &mut document,
        Purpose::Signature,
        &[crl_at(&world.sub, "2026-06-01T12:00:59Z")],
    );
    assert_eq!(asked(&needs(&world, &document, Purpose::Signature)), both);
    add(&mut document, Purpose::Signature, &[crl(&world.sub)]);
    assert_eq!(asked(&needs(&world, &document, Purpose::Signature)), both[1..]);
    add(&mut document, Purpose::Signature, &[crl(&world.root)]);
    assert!(needs(&world, &document, Purpose::Signature).is_empty());

    let unit = |time| [(world.unit.certificate.clone(), at(time))];
    for purpose in [Purpose::TimeStamps, Purpose::Any] {
        assert_eq!(asked(&needs(&world, &document, purpose)), unit(STAMPED));
    }
    // Its step brings them, and the archive's time-stamp needs newer ones.
    step(&world, &mut document);
    assert_eq!(
        asked(&needs(&world, &document, Purpose::TimeStamps)),
        unit(ARCHIVED)
    );
    let newer = world.unit_revocation("2026-06-02T00:00:00Z");
    add(&mut document, Purpose::TimeStamps, &[newer]);
    assert!(needs(&world, &document, Purpose::Any).is_empty());
}

/// An archive time-stamp proves what is there when it is made: data that have ended vouch for nobody from then on, save for
/// the signing certificate, for which the older time-stamp counts.
#[test]
fn data_of_units_and_authorities_that_have_ended_are_asked_for_anew_before_an_archive() {
    const A_MONTH_LATER: &str = "2026-07-01T12:00:00Z";
    let world = World::new();
    let mut document = stamped(&world);
    let lists = [crl(&world.sub), crl(&world.root)];
    add(&mut document, Purpose::Signature, &lists);
    let of_unit = world.unit_revocation("2026-06-01T13:00:00Z");
    add(&mut document, Purpose::TimeStamps, &[of_unit]);
    assert!(needs(&world, &document, Purpose::Any).is_empty());
    let found = needs_at(&world, &document, Purpose::Any, A_MONTH_LATER);
    let anew = [&world.chain[1], &world.unit.certificate].map(|one| (one.clone(), at(A_MONTH_LATER)));
    assert_eq!(asked(&found), anew);
    for (purpose, issuer) in [
        (Purpose::Signature, &world.root),
        (Purpose::TimeStamps, &world.authority),
    ] {
        add(&mut document, purpose, &[crl_at(issuer, A_MONTH_LATER)]);
    }
    assert!(needs_at(&world, &document, Purpose::Any, A_MONTH_LATER).is_empty());
    // What the archive covers is proven for ever; its own unit has to be vouched for anew.
    let over = document.archive_imprint(0).unwrap();
    let token = world.token_at(&over, "20260701120100Z");
    document.add_archive_time_stamp(0, &token).unwrap();
    let found = needs_at(&world, &document, Purpose::Any, "2033-07-01T12:00:00Z");
    let unit = (world.unit.certificate.clone(), at("2026-07-01T12:01:00Z"));
    assert_eq!(asked(&found), [unit]);
}

/// Anybody may have added them.
#[test]
fn time_stamps_of_strangers_are_passed_over_where_a_trusted_one_is() {
    let world = World::new();
    let stranger = World::new();
    let mut document = stamped(&world);
    let over = document.signature_imprint(0).unwrap();
    // Older than the trusted one, so that its time would be the first.
    document
        .add_signature_time_stamp(0, &stranger.token(&over))
        .unwrap();
    for purpose in [Purpose::Signature, Purpose::TimeStamps] {
        let found = needs(&world, &document, purpose);
        assert!(!found.is_empty());
        let all = asked(&found);
        assert!(all.iter().all(|(_, after)| *after == at(STAMPED)), "{all:?}");
        assert!(
            all.iter()
                .all(|(certificate, _)| *certificate != stranger.unit.certificate)
        );
    }
    let is_trusted = |document: &Augmented| {
        document.has_trusted_time_stamp(0, &anchors(&world), &[], &PathOptions::default())
    };
    assert_eq!(is_trusted(&document), Ok(true));
    let text = signed(&world, &ATTACHED, Serialisation::Compact);
    let mut alone = augmented(&text, &Objects::default());
    assert_eq!(is_trusted(&alone), Ok(false));
    let over = alone.signature_imprint(0).unwrap();
    alone.add_signature_time_stamp(0, &stranger.token(&over)).unwrap();
    assert_eq!(is_trusted(&alone), Ok(false));
    let options = PathOptions::default();
    let refused = alone.needs(
        0,
        Purpose::TimeStamps,
        &anchors(&world),
        &[],
        &options,
        at(ARCHIVED),
    );
    assert!(matches!(refused, Err(AugmentError::Path(_))), "{refused:?}");
}

#[test]
fn certificates_of_paths_that_are_not_inside_are_asked_for_and_anchors_are_not() {
    let world = World::new();
    let signing = Signing {
        chain: &world.chain[..1],
        ..world.signing()
    };
    let prepared = signing.prepare(&ATTACHED, Serialisation::Compact).unwrap();
    let signature = world.sign(prepared.bytes());
    let mut document = augmented(&prepared.finish(&signature).unwrap(), &Objects::default());
    let over = document.signature_imprint(0).unwrap();
    document.add_signature_time_stamp(0, &world.token(&over)).unwrap();
    let ask = |document: &Augmented, others: &[Certificate]| {
        let options = PathOptions::default();
        document.needs(
            0,
            Purpose::Signature,
            &anchors(&world),
            others,
            &options,
            at(ARCHIVED),
        )
    };
    assert!(matches!(
        ask(&document, &[]),
        Err(AugmentError::Path(PathError::NoPath { .. }))
    ));
    let found = ask(&document, &world.chain[1..]).unwrap();
    assert_eq!(found.certificates, world.chain[1..2]);
    let data = ValidationData {
        certificates: &found.certificates,
        revocation: &[],
    };
    assert_eq!(document.add_validation_data(0, Purpose::Signature, &data), Ok(1));
    assert_eq!(ask(&document, &[]).unwrap().certificates, []);
}

#[test]
fn anchors_serve_their_purpose_alone() {
    let world = World::new();
    let document = stamped(&world);
    let Anchors {
        signatures,
        time_stamps,
    } = anchors(&world);
    let swapped = Anchors {
        signatures: time_stamps,
        time_stamps: signatures,
    };
    for purpose in [Purpose::Signature, Purpose::TimeStamps] {
        let refused = document.needs(0, purpose, &swapped, &[], &PathOptions::default(), at(ARCHIVED));
        assert!(matches!(refused, Err(AugmentError::Path(_))), "{refused:?}");
    }
}

#[test]
fn before_the_time_stamp_there_is_nothing_to_gather() {
    let world = World::new();
    let text = signed(&world, &ATTACHED, Serialisation::Compact);
    let document = augmented(&text, &Objects::default());
    let refused = document.needs(
        0,
        Purpose::Any,
        &anchors(&world),
        &[],
        &PathOptions::default(),
        at(ARCHIVED),
    );
    assert!(matches!(refused, Err(AugmentError::Order(_))));
}

/// RFC 9608.
#[test]
fn nobody_is_asked_about_a_certificate_that_is_exempt() {
    let mut world = World::new();
    let request = world.seal.leaf();
    let exempt = request.with(extension("2.5.29.56", false, vec![5, 0]));
    world.chain[0] = exempt.signed_by(&world.sub);
    let found = needs(&world, &stamped(&world), Purpose::Signature);
    assert_eq!(asked(&found), [(world.chain[1].clone(), at(STAMPED))]);
}

#[test]
fn a_responder_that_may_be_revoked_is_asked_about_in_turn() {
    let world = World::new();
    let mut document = stamped(&world);
    let delegate = Issuer::new("OCSP responder 1");
    let request = responder::World::request(&delegate).with(purposes(&[OCSP_SIGNING]));
    let authority = responder::World {
        ca: world.sub.clone(),
        issuer: world.chain[1].clone(),
        leaf: world.chain[0].clone(),
        delegated: request.signed_by(&world.sub),
        delegate,
    };
    let mut answer = authority.delegated();
    for single in &mut answer.singles {
        single.this_update = at(ARCHIVED);
    }
    answer.produced_at = at(ARCHIVED);
    add(
        &mut document,
        Purpose::Signature,
        &[answer.read().unwrap().into(), crl(&world.root)],
    );
    let found = needs(&world, &document, Purpose::Signature);
    assert_eq!(asked(&found), [(authority.delegated.clone(), at(STAMPED))]);
    add(&mut document, Purpose::Signature, &[crl(&world.sub)]);
    assert!(needs(&world, &document, Purpose::Signature).is_empty());
}
