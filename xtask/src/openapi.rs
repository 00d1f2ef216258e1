//! The committed descriptions of the services' interfaces.

use crate::run;
use std::{fs, process::Command};

/// Each service and where its description is committed.
const COMMITTED: &[(&str, &str)] = &[
    ("issuer", "issuer/openapi.json"),
    ("verifier", "verifier/openapi.json"),
    ("wallet", "wallet-pwa/openapi.json"),
    ("ecosystem", "crates/sandbox/openapi/ecosystem.json"),
    ("portal", "crates/sandbox/openapi/portal.json"),
];

/// Writes them all as the code says; the text says which.
pub(crate) fn write() -> Result<String, String> {
    let mut written = Vec::new();
    for (service, file) in COMMITTED {
        let text = run::captured(Command::new(run::cargo_program()).args([
            "run",
            "--quiet",
            "--package",
            "procura-cli",
            "--bin",
            "procura",
            "--",
            "openapi",
            service,
        ]))?;
        fs::write(run::root().join(file), text).map_err(|error| format!("{file}: {error}"))?;
        written.push(*file);
    }
    Ok(format!("wrote {}", written.join(", ")))
}
