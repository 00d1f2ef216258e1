//! What is kept from one judgement to the next (certificates, a status list's seal and bits) changes no verdict.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]
mod goodair;

use goodair::{
    after, assert_accepted, assert_refused, changed, expectations, good, judge_credential, judged, now,
    sealed, with_header, world,
};
use procura_credential::{
    CheckName, Facts, Fetched, Outcome,
    envelope::Envelope,
    judge,
    lear::Shape,
    status::{self, Bitstring},
};
use procura_did::Did;
use procura_jades::validate::Profile;
use procura_sandbox::world::{GOODAIR_DID, Lists, Party};
use procura_trust_list::Snapshot;
use serde_json::json;
use std::sync::Arc;

const LIST: &str = "https://issuer.example/list";

/// Facts of this test alone, with nothing kept.
fn cold() -> Facts {
    world().facts(Lists::Current, now()).unwrap()
}
fn list_of(index: Option<usize>, until: i64) -> String {
    let mut bits = Bitstring::new(0);
    if let Some(index) = index {
        bits.set(index, true).unwrap();
    }
    let issuer = Did::parse(GOODAIR_DID).unwrap();
    let vc = status::list_credential(LIST, &issuer, &bits, now(), after(until));
    sealed(Party::GoodAirSeal, &vc, Envelope::Root)
}
fn with_list(list: String) -> Facts {
    let mut facts = cold();
    let value = list.into();
    facts
        .status_lists
        .insert(LIST.to_owned(), Fetched::Have { value, at: now() });
    facts
}
/// A credential with this index in the list.
fn listed(index: usize) -> String {
    changed(|vc| vc["credentialStatus"] = status::entry(LIST, index))
}

#[test]
fn a_second_judgement_with_what_the_first_kept_says_the_same() {
    let facts = with_list(list_of(Some(4), 86_400));
    let raws = [
        good(Shape::EmployeeV3),
        good(Shape::EmployeeV2),
        changed(|vc| vc["issuer"] = json!({ "id": "did:elsi:VATES-87654321" })),
        listed(3),
        listed(4),
    ];
    for raw in &raws {
        let first = judge_credential(raw, &expectations(), &facts);
        let second = judge_credential(raw, &expectations(), &facts);
        let anew = with_list(list_of(Some(4), 86_400));
        let third = judge_credential(raw, &expectations(), &anew);
        let shown = |judged: &(procura_credential::Verdict, _)| serde_json::to_value(&judged.0).unwrap();
        assert_eq!(shown(&first), shown(&second));
        assert_eq!(shown(&first), shown(&third));
    }
    assert_accepted(&judge_credential(&raws[0], &expectations(), &facts));
}

#[test]
fn only_certificates_that_reach_a_listed_service_are_kept() {
    let facts = cold();
    let villains = world().villains().unwrap();
    let clone = villains
        .iter()
        .find(|villain| villain.name == "self-signed-clone")
        .unwrap();
    assert_refused(
        &judge_credential(&clone.credential, &expectations(), &facts),
        CheckName::CertificateChain,
        Outcome::Failed,
    );
    assert!(facts.certificates.is_empty());
    assert_accepted(&judge_credential(
        &good(Shape::EmployeeV3),
        &expectations(),
        &facts,
    ));
    assert_eq!(facts.certificates.len(), 2);
}

#[test]
fn kept_certificates_are_judged_by_the_lists_and_revocation_of_each_judgement() {
    let kept = cold();
    let raw = good(Shape::EmployeeV3);
    assert_accepted(&judge_credential(&raw, &expectations(), &kept));
    let mut without_crls = kept.clone();
    for fetched in without_crls.crls.values_mut() {
        *fetched = Fetched::Absent;
    }
    assert_refused(
        &judge_credential(&raw, &expectations(), &without_crls),
        CheckName::Revocation,
        Outcome::Unknown,
    );
    let without_lists = Facts {
        trust: Some(Arc::new(Snapshot::default())),
        ..kept
    };
    assert_refused(
        &judge_credential(&raw, &expectations(), &without_lists),
        CheckName::TrustedLists,
        Outcome::Unknown,
    );
}

#[test]
fn a_bit_is_looked_up_for_each_credential() {
    let facts = with_list(list_of(Some(4), 86_400));
    for _ in 0..2 {
        assert_accepted(&judge_credential(&listed(3), &expectations(), &facts));
        assert_refused(
            &judge_credential(&listed(4), &expectations(), &facts),
            CheckName::Status,
            Outcome::Failed,
        );
    }
}

#[test]
fn a_kept_list_that_has_ended_is_unknown() {
    let facts = with_list(list_of(None, 600));
    assert_accepted(&judge_credential(&listed(3), &expectations(), &facts));
    let later = after(700);
    let judgement = judge::credential(&listed(3), None, &expectations(), &facts, later);
    assert_refused(&judged(judgement), CheckName::Status, Outcome::Unknown);
}

/// Judged first at a later time: what was kept then must not hold at an earlier one.
#[test]
fn a_kept_seal_from_the_future_is_unknown() {
    let vc = status::list_credential(
        LIST,
        &Did::parse(GOODAIR_DID).unwrap(),
        &Bitstring::new(0),
        now(),
        after(86_400),
    );
    let claims = serde_json::to_vec(&procura_credential::envelope::claims(&vc, Envelope::Root)).unwrap();
    let list = world()
        .seal(Party::GoodAirSeal, Envelope::Root.typ(), &claims, after(600))
        .unwrap();
    let facts = with_list(list);
    let at = |seconds| {
        judged(judge::credential(
            &listed(3),
            None,
            &expectations(),
            &facts,
            after(seconds),
        ))
    };
    assert_accepted(&at(600));
    assert_refused(&at(0), CheckName::Status, Outcome::Unknown);
}

#[test]
fn a_list_that_deployed_rules_let_in_is_refused_by_strict_ones() {
    let lax = with_header(&list_of(None, 86_400), Party::GoodAirSeal, |header| {
        header.remove("x5t#S256");
    });
    let facts = with_list(lax);
    let mut deployed = expectations();
    deployed.profile = Profile::Deployed;
    assert_accepted(&judge_credential(&listed(3), &deployed, &facts));
    assert_refused(
        &judge_credential(&listed(3), &expectations(), &facts),
        CheckName::Status,
        Outcome::Unknown,
    );
}

/// The same list, served at another address.
#[test]
fn a_kept_list_says_nothing_at_another_address() {
    let mut facts = with_list(list_of(None, 86_400));
    assert_accepted(&judge_credential(&listed(3), &expectations(), &facts));
    let elsewhere = "https://issuer.example/other";
    let list = facts.status_lists[LIST].clone();
    facts.status_lists.insert(elsewhere.to_owned(), list);
    let raw = changed(|vc| vc["credentialStatus"] = status::entry(elsewhere, 3));
    assert_refused(
        &judge_credential(&raw, &expectations(), &facts),
        CheckName::Status,
        Outcome::Unknown,
    );
}

#[test]
fn a_list_larger_than_what_is_kept_is_read_each_time() {
    let mut bits = Bitstring::new(8 * 256 * 1024);
    bits.set(2_000_000, true).unwrap();
    let vc = status::list_credential(
        LIST,
        &Did::parse(GOODAIR_DID).unwrap(),
        &bits,
        now(),
        after(86_400),
    );
    let facts = with_list(sealed(Party::GoodAirSeal, &vc, Envelope::Root));
    for _ in 0..2 {
        assert_accepted(&judge_credential(&listed(1_999_999), &expectations(), &facts));
        assert_refused(
            &judge_credential(&listed(2_000_000), &expectations(), &facts),
            CheckName::Status,
            Outcome::Failed,
        );
    }
}
