//! Running OpenSSL's program.
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::{
    path::PathBuf,
    process::{Command, Output},
};
use tempfile::TempDir;

/// A folder for the files of one run, where there is a program.
pub(crate) struct OpenSsl(TempDir);

impl OpenSsl {
    pub(crate) fn new() -> Option<Self> {
        let answers = Command::new("openssl").arg("version").output();
        if answers.is_ok_and(|output| output.status.success()) {
            return Some(Self(tempfile::tempdir().unwrap()));
        }
        println!("skipped: OpenSSL as judge: no program; on Debian: apt-get install openssl");
        None
    }
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).unwrap()
    }
    /// All of them in one file.
    pub(crate) fn pem<'a>(
        &self,
        name: &str,
        label: &str,
        ders: impl IntoIterator<Item = &'a [u8]>,
    ) -> PathBuf {
        let text: String = ders.into_iter().map(|der| pem(label, der)).collect();
        self.file(name, text)
    }
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Command::new("openssl")
            .args(arguments)
            .current_dir(self.0.path())
            .env("OPENSSL_CONF", "/dev/null")
            .output()
            .unwrap()
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(|line| str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
pub(crate) fn shown(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
