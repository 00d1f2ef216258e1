//! Seals of credentials by every algorithm, and each thing that can be wrong with one, judged by EU DSS and by us. The
//! expectations are the standard's (EN 319 102-1 §5.3); a column of its own where DSS departs from it.
use crate::{
    facts::{Facts, concluded},
    forge::{Issuer, at, cn, noon},
    program::run,
};
use jiff::SignedDuration;
use procura_ades::validation::Anchors;
use procura_crypto::KeyKind;
use procura_jades::{Objects, Sealing, prepare};
use procura_jose::{Algorithm, base64url};
use procura_pki::Certificate;
use serde_json::json;

const PAYLOAD: &[u8] = br#"{"vc":{"type":["VerifiableCredential","LEARCredentialEmployee"]}}"#;

/// An authority, and one whom it certified.
struct World {
    authority: Issuer,
    seal: Issuer,
    certificate: Certificate,
    algorithm: Algorithm,
}
impl World {
    fn new(algorithm: Algorithm) -> Self {
        let kind = match algorithm.key_kind() {
            KeyKind::Rsa(_) => KeyKind::Rsa(2048),
            kind => kind,
        };
        let (authority, seal) = (Issuer::new("CA"), Issuer::of(cn("GoodAir Seal"), kind));
        let certificate = seal.leaf().signed_by(&authority);
        Self {
            authority,
            seal,
            certificate,
            algorithm,
        }
    }
    fn sealed(&self) -> String {
        let chain = [self.certificate.clone()];
        let sealing = Sealing {
            algorithm: self.algorithm,
            typ: "vc+jwt",
            kid: None,
            time: noon(),
            chain: &chain,
        };
        let prepared = prepare(&sealing, PAYLOAD).unwrap();
        let signature = self
            .seal
            .key
            .sign(self.algorithm.scheme(), prepared.bytes())
            .unwrap();
        prepared.finish(&signature).unwrap()
    }
}

/// One document under one set of facts.
struct Case {
    name: String,
    document: String,
    facts: Facts,
    /// What the standard says.
    expected: &'static str,
    /// What DSS says, where it is something else.
    dss: Option<&'static str>,
}
impl Case {
    /// The control: all is in order.
    fn of(name: impl Into<String>, world: &World) -> Self {
        let anchors = Anchors {
            signatures: vec![world.authority.anchor()],
            time_stamps: Vec::new(),
        };
        Self {
            name: name.into(),
            document: world.sealed(),
            facts: Facts {
                anchors,
                crls: vec![world.authority.crl().der()],
                time: noon() + SignedDuration::from_hours(1),
            },
            expected: "TOTAL-PASSED",
            dss: None,
        }
    }
    fn expects(self, expected: &'static str) -> Self {
        Self { expected, ..self }
    }
    fn with(mut self, change: impl FnOnce(&mut Facts)) -> Self {
        change(&mut self.facts);
        self
    }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for algorithm in [
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::Es512,
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
        Algorithm::Ps256,
        Algorithm::Ps384,
        Algorithm::Ps512,
    ] {
        cases.push(Case::of(algorithm.name(), &World::new(algorithm)));
    }
    let world = World::new(Algorithm::Es256);
    let parts = world.sealed();
    let parts: Vec<_> = parts.split('.').collect();
    cases.push(Case {
        document: [parts[0], &base64url::encode(b"{}"), parts[2]].join("."),
        // DSS sees the signing input as one more digest to compare.
        dss: Some("TOTAL-FAILED / HASH_FAILURE"),
        ..Case::of("another payload", &world).expects("TOTAL-FAILED / SIG_CRYPTO_FAILURE")
    });
    cases.push(
        Case::of("a stranger's namesake is the anchor", &world)
            .with(|facts| facts.anchors.signatures = vec![Issuer::new("CA").anchor()])
            .expects("INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND"),
    );
    let revoked = world
        .authority
        .crl()
        .revoke(&world.certificate, "2026-06-01T00:00:00Z", Vec::new());
    cases.push(
        Case::of("revoked", &world)
            .with(|facts| facts.crls = vec![revoked.der()])
            .expects("INDETERMINATE / REVOKED_NO_POE"),
    );
    cases.push(Case {
        // Revocation data that will be there later would settle it, which is what TRY_LATER says (EN 319 102-1 table 5);
        // DSS keeps that for data that are there and too old.
        dss: Some("INDETERMINATE / CERTIFICATE_CHAIN_GENERAL_FAILURE"),
        ..Case::of("nothing is known of revocation", &world)
            .with(|facts| facts.crls.clear())
            .expects("INDETERMINATE / TRY_LATER")
    });
    let mut last = world.authority.crl();
    last.this_update = at("2026-12-31T00:00:00Z");
    last.next_update = Some(at("2027-02-01T00:00:00Z"));
    let expired = |name: &str, crls: Vec<Vec<u8>>| {
        Case::of(name, &world).with(|facts| {
            facts.time = at("2027-01-02T00:00:00Z");
            facts.crls = crls;
        })
    };
    cases.push(
        expired("expired, and was not revoked", vec![last.der()])
            .expects("INDETERMINATE / OUT_OF_BOUNDS_NOT_REVOKED"),
    );
    cases.push(Case {
        dss: Some("INDETERMINATE / CERTIFICATE_CHAIN_GENERAL_FAILURE"),
        ..expired("expired, and nothing is known of revocation", Vec::new())
            .expects("INDETERMINATE / OUT_OF_BOUNDS_NO_POE")
    });
    cases
}

#[test]
fn dss_and_we_conclude_the_same_of_our_seals() {
    let cases = cases();
    for case in &cases {
        let report = case.facts.validate(case.document.as_bytes(), &Objects::default());
        assert_eq!(
            report.conclusion().to_string(),
            case.expected,
            "ours: {}: {report:#?}",
            case.name
        );
    }
    let folders: Vec<_> = cases
        .iter()
        .map(|case| {
            let folder = case.facts.folder();
            folder.file("documents/one.jws", &case.document);
            folder
        })
        .collect();
    let Some(answers) = run("validate", &folders.iter().collect::<Vec<_>>()) else {
        return;
    };
    for (case, answer) in cases.iter().zip(answers) {
        let signature = &answer[0]["signatures"][0];
        assert_eq!(
            concluded(signature),
            case.dss.unwrap_or(case.expected),
            "DSS: {}: {:#}",
            case.name,
            answer[0]
        );
        assert_eq!(signature["level"], "JAdES-BASELINE-B", "{}", case.name);
        assert_eq!(signature["claimed_time"], noon().to_string(), "{}", case.name);
        assert_eq!(signature["time_stamps"], json!([]), "{}", case.name);
    }
    println!("{} of {}", cases.len(), cases.len());
}
