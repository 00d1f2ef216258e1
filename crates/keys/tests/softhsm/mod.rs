//! Tokens of `SoftHSM`. The library reads where its tokens are from the environment, so tests of them are ignored ones, which
//! a test that is not starts in a process of their own.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]
use std::{path::Path, process::Command};

const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];
const CONFIGURATION: &str = "SOFTHSM2_CONF";

/// The library, where it is installed.
pub(crate) fn module() -> Option<&'static Path> {
    MODULES.into_iter().map(Path::new).find(|path| path.exists())
}

/// Whether tokens are made where this process may make them.
pub(crate) fn has_tokens() -> bool {
    std::env::var_os(CONFIGURATION).is_some()
}

/// Runs ignored tests of this very program, which `filter` names, one after the other with tokens of their own. All of
/// so many must pass. Where `SoftHSM` is not installed, says that they are skipped.
pub(crate) fn run_ignored_tests(filter: &[&str], count: usize) {
    let installed = Command::new("softhsm2-util").arg("--version").output();
    if module().is_none() || !installed.is_ok_and(|output| output.status.success()) {
        println!("skipped: no SoftHSM; on Debian: apt-get install softhsm2");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (tokens, configuration) = (folder.path().join("tokens"), folder.path().join("softhsm2.conf"));
    std::fs::create_dir(&tokens).unwrap();
    let text = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
        tokens.display()
    );
    std::fs::write(&configuration, text).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--test-threads=1"])
        .args(filter)
        .env(CONFIGURATION, &configuration)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains(&format!("test result: ok. {count} passed")),
        "{said}"
    );
}

/// Runs the program that makes tokens and puts keys on them.
pub(crate) fn util(arguments: &[&str]) {
    let output = Command::new("softhsm2-util").args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "softhsm2-util {arguments:?}: {said}");
}
