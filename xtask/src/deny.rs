//! Licences, bans, sources and advisories, by cargo-deny.

use crate::{machine, run};
use std::{path::PathBuf, process::Command};

/// The version whose configuration format `deny.toml` is written in.
const VERSION: &str = "0.20.2";

/// Runs cargo-deny, installing it into the target folder where it is missing.
pub(crate) fn check() -> Result<String, String> {
    let program = program()?;
    let check = |what: &[&str]| {
        run::captured(
            Command::new(&program)
                .args(["--log-level", "error", "check"])
                .args(what),
        )
    };
    check(&["licenses", "bans", "sources"])?;
    Ok(match check(&["advisories"]) {
        Ok(_) => "licences, bans, sources and advisories hold".to_owned(),
        Err(problem) if unreachable(&problem) => {
            "licences, bans and sources hold; skipped: advisories, their database cannot be reached"
                .to_owned()
        }
        Err(problem) => return Err(problem),
    })
}

fn unreachable(problem: &str) -> bool {
    problem.contains("failed to fetch advisory database")
        || problem.contains("failed to load advisory database")
}

fn program() -> Result<PathBuf, String> {
    if let Ok(version) = run::captured(Command::new("cargo-deny").arg("--version"))
        && version.trim().ends_with(VERSION)
    {
        return Ok("cargo-deny".into());
    }
    let place = run::root().join("target/tools");
    let installed = place.join("bin/cargo-deny");
    if !machine::answers(&installed.to_string_lossy(), &["--version"]) {
        // Speed of the tool does not matter, the time to build it does.
        run::attached(
            Command::new(run::cargo_program())
                .args([
                    "install",
                    "cargo-deny",
                    "--locked",
                    "--quiet",
                    "--version",
                    VERSION,
                    "--root",
                ])
                .arg(&place)
                .args([
                    "--config",
                    "profile.release.lto=false",
                    "--config",
                    "profile.release.opt-level=1",
                ]),
        )?;
    }
    Ok(installed)
}
