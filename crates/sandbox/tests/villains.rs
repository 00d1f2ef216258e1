//! Every villain is refused for its own reason, and the good are let in: judged without a network.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod support;

use jiff::{SignedDuration, Timestamp};
use procura_credential::{
    CheckName, Expectations, Judgement, Verdict,
    judge::{self, PresentationExpectations, StatusPolicy, TrustPolicy},
    lear::Shape,
};
use procura_jose::{Algorithm, AlgorithmSet};
use procura_sandbox::world::{DOME_DID, Lists, Party, REPRESENTATIVE_POLICY, REVOKED_INDEX, Sample};
use std::collections::BTreeSet;
use support::{made_at, world};

fn expectations() -> Expectations {
    Expectations {
        profile: procura_jades::validate::Profile::Credential,
        algorithms: AlgorithmSet::new(&[Algorithm::Es256, Algorithm::Rs256]),
        trust: TrustPolicy::EuQualified,
        credential_types: ["LEARCredential", "LEARCredentialEmployee"]
            .map(str::to_owned)
            .into(),
        issues_for_others: BTreeSet::new(),
        representative_policies: BTreeSet::from([REPRESENTATIVE_POLICY.to_owned()]),
        registries: true,
        status: StatusPolicy::Required,
        skew_seconds: 60,
    }
}
fn now() -> Timestamp {
    made_at() + SignedDuration::from_hours(1)
}
fn judged(credential: &str, lists: Lists, now: Timestamp) -> Verdict {
    let facts = world().facts(lists, now).unwrap();
    match judge::credential(credential, None, &expectations(), &facts, now) {
        Judgement::Judged { verdict, proven } => {
            assert_eq!(proven.is_some(), verdict.accepted());
            verdict
        }
        Judgement::Needs(needs) => panic!("the facts of the world are complete, yet: {needs:?}"),
    }
}

#[test]
fn every_good_credential_is_accepted() {
    for shape in [Shape::LearCredential, Shape::EmployeeV2, Shape::EmployeeV3] {
        let verdict = judged(&world().good_credential(shape).unwrap(), Lists::Current, now());
        assert!(
            verdict.accepted(),
            "{shape:?}: {:#?}",
            verdict.refusals().collect::<Vec<_>>()
        );
    }
}

#[test]
fn every_villain_is_refused_for_its_own_reason() {
    let villains = world().villains().unwrap();
    assert_eq!(villains.len(), 10);
    for villain in villains {
        let verdict = judged(&villain.credential, villain.lists, now());
        assert_eq!(
            verdict.refused_by(),
            [villain.expected],
            "{}: {:#?}",
            villain.name,
            verdict.refusals().collect::<Vec<_>>()
        );
    }
}

#[test]
fn the_older_list_would_let_the_withdrawn_service_in() {
    // The control of the rolled-back list: who has never seen a newer one has no means to know.
    let credential = world()
        .villains()
        .unwrap()
        .into_iter()
        .find(|villain| villain.name == "withdrawn-service")
        .unwrap();
    let mut facts = world().facts(Lists::Current, now()).unwrap();
    facts.trust = Some(std::sync::Arc::new(
        world().trust(Lists::OlderOnly, now()).unwrap(),
    ));
    let Judgement::Judged { verdict, .. } =
        judge::credential(&credential.credential, None, &expectations(), &facts, now())
    else {
        panic!("the facts are complete")
    };
    assert!(
        verdict.accepted(),
        "{:#?}",
        verdict.refusals().collect::<Vec<_>>()
    );
}

#[test]
fn a_credential_whose_bit_is_set_is_revoked() {
    let sample = Sample {
        party: Party::GoodAirSeal,
        shape: Shape::EmployeeV3,
        at: made_at(),
        status_index: REVOKED_INDEX,
    };
    let verdict = judged(&world().credential(sample).unwrap(), Lists::Current, now());
    assert_eq!(verdict.refused_by(), [CheckName::Status]);
}

#[test]
fn the_world_is_as_good_a_year_later() {
    let later = made_at() + SignedDuration::from_hours(24 * 365);
    for villain in world().villains().unwrap() {
        let verdict = judged(&villain.credential, villain.lists, later);
        assert_eq!(verdict.refused_by(), [villain.expected], "{}", villain.name);
    }
    assert!(
        judged(
            &world().good_credential(Shape::LearCredential).unwrap(),
            Lists::Current,
            later
        )
        .accepted()
    );
}

#[test]
fn john_does_presentation_is_accepted() {
    let credential = world().good_credential(Shape::LearCredential).unwrap();
    let nonce = "k2Yl0M1Z0b2cV8lH9vQw5g";
    let vp = world()
        .presentation(&credential, nonce, DOME_DID, "urn:uuid:1", now())
        .unwrap();
    let expected = PresentationExpectations {
        credential: expectations(),
        nonce: nonce.to_owned(),
        audience: DOME_DID.to_owned(),
        max_age_seconds: 300,
        holder_algorithms: AlgorithmSet::new(&[Algorithm::Es256]),
    };
    let facts = world().facts(Lists::Current, now()).unwrap();
    let Judgement::Judged { verdict, proven } = judge::presentation(&vp, &expected, &facts, now()) else {
        panic!("the facts are complete")
    };
    assert!(
        verdict.accepted(),
        "{:#?}",
        verdict.refusals().collect::<Vec<_>>()
    );
    assert_eq!(proven.unwrap().holder, world().holder().unwrap());
}
