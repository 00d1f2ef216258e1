//! The claimed time, one thing broken in each test.
use crate::world::{World, at_noon, claimed_time, credential, forge, forge::noon};
use procura_jades::{Profile, SignatureError};
use serde_json::{Value, json};

fn iat(value: Value) -> SignatureError {
    World::new().refuse(|header| drop(header.insert("iat".to_owned(), value)))
}

#[test]
fn a_claimed_time_in_the_future_is_refused_beyond_a_minute() {
    let world = World::new();
    let text = |seconds| {
        world.mutated(|header| drop(header.insert("iat".to_owned(), json!(noon().as_second() + seconds))))
    };
    assert!(credential(&text(60)).is_ok());
    assert!(claimed_time(credential(&text(61)).unwrap_err()).contains("in the future"));
}

#[test]
fn a_claimed_time_outside_of_the_certificates_validity_is_refused() {
    let before = forge::at("2025-12-31T23:59:59Z").as_second();
    let why = claimed_time(iat(json!(before)));
    assert!(why.contains("outside of the certificate's validity"), "{why}");
}

#[test]
fn a_claimed_time_that_is_no_whole_number_of_seconds_is_refused() {
    let now = noon().as_second();
    for value in [
        json!(now.to_string()),
        json!(1.5),
        json!(-1),
        json!(null),
        json!(u64::MAX),
    ] {
        assert_eq!(claimed_time(iat(value)), "iat is malformed");
    }
    // Milliseconds are beyond the end of time.
    assert_eq!(claimed_time(iat(json!(now * 1000))), "iat is malformed");
}

#[test]
fn without_a_claimed_time_nothing_is_a_baseline_signature() {
    let world = World::new();
    let text = world.mutated(|header| drop(header.remove("iat")));
    for profile in [Profile::Credential, Profile::Strict] {
        assert_eq!(
            claimed_time(at_noon(&text, profile).unwrap_err()),
            "neither iat nor sigT claims a signing time"
        );
    }
}

#[test]
fn two_claimed_times_are_refused_by_every_profile() {
    let world = World::new();
    let text = world.mutated(|header| drop(header.insert("sigT".to_owned(), "2026-06-01T12:00:00Z".into())));
    for profile in [Profile::Credential, Profile::Strict, Profile::Deployed] {
        assert_eq!(
            claimed_time(at_noon(&text, profile).unwrap_err()),
            "both iat and sigT claim a signing time"
        );
    }
}
