//! A provider of certificates, played by the `openssl` program.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]
use std::{os::unix::fs::PermissionsExt as _, path::PathBuf, process::Command};
use tempfile::TempDir;

/// A folder with `root.pem`, `ca.pem` below it and `leaf.pem` below that, with their keys.
pub(crate) struct Provider(TempDir);

/// `None`, and the reason printed, where there is no openssl.
pub(crate) fn provider(kind: &[&str]) -> Option<Provider> {
    if !Command::new("openssl")
        .arg("version")
        .output()
        .is_ok_and(|o| o.status.success())
    {
        println!("skipped: no openssl");
        return None;
    }
    let provider = Provider::empty();
    provider.certificate(
        "root",
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        None,
    );
    provider.certificate(
        "ca",
        &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        Some("root"),
    );
    provider.certificate("leaf", kind, Some("ca"));
    Some(provider)
}
impl Provider {
    /// A folder with nothing in it.
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    pub(crate) fn text(&self, name: &str) -> String {
        self.at(name).to_str().unwrap().to_owned()
    }
    pub(crate) fn write(&self, name: &str, content: &str) {
        std::fs::write(self.at(name), content).unwrap();
        self.protect(name);
    }
    pub(crate) fn protect(&self, name: &str) {
        std::fs::set_permissions(self.at(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    pub(crate) fn openssl(&self, arguments: &[&str]) {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments:?}: {said}");
    }
    pub(crate) fn certificate(&self, name: &str, kind: &[&str], issuer: Option<&str>) {
        let (subject, key, pem) = (
            format!("/O=RealTruth/CN={name}"),
            format!("{name}.key"),
            format!("{name}.pem"),
        );
        let mut arguments = vec!["req", "-x509", "-nodes", "-days", "30", "-subj", &subject];
        arguments.extend(kind);
        arguments.extend(["-keyout", &key, "-out", &pem]);
        let files = issuer.map(|issuer| (format!("{issuer}.pem"), format!("{issuer}.key")));
        if let Some((ca, ca_key)) = &files {
            arguments.extend(["-CA", ca, "-CAkey", ca_key]);
        }
        self.openssl(&arguments);
    }
}
