//! Verifying each real list, from its bytes to its content.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark finds the corpus by an environment variable, says what it skips and fails by panicking"
)]
use procura_trust_list::{Signers, signature::verify_with};
use std::{fs, path::PathBuf};

fn folder() -> Option<PathBuf> {
    std::env::var("PROCURA_CORPUS")
        .ok()
        .map(|root| PathBuf::from(root).join("trusted-lists"))
}
/// Every list of the corpus that holds, with the digest of its signer.
fn lists() -> Vec<(String, Vec<u8>, Signers)> {
    let Some(folder) = folder() else {
        println!("skipped: no corpus; PROCURA_CORPUS names its folder");
        return Vec::new();
    };
    let expected: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("expected.json")).expect("expectations")).expect("JSON");
    let files = expected["files"].as_object().expect("files");
    files
        .iter()
        .filter(|(_, facts)| facts["expected"] == "signature_valid")
        .map(|(name, facts)| {
            let hex = facts["signature"]["signer"]["sha256"].as_str().expect("a signer");
            let digest: Vec<u8> = (0..64)
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
                .collect();
            let signers = Signers::Sha256(vec![digest.try_into().expect("32 bytes")]);
            (
                name.clone(),
                fs::read(folder.join(name)).expect("a list"),
                signers,
            )
        })
        .collect()
}
fn names() -> Vec<String> {
    lists().into_iter().map(|(name, ..)| name).collect()
}

#[divan::bench(args = names())]
fn verify_list(bencher: divan::Bencher<'_, '_>, name: &String) {
    let (_, bytes, signers) = lists().into_iter().find(|(n, ..)| n == name).expect("the list");
    bencher
        .counter(divan::counter::BytesCount::of_slice(bytes.as_slice()))
        .bench(|| verify_with(&bytes, &signers, 1024).expect("it holds"));
}

fn main() {
    divan::main();
}
