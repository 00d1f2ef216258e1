//! What each profile tolerates, and what it says of it.
use crate::scene::*;
use procura_jades::{Profile, Rules};
use serde_json::json;

#[test]
fn a_credentials_seal_is_compact_attached_and_bare() {
    let scene = Scene::new();
    let mut judge = Judge::of(&scene, SOON);
    judge.rules = Profile::Credential.into();
    let sound = compact(&scene.document());
    assert!(judge.report_of(sound.as_bytes()).is_passed());
    let name = |report: procura_jades::Report| failed(&report.signatures[0]);
    assert_eq!(name(judge.report(&scene.document())), ["compact"]);
    let cases: [(Change, &[&str]); 6] = [
        (
            |h| drop(h.insert("crit".into(), json!(["iat"]))),
            &["nothing-critical"],
        ),
        (
            |h| {
                h.insert("b64".into(), json!(true));
                h.insert("crit".into(), json!(["b64"]));
            },
            &["encoded", "nothing-critical"],
        ),
        (
            |h| {
                h.insert(
                    "sigD".into(),
                    json!({ "mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": ["a:b"] }),
                );
                h.insert("crit".into(), json!(["sigD"]));
            },
            &["detached", "attached", "nothing-critical"],
        ),
        (
            |h| {
                let value = h.remove("x5t#S256").unwrap();
                h.insert("x5t#o".into(), json!({ "digAlg": "S256", "digVal": value }));
            },
            &["reference-by-sha256"],
        ),
        (
            |h| {
                h.remove("iat");
                h.insert("sigT".into(), json!("2025-01-01T00:00:00Z"));
            },
            &["iat"],
        ),
        (|h| drop(h.remove("x5t#S256")), &["one-certificate-reference"]),
    ];
    for (change, expected) in cases {
        let mut scene = Scene::valid("2024-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        scene.change = change;
        let mut judge = Judge::of(&scene, SOON);
        judge.rules = Profile::Credential.into();
        assert_eq!(
            name(judge.report_of(compact(&scene.document()).as_bytes())),
            expected
        );
    }
}

/// Each is flagged, and nothing else is tolerated.
#[test]
fn the_deployed_profile_tolerates_a_bare_x5c_and_an_old_claim_and_says_so() {
    let cases: [(Change, &[&str]); 3] = [
        (
            |h| {
                h.remove("x5t#S256");
                h.remove("iat");
            },
            &["one-certificate-reference", "one-claimed-time"],
        ),
        (
            |h| {
                h.remove("iat");
                h.insert("sigT".into(), json!("2026-06-01T12:00:00Z"));
            },
            &["sigt-ended"],
        ),
        (
            |h| {
                h.remove("iat");
                h.insert("sigT".into(), json!("2026-06-01T12:00:00Z"));
                h.insert("crit".into(), json!(["sigT"]));
            },
            &["sigt-ended"],
        ),
    ];
    for (change, tolerated) in cases {
        let mut scene = Scene::new();
        scene.change = change;
        for (profile, passes) in [
            (Profile::Deployed, true),
            (Profile::Strict, false),
            (Profile::Credential, false),
        ] {
            let mut judge = Judge::of(&scene, SOON);
            judge.rules = profile.into();
            let report = judge.report_of(compact(&scene.document()).as_bytes());
            assert_eq!(report.is_passed(), passes, "{profile:?}: {report:#?}");
            if passes {
                let flagged: Vec<_> = report.signatures[0].findings().map(|check| check.name).collect();
                assert_eq!(flagged, tolerated);
            }
        }
    }
    let mut scene = Scene::new();
    scene.change = |h| {
        h.insert("x".into(), json!(1));
        h.insert("crit".into(), json!(["x"]));
    };
    let mut judge = Judge::of(&scene, SOON);
    judge.rules = Profile::Deployed.into();
    let report = judge.report_of(compact(&scene.document()).as_bytes());
    assert_eq!(
        failed(&report.signatures[0]),
        ["crit-understood", "nothing-critical"]
    );
}

/// TS 119 182-1 V1.2.1: until 2025-07-15 a signature may claim its time by `sigT`.
#[test]
fn sig_t_ends_under_each_profile_as_it_has_it() {
    /// The last second, and the first without it.
    const CLAIMS: [&str; 2] = ["2025-07-14T23:59:59Z", "2025-07-15T00:00:00Z"];
    /// Checks that fail, by claim; and that are tolerated, and told.
    type Named = [&'static [&'static str]; 2];
    let rules: [(Rules, Named, Named); 4] = [
        (Profile::Credential.into(), [&["iat"], &["iat"]], [&[], &[]]),
        (Profile::Strict.into(), [&[], &["sigt-ended"]], [&[], &[]]),
        (Profile::Deployed.into(), [&[], &[]], [&[], &["sigt-ended"]]),
        (Rules::dss_compat(), [&[], &[]], [&[], &["sigt-ended"]]),
    ];
    for critical in [false, true] {
        for (rules, refused, flagged) in rules {
            for (place, claim) in CLAIMS.into_iter().enumerate() {
                let scene = Scene::valid("2024-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
                let document = scene.altered(|header| {
                    header.remove("iat");
                    header.insert("sigT".into(), json!(claim));
                    if critical {
                        header.insert("crit".into(), json!(["sigT"]));
                    }
                });
                let mut judge = Judge::of(&scene, SOON);
                judge.rules = rules;
                let report = judge
                    .report_of(compact(&document).as_bytes())
                    .signatures
                    .remove(0);
                let name = rules.name();
                let mut expected = refused[place].to_vec();
                if critical && name == "credential" {
                    expected.insert(0, "nothing-critical");
                }
                assert_eq!(failed(&report), expected, "{name} {claim}");
                assert_eq!(report.conclusion.is_passed(), expected.is_empty());
                if expected.is_empty() {
                    let found: Vec<_> = report.findings().map(|check| check.name).collect();
                    assert_eq!(found, flagged[place], "{name} {claim}");
                }
            }
        }
    }
}

#[test]
fn dss_compat_lowers_the_level_where_strict_refuses() {
    let mut scene = Scene::new();
    scene.change = |h| drop(h.insert("crit".into(), json!([])));
    let mut judge = Judge::of(&scene, SOON);
    judge.rules = Rules::dss_compat();
    let report = only(&judge, &scene.document());
    assert_eq!(report.conclusion.to_string(), "TOTAL-PASSED");
    assert_eq!(report.level.to_string(), "JSON_NOT_ETSI");
    assert_eq!(
        report.findings().map(|check| check.name).collect::<Vec<_>>(),
        ["crit-form"]
    );
}
