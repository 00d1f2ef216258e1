//! What the tests of pages need: Debian's Chromium with its driver, and axe-core.

use crate::{machine, run};
use std::process::Command;

const AXE: &str = "axe-core-4.14.1";
/// SHA-512 of the archive in the npm registry.
const AXE_SHA512: &str = "1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5";

/// Installs and fetches what is missing, as far as that is possible; the tests say themselves what they lack.
pub(crate) fn prepare() {
    if !machine::answers("chromedriver", &["--version"]) {
        machine::install_debian(&["chromium", "chromium-driver"]);
    }
    if let Err(problem) = fetch_axe() {
        println!("axe-core cannot be had: {problem}");
    }
}

/// Prepares, and runs these tests alone.
pub(crate) fn test() -> Result<(), String> {
    prepare();
    run::cargo(&[
        "test",
        "--package",
        "procura-tests",
        "--test",
        "pages",
        "--",
        "--show-output",
    ])
}

/// Into `target/tools`, unless it is there; never an archive of other content.
fn fetch_axe() -> Result<(), String> {
    let tools = run::root().join("target/tools");
    let folder = tools.join(AXE);
    if folder.join("package/axe.min.js").exists() {
        return Ok(());
    }
    if !machine::answers("npm", &["--version"]) {
        return Err("npm is missing; install it, on Debian with: apt-get install npm".to_owned());
    }
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let (name, version) = AXE.rsplit_once('-').unwrap_or_default();
    run::captured(
        Command::new("npm")
            .args([
                "pack",
                "--silent",
                "--fetch-retries=1",
                "--fetch-timeout=30000",
                "--pack-destination",
            ])
            .arg(&tools)
            .arg(format!("{name}@{version}")),
    )?;
    let archive = tools.join(format!("{AXE}.tgz"));
    let digest = run::captured(Command::new("sha512sum").arg(&archive))?;
    if digest.split_whitespace().next() != Some(AXE_SHA512) {
        return Err(format!("{} is not what was pinned", archive.display()));
    }
    run::captured(
        Command::new("tar")
            .arg("-xzf")
            .arg(&archive)
            .arg("-C")
            .arg(&folder)
            .args(["package/axe.min.js", "package/LICENSE"]),
    )
    .map(drop)
}
