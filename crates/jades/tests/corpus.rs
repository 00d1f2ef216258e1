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
        println!("skipped: no corpus; PROCURA_CORPUS names its folder");
        return;
    };
    // Refused although some of them are baseline signatures: a credential's seal has no detached payload, and no
    // critical signature policy, place or role is understood here. Each refusal names its rule.
    let expected = [
        ("jades-with-expiration-time-header.json", None),
        ("jades-level-b-full-type.json", None),
        (
            "jades-with-b64-not-in-crit.json",
            Some("\"b64\" does not belong here"),
        ),
        (
            "jades-with-crit-with-wrong-entry-type.json",
            Some("\"crit\" is missing or malformed"),
        ),
        (
            "jades-with-empty-crit.json",
            Some("\"crit\" is missing or malformed"),
        ),
        (
            "jades-with-extra-crit-entry.json",
            Some("\"crit\" is missing or malformed"),
        ),
        (
            "jades-without-non-critical-header-in-crit.json",
            Some("\"srCms\" is not understood"),
        ),
        ("jades-b-iat-and-sigt.json", Some("both iat and sigT")),
        (
            "jades-detached-by-uri-hash-encoded-pars.json",
            Some("\"b64\" is missing or malformed"),
        ),
        (
            "jades-unsupported-signature-algorithm.json",
            Some("is not an algorithm for signatures"),
        ),
        ("jades-with-asn1policy.json", Some("\"sigPId\" is not understood")),
        ("jades-with-certified.json", Some("\"srAts\" is not understood")),
        (
            "jades-with-spUserNotice.json",
            Some("\"sigPId\" is not understood"),
        ),
        ("simple-detached.json", Some("\"sigD\" is not understood")),
    ];
    let now = "2026-06-01T12:00:00Z".parse().unwrap();
    for (file, rule) in expected {
        let text = std::fs::read_to_string(format!("{corpus}/jades/{file}")).unwrap();
        let result = validate(text.trim_end(), Profile::Strict, &AlgorithmSet::all(), now);
        match (&result, rule) {
            (Ok(_), None) => {}
            (Err(SignatureError::Format(reason)), Some(rule)) => {
                assert!(reason.contains(rule), "{file}: {reason}");
            }
            _ => panic!("{file}: {:?}, expected {rule:?}", result.err()),
        }
    }
}
