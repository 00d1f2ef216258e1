//! The cases of x509-limbo that concern paths and CRLs, found through `PROCURA_CORPUS`: verdicts equal, or the
//! deviation is listed here with its reason.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests find the corpus by an environment variable"
)]
use jiff::Timestamp;
use procura_pki::{Anchor, Certificate, Crl, PathOptions, RevocationStatus, path};
use serde_json::Value;

const NAMESPACES: [&str; 5] = ["rfc5280", "pathlen", "crl", "pathological", "cve"];

/// (reason, cases).
const DEVIATIONS: &[(&str, &[&str])] = &[
    (
        "an obligation of issuers that says nothing of trust; real certificates of the trusted lists break it",
        &[
            "crl::crlnumber-missing",
            "rfc5280::aki::leaf-missing-aki",
            "rfc5280::aki::intermediate-missing-aki",
            "rfc5280::aki::cross-signed-root-missing-aki",
            "rfc5280::ski::root-missing-ski",
            "rfc5280::ski::intermediate-missing-ski",
            "rfc5280::serial::too-long",
            "rfc5280::serial::zero",
            "rfc5280::serial::negative",
            "rfc5280::nc::permitted-dns-match-noncritical",
            "rfc5280::nc::not-allowed-in-ee-noncritical",
            "rfc5280::nc::not-allowed-in-ee-critical",
            "rfc5280::pc::ica-noncritical-pc",
        ],
    ),
    (
        "an anchor counts by name and key; a trusted list is the authority on it, not its own certificate",
        &[
            "rfc5280::validity::expired-root",
            "rfc5280::root-missing-basic-constraints",
            "rfc5280::root-non-critical-basic-constraints",
        ],
    ),
    (
        "no host name is asked for here, and none in a certificate is relied on",
        &[
            "cve::cve-2025-61727",
            "rfc5280::nc::nc-permits-invalid-dns-san",
            "rfc5280::nc::nc-forbids-dnsname-wildcard-san",
            "rfc5280::san::noncritical-with-empty-subject",
            "rfc5280::san::underscore-dns",
            "rfc5280::san::ip-in-dns",
            "rfc5280::ca-as-leaf-wrong-san",
        ],
    ),
    (
        "no extended key usage is asked for here",
        &["rfc5280::eku::ee-wrong-eku", "rfc5280::eku::ee-eku-empty"],
    ),
    (
        "the leaf issues nothing: without cA in basicConstraints its keyCertSign has no effect",
        &["rfc5280::leaf-ku-keycertsign"],
    ),
    (
        "the bound on length counts every certificate, self-issued ones too",
        &["pathlen::max-chain-depth-1-self-issued"],
    ),
    (
        "the names are within their constraints, and the work stays within the validator's budget",
        &["pathological::nc-dos-3"],
    ),
];

fn certificates(value: &Value) -> Result<Vec<Certificate>, String> {
    let mut out = Vec::new();
    for pem in value.as_array().into_iter().flatten() {
        out.extend(Certificate::from_pem(pem.as_str().unwrap()).map_err(|e| e.to_string())?);
    }
    Ok(out)
}

fn judge(case: &Value) -> Result<(), String> {
    let at: Timestamp = case["validation_time"]
        .as_str()
        .unwrap_or("2026-06-01T12:00:00Z")
        .parse()
        .unwrap();
    let leaf = Certificate::from_pem(case["peer_certificate"].as_str().unwrap())
        .map_err(|e| e.to_string())?
        .remove(0);
    let anchors: Vec<_> = certificates(&case["trusted_certs"])?
        .into_iter()
        .map(Anchor)
        .collect();
    let others = certificates(&case["untrusted_intermediates"])?;
    let max_length = match case["max_chain_depth"].as_u64() {
        // Limbo counts intermediates, we count certificates below the anchor.
        Some(depth) => usize::try_from(depth).unwrap() + 1,
        None => PathOptions::default().max_length,
    };
    let options = PathOptions {
        max_length,
        anchor_constraints: true,
        ..PathOptions::default()
    };
    let found = path::find(&leaf, &others, &anchors, at, &options).map_err(|e| e.to_string())?;
    let crls = case["crls"].as_array().unwrap();
    for (certificate, issuer) in found.issued().filter(|_| !crls.is_empty()) {
        let answers: Vec<_> = crls
            .iter()
            .map(|pem| Crl::from_der(pem.as_str().unwrap().as_bytes())?.status(certificate, issuer, None, at))
            .collect();
        if !answers
            .iter()
            .any(|answer| matches!(answer, Ok(RevocationStatus::Good { .. })))
        {
            return Err(format!("{answers:?}"));
        }
    }
    Ok(())
}

#[test]
fn verdicts_equal_those_of_limbo_or_deviate_for_a_stated_reason() {
    let Ok(corpus) = std::env::var("PROCURA_CORPUS") else {
        println!("skipped: no corpus; PROCURA_CORPUS names its folder");
        return;
    };
    let text = std::fs::read_to_string(format!("{corpus}/x509-limbo/limbo-208.json")).unwrap();
    let limbo: Value = serde_json::from_str(&text).unwrap();
    let (mut equal, mut deviating, mut unexpected) = (0, 0, Vec::new());
    for case in limbo["testcases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        if !NAMESPACES
            .iter()
            .any(|namespace| id.starts_with(&format!("{namespace}::")))
        {
            continue;
        }
        let expected = case["expected_result"] == "SUCCESS";
        let result = judge(case);
        let reason = DEVIATIONS
            .iter()
            .find(|(_, ids)| ids.contains(&id))
            .map(|(reason, _)| *reason);
        let verdict = result.as_ref().map_or_else(String::as_str, |()| "accepted");
        match (result.is_ok() == expected, reason) {
            (true, None) => {
                equal += 1;
                println!("equal     {id}: {verdict}");
            }
            (false, Some(reason)) => {
                deviating += 1;
                println!("deviates  {id}: {verdict} ({reason})");
            }
            (_, reason) => unexpected.push(format!("{id}: {verdict} (listed reason: {reason:?})")),
        }
    }
    println!("{equal} equal, {deviating} deviate for a stated reason");
    assert_eq!(unexpected, [""; 0], "{unexpected:#?}");
}
