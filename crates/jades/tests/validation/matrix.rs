//! {revoked, expired, CA revoked, algorithm ended} × {before, after the signature is proven to exist} × level.
//!
//! Expectations from EN 319 102-1 V1.3.1, written down before the code that they judge:
//!
//! | what happened | when | B | T | LT | LTA |
//! |---|---|---|---|---|---|
//! | certificate revoked | before | `REVOKED_NO_POE` | the same | the same | the same |
//! | | after | `REVOKED_NO_POE` | passed: existed before (§5.6.2.4) | passed | passed |
//! | certificate expired | before | `OUT_OF_BOUNDS_NO_POE` | the same | the same | the same |
//! | | after | `OUT_OF_BOUNDS_NO_POE` | the same: no data from its validity are at hand, lists drop what expired | passed: data of its validity are inside (§5.6.2.2) | passed |
//! | CA revoked | before | `REVOKED_CA_NO_POE` | the same | the same | the same |
//! | | after | `REVOKED_CA_NO_POE` | the same, by our own constraint: the CA's lists count only if proven older than its revocation | the same: nothing proves their age | passed: the archive time-stamp proves it (§5.6.2.2 step 2b) |
//! | algorithm ended | before | `CRYPTO_CONSTRAINTS_FAILURE_NO_POE` | the same | the same | the same |
//! | | after | `CRYPTO_CONSTRAINTS_FAILURE_NO_POE` | passed | passed | passed |
//!
//! "CA revoked, after" is stricter than §5.5.4, which looks at the signature alone: a revoked CA may write lists of any
//! date. Before anything has happened every level passes.
use crate::scene::*;
use procura_crypto::KeyKind;

const BEFORE: &str = "2026-05-01T00:00:00Z";
const AFTER: &str = "2026-09-01T00:00:00Z";
const YET: &str = "2026-07-01T00:00:00Z";
const PASSED: &str = "TOTAL-PASSED";

#[derive(Clone, Copy, Debug)]
enum Event {
    Revoked,
    Expired,
    AuthorityRevoked,
    AlgorithmEnded,
}

/// What is concluded at B, T, LT and LTA.
fn expected(event: Event, when: &str) -> [&'static str; 4] {
    const REVOKED: &str = "INDETERMINATE / REVOKED_NO_POE";
    const EXPIRED: &str = "INDETERMINATE / OUT_OF_BOUNDS_NO_POE";
    const AUTHORITY: &str = "INDETERMINATE / REVOKED_CA_NO_POE";
    const ALGORITHM: &str = "INDETERMINATE / CRYPTO_CONSTRAINTS_FAILURE_NO_POE";
    match (event, when == AFTER) {
        (Event::Revoked, false) => [REVOKED; 4],
        (Event::Revoked, true) => [REVOKED, PASSED, PASSED, PASSED],
        (Event::Expired, false) => [EXPIRED; 4],
        (Event::Expired, true) => [EXPIRED, EXPIRED, PASSED, PASSED],
        (Event::AuthorityRevoked, false) => [AUTHORITY; 4],
        (Event::AuthorityRevoked, true) => [AUTHORITY, AUTHORITY, AUTHORITY, PASSED],
        (Event::AlgorithmEnded, false) => [ALGORITHM; 4],
        (Event::AlgorithmEnded, true) => [ALGORITHM, PASSED, PASSED, PASSED],
    }
}

/// What is concluded of the document of each level, at `now`.
fn concluded(event: Event, when: &str, now: &str) -> [String; 4] {
    let mut scene = match event {
        Event::Expired => Scene::valid("2026-01-01T00:00:00Z", when),
        Event::AlgorithmEnded => Scene::with_key(
            KeyKind::Rsa(2048),
            "RS256",
            "2026-01-01T00:00:00Z",
            "2027-01-01T00:00:00Z",
        ),
        _ => Scene::new(),
    };
    // Who signs after the end claims to have signed before it.
    if when == BEFORE {
        "2026-04-01T00:00:00Z".clone_into(&mut scene.claimed);
    }
    let mut judge = Judge::of(&scene, now);
    let happened = crate::forge::at(now) > crate::forge::at(when);
    let since = happened.then_some(when);
    match event {
        Event::Revoked => judge.revocation = scene.lists_of(now, since, None),
        Event::AuthorityRevoked => judge.revocation = scene.lists_of(now, None, since),
        Event::AlgorithmEnded => judge.policy.catalogue = catalogue_ending(&when[..10]),
        Event::Expired => {}
    }
    Level::ALL.map(|level| judge.conclusion(&scene.at_level(level)))
}

fn holds(event: Event) {
    for when in [BEFORE, AFTER] {
        assert_eq!(
            concluded(event, when, NOW),
            expected(event, when),
            "{event:?} at {when}"
        );
    }
    assert_eq!(concluded(event, AFTER, YET), [PASSED; 4], "{event:?} not yet");
}

#[test]
fn a_revoked_certificate_counts_for_what_is_proven_to_be_older() {
    holds(Event::Revoked);
}

#[test]
fn an_expired_certificate_counts_for_what_is_proven_to_be_older_with_data_of_its_validity() {
    holds(Event::Expired);
}

#[test]
fn a_revoked_ca_counts_for_what_is_archived_before() {
    holds(Event::AuthorityRevoked);
}

#[test]
fn an_ended_algorithm_counts_for_what_is_proven_to_be_older() {
    holds(Event::AlgorithmEnded);
}
