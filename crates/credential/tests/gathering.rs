//! What is asked for, when, and what is never asked for; a verdict is the same whenever it is made again.
#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on panics"
)]
mod goodair;

use goodair::{NONCE, after, expectations, facts, good, judged, now, presentation_expectations, world};
use procura_credential::{Facts, Judgement, Need, judge, lear::Shape, report, seal};
use procura_did::Did;
use procura_sandbox::world::{Ca, DOME_DID, GOODAIR_DID, Party};
use std::collections::BTreeSet;

/// Gives exactly what is needed, and counts the rounds.
fn gather<T>(judge: impl Fn(&Facts) -> Judgement<T>) -> (Vec<BTreeSet<Need>>, procura_credential::Verdict) {
    let (all, mut known, mut rounds) = (facts(), Facts::default(), Vec::new());
    loop {
        let needs = match judge(&known) {
            Judgement::Needs(needs) => needs,
            Judgement::Judged { verdict, .. } => return (rounds, verdict),
        };
        for need in &needs {
            match need {
                Need::Trust => known.trust.clone_from(&all.trust),
                Need::Crl(url) => drop(known.crls.insert(url.clone(), all.crls[url].clone())),
                Need::StatusList(url) => drop(
                    known
                        .status_lists
                        .insert(url.clone(), all.status_lists[url].clone()),
                ),
                Need::Participant(did) => drop(
                    known
                        .participants
                        .insert(did.clone(), all.participants[did].clone()),
                ),
                Need::Issuer(did) => drop(known.issuers.insert(did.clone(), all.issuers[did].clone())),
                other => panic!("{other:?}"),
            }
        }
        rounds.push(needs);
        assert!(rounds.len() <= 4, "{rounds:?}");
    }
}

#[test]
fn facts_are_asked_for_in_as_few_rounds_as_trust_permits() {
    let (rounds, verdict) =
        gather(|facts| judge::credential(&good(Shape::EmployeeV3), None, &expectations(), facts, now()));
    assert!(verdict.accepted(), "{}", report::text(&verdict));
    let origins = world().origins();
    let goodair = Did::parse(GOODAIR_DID).unwrap();
    let expected = [
        BTreeSet::from([Need::Trust]),
        BTreeSet::from([
            Need::Crl(origins.crl(Ca::Seals)),
            Need::Crl(origins.crl(Ca::SealsIssuing)),
            Need::StatusList(origins.status_list()),
            Need::Participant(goodair.clone()),
            Need::Issuer(goodair),
        ]),
    ];
    assert_eq!(rounds, expected);
}

/// The list of the COO's credential is sealed by another certificate, whose CRLs are asked for when it is known.
#[test]
fn the_seal_of_a_status_list_is_judged_in_a_third_round() {
    let (rounds, verdict) =
        gather(|facts| judge::credential(&good(Shape::LearCredential), None, &expectations(), facts, now()));
    assert!(verdict.accepted(), "{}", report::text(&verdict));
    assert_eq!(rounds.len(), 3);
    let origins = world().origins();
    assert_eq!(
        rounds[2],
        [
            Need::Crl(origins.crl(Ca::Seals)),
            Need::Crl(origins.crl(Ca::SealsIssuing))
        ]
        .into()
    );
}

#[test]
fn no_address_from_an_unproven_credential_is_asked_for() {
    let clone = world()
        .villains()
        .unwrap()
        .into_iter()
        .find(|villain| villain.name == "self-signed-clone")
        .unwrap();
    let (rounds, verdict) =
        gather(|facts| judge::credential(&clone.credential, None, &expectations(), facts, now()));
    assert!(!verdict.accepted());
    assert_eq!(rounds, [BTreeSet::from([Need::Trust])]);
}

#[test]
fn what_is_refused_already_asks_for_nothing() {
    let vp = world()
        .presentation(&good(Shape::EmployeeV3), NONCE, DOME_DID, "urn:uuid:1", now())
        .unwrap();
    let mut expectations = presentation_expectations();
    expectations.nonce = "another".to_owned();
    let (rounds, verdict) = gather(|facts| judge::presentation(&vp, &expectations, facts, now()));
    assert!(!verdict.accepted());
    assert!(rounds.is_empty(), "{rounds:?}");
}

#[test]
fn the_same_input_facts_and_time_give_the_same_verdict() {
    let villains = world().villains().unwrap();
    let credentials = villains
        .into_iter()
        .map(|villain| villain.credential)
        .chain([good(Shape::EmployeeV2)]);
    for raw in credentials {
        let verdict = || judged(judge::credential(&raw, None, &expectations(), &facts(), now())).0;
        assert_eq!(verdict(), verdict());
        assert_eq!(
            report::json(&verdict()).to_string(),
            report::json(&verdict()).to_string()
        );
    }
}

#[test]
fn a_sealed_request_is_judged_by_the_same_rules() {
    let raw = world()
        .seal(
            Party::DomeSeal,
            "JWT",
            br#"{"iss":"did:elsi:VATFR-99999999"}"#,
            now(),
        )
        .unwrap();
    let dome = Did::parse(DOME_DID).unwrap();
    let goodair = Did::parse(GOODAIR_DID).unwrap();
    let judge =
        |raw: &str, did: Option<&Did>| judged(seal::sealed(raw, did, &expectations(), &facts(), now()));
    let (verdict, proven) = judge(&raw, Some(&dome));
    assert!(verdict.accepted(), "{}", report::text(&verdict));
    let proven = proven.unwrap();
    assert_eq!(
        (proven.by.did.as_str(), proven.by.legal_name.as_str()),
        (DOME_DID, "DOME onboarding")
    );
    assert_eq!(proven.typ.as_deref(), Some("JWT"));
    goodair::assert_accepted(&judge(&raw, None));
    let other = judge(&raw, Some(&goodair));
    goodair::assert_refused(
        &other,
        procura_credential::CheckName::IssuerBinding,
        procura_credential::Outcome::Failed,
    );
    // A person without power to represent does not speak for the organisation.
    let employee = world().seal(Party::Employee, "JWT", b"{}", now()).unwrap();
    let refused = judge(&employee, Some(&goodair));
    goodair::assert_refused(
        &refused,
        procura_credential::CheckName::Representation,
        procura_credential::Outcome::Failed,
    );
    let late = seal::sealed(
        &raw,
        Some(&dome),
        &expectations(),
        &facts(),
        after(86_400 * 365 * 10),
    );
    assert!(!judged(late).0.accepted());
}
