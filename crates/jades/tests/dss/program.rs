//! Building and running the program.
use crate::forge::Issuer;
use jiff::Timestamp;
use procura_pki::{Anchor, Certificate};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
};
use tempfile::TempDir;

/// What the program reads: documents or keys, the time, anchors, revocation data.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new(time: Timestamp) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.file("time", time.to_string());
        folder
    }
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).unwrap()
    }
    pub(crate) fn anchor(&self, anchor: &Anchor) {
        let name = procura_crypto::digest::hexadecimal(&anchor.0.sha256());
        self.file(&format!("anchors/{name}.cer"), anchor.0.der());
    }
    /// A key with its certificate.
    pub(crate) fn signer(&self, name: &str, of: &Issuer, certificate: &Certificate) {
        self.file(&format!("{name}.p8"), &*of.key.to_pkcs8_der());
        self.file(&format!("{name}.cer"), certificate.der());
    }
}

/// The program's arguments before its own, or why there is none.
static PROGRAM: LazyLock<Result<Vec<String>, String>> = LazyLock::new(build);

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/interop/dss")
}

fn build() -> Result<Vec<String>, String> {
    for (program, what) in [("javac", "JDK"), ("mvn", "Maven")] {
        if !Command::new(program)
            .arg("-version")
            .output()
            .is_ok_and(|output| output.status.success())
        {
            return Err(format!("no {what}"));
        }
    }
    let maven = |offline: &[&str]| {
        let mut command = Command::new("mvn");
        command
            .args(["-q", "-B"])
            .args(offline)
            .arg("compile")
            .current_dir(project());
        command.output().unwrap()
    };
    let mut output = maven(&["--offline"]);
    if !output.status.success() {
        output = maven(&[]);
    }
    if !output.status.success() {
        let text = shown(&output);
        let unreachable = [
            "Could not transfer",
            "Could not resolve",
            "could not be resolved",
            "Unknown host",
        ];
        assert!(unreachable.iter().any(|sign| text.contains(sign)), "{text}");
        return Err("Maven cannot fetch EU DSS".to_owned());
    }
    let target = project().join("target");
    let libraries = std::fs::read_to_string(target.join("classpath")).unwrap();
    Ok(vec![
        // The program is gone before the better compiler has paid off.
        "-XX:TieredStopAtLevel=1".to_owned(),
        "-cp".to_owned(),
        format!("{}:{libraries}", target.join("classes").display()),
        "procura.interop.Main".to_owned(),
    ])
}
fn shown(output: &Output) -> String {
    format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Runs it on folders and gives what it prints of each; `None`, and said so, where it cannot be had.
pub(crate) fn run(task: &str, folders: &[&Folder]) -> Option<Vec<Vec<Value>>> {
    let arguments = match &*PROGRAM {
        Ok(arguments) => arguments,
        Err(why) => {
            println!("skipped: EU DSS: {why}");
            return None;
        }
    };
    let output = Command::new("java")
        .args(arguments)
        .arg(task)
        .args(folders.iter().map(|folder| folder.0.path()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", shown(&output));
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |folder: &&Folder| {
        let path = folder.0.path().to_str();
        lines
            .iter()
            .filter(|line| line["folder"].as_str() == path)
            .cloned()
            .collect()
    };
    Some(folders.iter().map(of).collect())
}
