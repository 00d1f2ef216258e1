//! Parsers of strangers' bytes, fed: with the committed seeds by a plain test, and with ever new bytes by libFuzzer.

use crate::run;
use std::{path::PathBuf, process::Command};

const MANIFEST: &str = "fuzz/Cargo.toml";
/// What libFuzzer needs in every function, by flags that stable compilers know.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0";
/// Octets of an input; parsers refuse far larger ones before they look at them.
const LONGEST: u32 = 65_536;
/// Seconds for one input, and MiB for the process.
const BOUNDS: [&str; 2] = ["-timeout=5", "-rss_limit_mb=1024"];

/// The seeds, as a plain test.
pub(crate) fn seeds() -> Command {
    let mut command = Command::new(run::cargo_program());
    command
        .args(["test", "--manifest-path", MANIFEST, "--test", "seeds"])
        // What both workspaces need in the same form is built once.
        .arg("--target-dir")
        .arg(run::root().join("target"))
        .args(["--", "--show-output"]);
    command
}

/// Runs the targets one after the other, all of them where none is named. A finding does not keep the others from running.
pub(crate) fn run(seconds: u32, chosen: &[String]) -> Result<(), String> {
    let known = targets()?;
    if let Some(unknown) = chosen.iter().find(|name| !known.contains(name)) {
        return Err(format!(
            "there is no target {unknown}; there are {}",
            known.join(", ")
        ));
    }
    let host = host()?;
    run::attached(
        Command::new(run::cargo_program())
            .args(["build", "--release", "--manifest-path", MANIFEST])
            // With a target named, flags are for it alone and not for build scripts.
            .args(["--features", "libfuzzer", "--bins", "--target", &host])
            .arg("--target-dir")
            .arg(folder())
            .env("RUSTFLAGS", COVERAGE),
    )?;
    let chosen = if chosen.is_empty() { &known } else { chosen };
    let found: Vec<_> = chosen
        .iter()
        .filter_map(|target| one(target, seconds, &host).err())
        .collect();
    if found.is_empty() {
        Ok(())
    } else {
        Err(found.join("\n"))
    }
}

fn one(target: &str, seconds: u32, host: &str) -> Result<(), String> {
    println!("== {target}");
    let folders = ["corpus", "findings"].map(|kind| folder().join(kind).join(target));
    let [corpus, findings] = &folders;
    for folder in &folders {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    run::attached(
        Command::new(folder().join(host).join("release").join(target))
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={LONGEST}"))
            .arg(format!("-artifact_prefix={}/", findings.display()))
            .args(BOUNDS)
            .args(["-print_final_stats=1", "-verbosity=1"])
            .arg(corpus)
            .arg(run::root().join("fuzz/seeds").join(target)),
    )
    .map_err(|_| format!("{target}: a finding; see {}", findings.display()))
}

/// Every file in `fuzz/targets`.
fn targets() -> Result<Vec<String>, String> {
    let folder = run::root().join("fuzz/targets");
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

fn host() -> Result<String, String> {
    let said = run::captured(Command::new("rustc").arg("-vV"))?;
    said.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .ok_or_else(|| "rustc does not say its host".to_owned())
}

fn folder() -> PathBuf {
    run::root().join("fuzz/target")
}
