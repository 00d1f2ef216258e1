//! The same documents, judged by DSS and by us in every situation.
use crate::{
    facts::concluded,
    program::run,
    world::{IN_ORDER, OBJECTS, World, is_detached, objects},
};
use procura_ades::SubIndication;
use procura_jades::{Objects, report::SignatureReport};
use std::collections::BTreeSet;

/// Where we differ: in which situation, what we say, what DSS says.
const DIFFERENCES: [(&str, &str, &str); 4] = [
    // Data that will be there later would settle it, which is what TRY_LATER says (EN 319 102-1 table 5); DSS keeps that
    // for data that are there and too old.
    (
        "no revocation data from elsewhere",
        "INDETERMINATE / TRY_LATER",
        "INDETERMINATE / CERTIFICATE_CHAIN_GENERAL_FAILURE",
    ),
    (
        "all certificates expired, and nothing from elsewhere",
        "INDETERMINATE / OUT_OF_BOUNDS_NO_POE",
        "INDETERMINATE / CERTIFICATE_CHAIN_GENERAL_FAILURE",
    ),
    // Lists of 2026 do not tell what became of a certificate until it expired in 2049. DSS asks no freshness of them.
    (
        "all certificates expired, and nothing from elsewhere",
        "INDETERMINATE / OUT_OF_BOUNDS_NO_POE",
        "INDETERMINATE / OUT_OF_BOUNDS_NOT_REVOKED",
    ),
    // DSS only warns of ends that lie after the date of its own catalogue.
    (
        "PKCS #1 v1.5 has ended",
        "INDETERMINATE / CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
        "TOTAL-PASSED",
    ),
];

/// A document that somebody signed.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) document: Vec<u8>,
    /// Judged in every situation, or where all is in order only.
    pub(crate) everywhere: bool,
}
/// Samples, and whose they are.
pub(crate) type Samples<'a> = (&'a World, Vec<Sample>);

/// Compares every conclusion, of signatures, counter-signatures and time-stamps, and the time at which each signature is
/// proven to have existed.
pub(crate) fn compare(all: &[Samples<'_>]) {
    let (mut folders, mut ours) = (Vec::new(), Vec::new());
    for (world, documents) in all {
        for (situation, facts) in world.situations() {
            let folder = facts.folder();
            for (name, content) in OBJECTS {
                folder.file(&format!("objects/{name}"), content);
            }
            let asked = documents
                .iter()
                .filter(|sample| sample.everywhere || situation == IN_ORDER);
            let judge = |sample: &Sample| {
                let Sample { name, document, .. } = sample;
                let (place, objects) = if is_detached(name) {
                    ("detached", objects())
                } else {
                    ("documents", Objects::default())
                };
                folder.file(&format!("{place}/{name}"), document);
                (name.clone(), facts.validate(document, &objects))
            };
            let reports: Vec<_> = asked.map(judge).collect();
            folders.push(folder);
            ours.push((world.algorithm, situation, reports));
        }
    }
    let Some(answers) = run("validate", &folders.iter().collect::<Vec<_>>()) else {
        return;
    };
    let (mut agreed, mut listed) = (0, BTreeSet::new());
    for ((algorithm, situation, reports), lines) in ours.iter().zip(&answers) {
        assert_eq!(reports.len(), lines.len());
        for (name, report) in reports {
            let line = lines.iter().find(|line| line["document"] == *name).unwrap();
            let theirs = line["signatures"]
                .as_array()
                .unwrap_or_else(|| panic!("{line:#}"));
            let own: Vec<_> = report.signatures.iter().flat_map(with_counters).collect();
            assert_eq!(own.len(), theirs.len(), "{line:#}");
            for (own, theirs) in own.into_iter().zip(theirs) {
                let context = format!("{algorithm}: {situation}: {name}\n{}\n{theirs:#}", own.sentence);
                let level = theirs["level"].as_str().unwrap().replace('-', "_");
                assert_eq!(own.level.to_string(), level, "{context}");
                let stamps = theirs["time_stamps"].as_array().unwrap();
                assert_eq!(own.time_stamps.len(), stamps.len(), "{context}");
                let of_stamps = own.time_stamps.iter().map(|stamp| stamp.conclusion);
                let conclusions = core::iter::once(own.conclusion).chain(of_stamps);
                for (own, other) in conclusions.zip(core::iter::once(theirs).chain(stamps)) {
                    let (own, other) = (own.to_string(), concluded(other));
                    let known = DIFFERENCES
                        .iter()
                        .position(|known| (known.0, known.1, known.2) == (*situation, &*own, &*other));
                    assert!(
                        own == other || known.is_some(),
                        "ours {own}, DSS {other}: {context}"
                    );
                    agreed += usize::from(known.is_none());
                    listed.extend(known);
                }
                // Without a path DSS stops before it looks at the time-stamps.
                if own.conclusion != SubIndication::NoCertificateChainFound.into() {
                    assert_eq!(
                        theirs["best_time"],
                        own.best_signature_time.to_string(),
                        "{context}"
                    );
                }
            }
        }
    }
    assert_eq!(
        listed.len(),
        DIFFERENCES.len(),
        "a difference that is listed is none any more"
    );
    println!(
        "{agreed} conclusions agree, {} differences are listed",
        listed.len()
    );
}
fn with_counters(one: &SignatureReport) -> Vec<&SignatureReport> {
    let counters = one.counter_signatures.iter().flat_map(with_counters);
    core::iter::once(one).chain(counters).collect()
}
