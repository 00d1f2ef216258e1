//! Who may know whom, and who may name what: the picture of the design, as tables that are checked.

mod source;

use crate::run;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

/// Each library and the libraries of ours that it may know directly.
const ALLOWED: &[(&str, &[&str])] = &[
    ("crypto", &[]),
    ("jose", &["crypto"]),
    ("pki", &["crypto"]),
    ("ades", &["crypto", "pki"]),
    ("jades", &["ades", "crypto", "jose", "pki"]),
    ("trust-list", &["crypto", "pki"]),
    ("did", &["crypto", "jose", "pki"]),
    (
        "credential",
        &["crypto", "did", "jades", "jose", "pki", "trust-list"],
    ),
    ("protocol", &["crypto", "did", "jose"]),
    ("store", &[]),
    ("keys", &["ades", "crypto", "jades", "jose", "pki"]),
    (
        "service",
        &[
            "credential",
            "crypto",
            "did",
            "jose",
            "keys",
            "pki",
            "store",
            "trust-list",
        ],
    ),
    ("testkit", &["crypto", "service"]),
];

/// What every service may know.
const SERVICE: &[&str] = &[
    "credential",
    "crypto",
    "did",
    "jose",
    "keys",
    "pki",
    "protocol",
    "service",
    "store",
];

/// Each service and what it may know beyond that.
const SERVICES: &[(&str, &[&str])] = &[
    ("issuer", &["jades"]),
    ("verifier", &["ades", "jades", "trust-list"]),
    ("wallet", &[]),
    ("sandbox", &["ades", "jades", "trust-list"]),
];

/// Libraries that must stay free of IO.
const PURE: &[&str] = &[
    "crypto",
    "jose",
    "pki",
    "ades",
    "jades",
    "trust-list",
    "did",
    "credential",
    "protocol",
];

/// What a pure library may not reach, directly or through others.
const IO: &[&str] = &["tokio", "axum", "hyper", "reqwest", "sqlx"];

/// Checks all rules; the text says what was checked.
pub(crate) fn check() -> Result<String, String> {
    let metadata = run::captured(Command::new(run::cargo_program()).args([
        "metadata",
        "--format-version",
        "1",
        "--no-deps",
    ]))?;
    let metadata: Value =
        serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let known = direct_dependencies(&metadata);
    let mut problems = Vec::new();
    let libraries = ALLOWED.iter().map(|(name, allowed)| (*name, allowed.to_vec()));
    let services = SERVICES
        .iter()
        .map(|(name, more)| (*name, [SERVICE, more].concat()));
    for (name, allowed) in libraries.chain(services) {
        let Some(direct) = known.get(name) else {
            problems.push(format!("procura-{name} is not in the workspace"));
            continue;
        };
        for dependency in direct {
            if !allowed.contains(&dependency.as_str()) {
                problems.push(format!(
                    "procura-{name} knows procura-{dependency}; it may know only: {}",
                    allowed.join(", ")
                ));
            }
        }
        for permission in &allowed {
            if !direct.contains(*permission) {
                problems.push(format!(
                    "procura-{name} may know procura-{permission} and does not: take the permission back"
                ));
            }
        }
    }
    for (name, direct) in &known {
        if !["testkit", "tests"].contains(&name.as_str()) && direct.contains("testkit") {
            problems.push(format!(
                "procura-{name} uses procura-testkit outside of its tests"
            ));
        }
    }
    for name in PURE {
        problems.extend(io_reached(name)?);
        problems.extend(source::check(&run::root().join("crates").join(name))?);
    }
    if problems.is_empty() {
        Ok(format!(
            "{} libraries know whom they may and nobody else; {} are free of IO, in what they reach and in their sources",
            ALLOWED.len() + SERVICES.len(),
            PURE.len()
        ))
    } else {
        Err(problems.join("\n"))
    }
}

fn direct_dependencies(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut known = BTreeMap::new();
    for package in metadata
        .get("packages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let Some(name) = package.get("name").and_then(Value::as_str).and_then(ours) else {
            continue;
        };
        let direct = package
            .get("dependencies")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|dependency| dependency.get("kind").is_some_and(Value::is_null))
            .filter_map(|dependency| dependency.get("name").and_then(Value::as_str).and_then(ours))
            .collect();
        known.insert(name, direct);
    }
    known
}

fn ours(package: &str) -> Option<String> {
    package.strip_prefix("procura-").map(ToOwned::to_owned)
}

fn io_reached(name: &str) -> Result<Vec<String>, String> {
    let package = format!("procura-{name}");
    let tree = run::captured(Command::new(run::cargo_program()).args([
        "tree",
        "--package",
        &package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]))?;
    Ok(tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|dependency| IO.contains(dependency))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|dependency| format!("{package} is pure and reaches {dependency}"))
        .collect())
}
