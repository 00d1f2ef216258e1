//! Who may choose the rules of validation.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]
use std::path::{Path, PathBuf};

/// Every source file below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// `dss-compat` passes what others would refuse. It is no profile and cannot be read from text, so that no configuration
/// can name it; and of all programs the command line alone makes it.
#[test]
fn no_service_can_select_rules_that_are_for_comparisons() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders: Vec<_> = ["issuer", "verifier", "wallet-pwa"]
        .map(|service| workspace.join(service).join("src"))
        .to_vec();
    for entry in std::fs::read_dir(workspace.join("crates")).unwrap() {
        folders.push(entry.unwrap().path().join("src"));
    }
    let library = workspace.join("crates/jades/src");
    let mut made: Vec<_> = folders
        .iter()
        .filter(|folder| **folder != library)
        .flat_map(|folder| sources(folder))
        .filter(|path| std::fs::read_to_string(path).unwrap().contains("dss_compat"))
        .collect();
    made.sort();
    assert_eq!(made, [workspace.join("crates/cli/src/document/arguments.rs")]);
}
