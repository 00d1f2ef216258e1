//! `procura keys`: files of key-encryption keys, as an operator makes them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use procura_keys::KekRing;
use procura_service::SystemRng;
use std::{
    path::Path,
    process::{Command, Output},
};

fn keys(command: &str, file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_procura"))
        .args(["keys", command])
        .arg(file)
        .output()
        .unwrap()
}

#[test]
fn a_rotated_file_opens_what_the_first_key_sealed_and_seals_with_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kek");
    assert!(keys("create", &file).status.success());
    let before = KekRing::open(&file).unwrap();
    let sealed = before.seal_value(&mut SystemRng, "context", b"value").unwrap();

    assert!(keys("rotate", &file).status.success());
    let after = KekRing::open(&file).unwrap();
    assert_ne!(before.newest(), after.newest());
    assert!(after.is_outdated(&sealed));
    assert_eq!(*after.open_value("context", &sealed).unwrap(), b"value");
}

#[test]
fn a_file_that_exists_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kek");
    assert!(keys("create", &file).status.success());
    let first = std::fs::read(&file).unwrap();
    assert_eq!(keys("create", &file).status.code(), Some(1));
    assert_eq!(std::fs::read(&file).unwrap(), first);
}

#[test]
fn a_file_that_is_missing_is_not_rotated_into_being() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kek");
    assert_eq!(keys("rotate", &file).status.code(), Some(1));
    assert!(!file.exists());
}

#[cfg(unix)]
#[test]
fn what_is_made_is_for_its_owner_alone_and_no_key_is_printed() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kek");
    for command in ["create", "rotate"] {
        let output = keys(command, &file);
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{command}");
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8(printed).unwrap();
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            if let Some((_, key)) = line.split_once(':') {
                assert!(!printed.contains(key), "{command}");
            }
        }
    }
}
