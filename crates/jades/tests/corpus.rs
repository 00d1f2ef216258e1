//! Compact samples that others made, found through `PROCURA_CORPUS`.
#![expect(
    clippy::disallowed_methods,
    reason = "tests find the corpus by an environment variable"
)]
use procura_jades::{Profile, SignatureError, validate};
use procura_jose::AlgorithmSet;

#[test]
fn samples_of_others_are_judged_as_the_strict_profile_demands() {
    let Ok(corpus) = std::env::var("PROCURA_CORPUS") else {
        println!("skipped: no corpus");
        return;
    };
    // Refused although some of them are baseline signatures: a credential's seal has no detached payload, and no
    // critical signature policy, place or role is understood here.
    let expected = [
        ("jades-with-expiration-time-header.json", "accepted"),
        ("jades-level-b-full-type.json", "accepted"),
        ("jades-with-b64-not-in-crit.json", "format"),
        ("jades-with-crit-with-wrong-entry-type.json", "format"),
        ("jades-with-empty-crit.json", "format"),
        ("jades-with-extra-crit-entry.json", "format"),
        ("jades-without-non-critical-header-in-crit.json", "format"),
        ("jades-b-iat-and-sigt.json", "format"),
        ("jades-detached-by-uri-hash-encoded-pars.json", "format"),
        ("jades-unsupported-signature-algorithm.json", "format"),
        ("jades-with-asn1policy.json", "format"),
        ("jades-with-certified.json", "format"),
        ("jades-with-spUserNotice.json", "format"),
        ("simple-detached.json", "format"),
        ("altered-jws.json", "format"),
        ("jws-flattened.json", "format"),
    ];
    let now = "2026-06-01T12:00:00Z".parse().unwrap();
    for (file, verdict) in expected {
        let text = std::fs::read_to_string(format!("{corpus}/jades/{file}")).unwrap();
        let result = validate(text.trim_end(), Profile::Strict, &AlgorithmSet::all(), now);
        let actual = match &result {
            Ok(_) => "accepted",
            Err(SignatureError::Format(_)) => "format",
            Err(_) => "other",
        };
        println!("{file}: {:?}", result.as_ref().err());
        assert_eq!(actual, verdict, "{file}: {:?}", result.err());
    }
}
