//! What a fresh machine lacks is installed where that is possible, and otherwise named with its command.

use crate::run;
use std::{path::Path, process::Command};

/// Whether a program answers to `--version`.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A C compiler builds the cryptography and SQLite.
pub(crate) fn need_compiler() -> Result<(), String> {
    if answers("cc", &["--version"]) || install_debian(&["gcc", "libc6-dev"]) {
        return Ok(());
    }
    Err("a C compiler is missing; install one, on Debian with: apt-get install gcc libc6-dev".to_owned())
}

/// rustfmt and clippy.
pub(crate) fn need_components() -> Result<(), String> {
    for component in ["rustfmt", "clippy"] {
        let program = if component == "clippy" {
            "clippy-driver"
        } else {
            component
        };
        if !answers(program, &["--version"])
            && !answers("rustup", &["component", "add", component])
            && !answers(program, &["--version"])
        {
            return Err(format!(
                "{component} is missing; install it with: rustup component add {component}"
            ));
        }
    }
    Ok(())
}

/// Whether a PostgreSQL server can be started here.
pub(crate) fn has_postgres() -> bool {
    if postgres_found() {
        return true;
    }
    install_debian(&["postgresql"]) && postgres_found()
}

/// The tests of hardware keys use a token in software where one can be had, and say so where not.
pub(crate) fn prepare_tokens() {
    if !answers("softhsm2-util", &["--version"]) {
        install_debian(&["softhsm2"]);
    }
}

fn postgres_found() -> bool {
    answers("initdb", &["--version"])
        || std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut versions| {
            versions.any(|version| version.is_ok_and(|v| v.path().join("bin/initdb").exists()))
        })
}

/// Whether what links to OpenSSL can be built here; only the judges in `tests/oracle` do.
pub(crate) fn has_openssl_headers() -> bool {
    let found = || answers("pkg-config", &["--exists", "openssl"]);
    found() || (install_debian(&["libssl-dev", "pkg-config"]) && found())
}

/// Whether the OpenSSL program is here, which judges tokens and chains.
pub(crate) fn has_openssl_program() -> bool {
    let found = || answers("openssl", &["version"]);
    found() || (install_debian(&["openssl"]) && found())
}

/// Whether Python makes environments of its own here.
pub(crate) fn has_python() -> bool {
    let found = || answers("python3", &["-c", "import venv, ensurepip"]);
    found() || (install_debian(&["python3", "python3-venv"]) && found())
}

pub(crate) fn install_debian(packages: &[&str]) -> bool {
    if !Path::new("/etc/debian_version").exists() || !is_root() {
        return false;
    }
    // A fresh image has no package lists; a stale list only makes the second attempt necessary.
    let install = || {
        run::attached(
            Command::new("apt-get")
                .args(["install", "-y", "-q", "--no-install-recommends"])
                .args(packages)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
        .is_ok()
    };
    install() || (run::attached(Command::new("apt-get").args(["update", "-q"])).is_ok() && install())
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
