//! Independent implementations that judge what we make: the oracle workspace, and what tests of the workspace need.

use crate::{machine, run};
use std::{path::PathBuf, process::Command};

/// Runs the workspace in `tests/oracle`; why not, where it cannot be built here.
pub(crate) fn command() -> Result<Command, &'static str> {
    if !machine::has_openssl_headers() {
        return Err("OpenSSL's headers are missing; on Debian: apt-get install libssl-dev pkg-config");
    }
    let mut command = Command::new(run::cargo_program());
    command
        .args(["test", "--manifest-path", "tests/oracle/Cargo.toml"])
        // What both workspaces need in the same form is built once.
        .arg("--target-dir")
        .arg(run::root().join("target"))
        .args(["--", "--show-output"]);
    Ok(command)
}

/// Installs what judges beside Rust need, as far as that is possible; the tests say themselves what they lack.
pub(crate) fn prepare() {
    machine::has_openssl_program();
    if let Err(problem) = python() {
        println!("the judges in Python cannot be had: {problem}");
    }
}

/// Prepares, and runs the judges alone: those of the workspace's own tests, and the workspace of the others.
pub(crate) fn test() -> Result<(), String> {
    prepare();
    for (package, test) in [("procura-ades", "judges"), ("procura-jades", "dss")] {
        run::cargo(&[
            "test",
            "--package",
            package,
            "--test",
            test,
            "--",
            "--show-output",
        ])?;
    }
    run::attached(&mut command()?)
}

/// pyHanko in an environment of its own, at the versions that are pinned, unless it is there.
fn python() -> Result<(), String> {
    let requirements = run::root().join("tests/interop/python/requirements.txt");
    let folder = run::root().join("target/interop/python");
    let marker = folder.join("requirements.txt");
    let pinned = std::fs::read(&requirements).map_err(|error| error.to_string())?;
    if std::fs::read(&marker).is_ok_and(|installed| installed == pinned) {
        return Ok(());
    }
    if !machine::has_python() {
        return Err(
            "Python 3 with venv is missing; on Debian: apt-get install python3 python3-venv".to_owned(),
        );
    }
    let interpreter: PathBuf = folder.join("bin/python");
    run::captured(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )?;
    run::captured(
        Command::new(&interpreter)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--retries", "1", "--timeout", "30", "--requirement"])
            .arg(&requirements),
    )?;
    std::fs::write(&marker, pinned).map_err(|error| error.to_string())
}
