//! Running pyHanko, in the environment that `cargo xtask test` makes.
use serde_json::Value;
use std::{path::Path, process::Command};

/// Its answer to each case; `None`, and said so, where it cannot be had.
pub(crate) fn ask(cases: &[Value]) -> Option<Vec<Value>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = root.join("target/interop/python/bin/python");
    if !python.exists() {
        println!("skipped: pyHanko as judge: not installed; cargo xtask judges does that where it can");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.json");
    std::fs::write(&file, serde_json::to_vec(cases).unwrap()).unwrap();
    let output = Command::new(python)
        .arg(root.join("tests/interop/python/judge.py"))
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), cases.len());
    Some(answers)
}
