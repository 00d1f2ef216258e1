//! What each profile tolerates.
use crate::world::{World, at_noon, certificate, claimed_time, forge::noon, format, x5c};
use procura_jades::Profile;
use procura_jose::base64url;
use serde_json::json;

/// Signed under a certificate that was valid when `sigT` was still made.
fn with_sig_t(sig_t: &str, crit: bool) -> String {
    let world = World::new();
    let long = world
        .seal
        .leaf()
        .valid("2020-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
        .signed_by(&world.ca);
    world.mutated(|header| {
        header.insert("x5c".to_owned(), json!([x5c(&long)]));
        header.insert("x5t#S256".to_owned(), base64url::encode(&long.sha256()).into());
        header.remove("iat");
        header.insert("sigT".to_owned(), sig_t.into());
        if crit {
            header.insert("crit".to_owned(), json!(["sigT"]));
        }
    })
}

#[test]
fn sig_t_is_for_signatures_before_its_end() {
    for crit in [true, false] {
        let old = with_sig_t("2025-07-14T23:59:59Z", crit);
        assert!(at_noon(&old, Profile::Strict).unwrap().tolerated.is_empty());
        let why = format(at_noon(&old, Profile::Credential).unwrap_err());
        assert!(why.contains("sigT"), "{why}");
        let new = with_sig_t("2025-07-15T00:00:00Z", crit);
        assert_eq!(
            claimed_time(at_noon(&new, Profile::Strict).unwrap_err()),
            "sigT on or after 2025-07-15; iat is required"
        );
        let tolerated = at_noon(&new, Profile::Deployed).unwrap().tolerated;
        assert_eq!(tolerated, ["sigT on or after 2025-07-15; iat is required"]);
    }
}

#[test]
fn sig_t_of_another_form_is_refused() {
    let text = with_sig_t("2025-07-14T23:59:59+00:00", true);
    assert_eq!(
        claimed_time(at_noon(&text, Profile::Deployed).unwrap_err()),
        "sigT is malformed"
    );
}

#[test]
fn a_plain_jws_with_x5c_is_tolerated_and_told_where_deployed_peers_are_accepted() {
    let world = World::new();
    let text = world.mutated(|header| {
        header.remove("iat");
        header.remove("x5t#S256");
    });
    let sealed = at_noon(&text, Profile::Deployed).unwrap();
    assert_eq!(
        sealed.tolerated,
        [
            "neither iat nor sigT claims a signing time",
            "no reference to the signing certificate: a plain JWS with x5c, not JAdES B-B (x5t#S256 is missing)",
        ]
    );
    assert_eq!(sealed.claimed_time, None);
    for profile in [Profile::Credential, Profile::Strict] {
        assert_eq!(
            certificate(at_noon(&text, profile).unwrap_err()),
            "no reference to the signing certificate: a plain JWS with x5c, not JAdES B-B (x5t#S256 is missing)"
        );
    }
}

#[test]
fn deployed_peers_are_not_excused_from_what_they_do_send() {
    let world = World::new();
    let wrong = world
        .mutated(|header| drop(header.insert("x5t#S256".to_owned(), base64url::encode(&[0; 32]).into())));
    assert_eq!(
        certificate(at_noon(&wrong, Profile::Deployed).unwrap_err()),
        "the signed reference (x5t#S256) is not of the first certificate of x5c"
    );
    let future =
        world.mutated(|header| drop(header.insert("iat".to_owned(), json!(noon().as_second() + 61))));
    let why = claimed_time(at_noon(&future, Profile::Deployed).unwrap_err());
    assert!(why.contains("in the future"), "{why}");
}
