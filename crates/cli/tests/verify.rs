//! `procura verify`: exit status and reasons, as a user of the program sees them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use procura_credential::lear::Shape;
use procura_sandbox::world::{DOME_DID, Origins, Plan, World, folder};
use procura_service::{Clock, SystemClock, SystemRng};
use serde_json::Value;
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::LazyLock,
};

struct Sample {
    folder: tempfile::TempDir,
    world: World,
}
static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let origins = Origins::loopback([4710, 4711, 4712, 4713, 4714, 4715]).unwrap();
    let world = World::make(
        &Plan {
            origins,
            now: SystemClock.now(),
        },
        &mut SystemRng,
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    folder::save(&world, folder.path()).unwrap();
    Sample { folder, world }
});
fn world() -> &'static Path {
    SAMPLE.folder.path()
}
fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_procura"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments does not read.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}
fn verify(more: &[&str], input: &str) -> (i32, Value) {
    let mut arguments = vec!["verify", "-", "--json", "--world", world().to_str().unwrap()];
    arguments.extend(more);
    let output = run(&arguments, input);
    (
        output.status.code().unwrap(),
        serde_json::from_slice(&output.stdout).unwrap(),
    )
}
fn reasons(report: &Value) -> Vec<&str> {
    report["refused_by"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reason| reason.as_str().unwrap())
        .collect()
}

#[test]
fn good_credentials_are_accepted_with_status_0() {
    for shape in [Shape::LearCredential, Shape::EmployeeV2, Shape::EmployeeV3] {
        let (status, report) = verify(&[], &SAMPLE.world.good_credential(shape).unwrap());
        assert_eq!(
            (status, &report["accepted"]),
            (0, &Value::Bool(true)),
            "{shape:?}: {report}"
        );
    }
}

#[test]
fn every_villain_is_refused_for_its_own_reason_with_status_2() {
    let named = folder::villains(world()).unwrap();
    assert_eq!(named.len(), 10);
    for (name, entry) in named {
        let file: PathBuf = world().join(format!("villains/{name}.jwt"));
        let output = run(
            &[
                "verify",
                "--json",
                "--world",
                world().to_str().unwrap(),
                file.to_str().unwrap(),
            ],
            "",
        );
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (output.status.code(), reasons(&report)),
            (Some(2), vec![entry.refused_by.as_str()]),
            "{name}"
        );
    }
}

#[test]
fn a_presentation_is_bound_to_the_nonce_and_audience_that_are_given() {
    let credential = SAMPLE.world.good_credential(Shape::LearCredential).unwrap();
    let nonce = "k2Yl0M1Z0b2cV8lH9vQw5g";
    let vp = SAMPLE
        .world
        .presentation(&credential, nonce, DOME_DID, "urn:uuid:1", SystemClock.now())
        .unwrap();
    let (status, report) = verify(&["--nonce", nonce, "--audience", DOME_DID], &vp);
    assert_eq!(
        (status, report["notes"].as_array().unwrap().len()),
        (0, 0),
        "{report}"
    );
    let (status, report) = verify(
        &["--nonce", "AAAAAAAAAAAAAAAAAAAAAA", "--audience", DOME_DID],
        &vp,
    );
    assert_eq!((status, reasons(&report)), (2, vec!["nonce"]));
    let (status, report) = verify(&["--nonce", nonce, "--audience", "did:elsi:VATES-87654321"], &vp);
    assert_eq!((status, reasons(&report)), (2, vec!["audience"]));
    let (status, report) = verify(&[], &vp);
    assert_eq!(
        (status, report["notes"].as_array().unwrap().len()),
        (0, 2),
        "it says what was not checked"
    );
}

#[test]
fn what_is_no_credential_is_refused_and_what_cannot_be_read_is_a_failure() {
    for garbage in ["", "garbage", "a.b.c", "\u{1b}[2J.\u{0}.x"] {
        assert_eq!(verify(&[], garbage).0, 2, "{garbage:?}");
    }
    let missing = run(
        &[
            "verify",
            "--world",
            world().to_str().unwrap(),
            "/nothing/here.jwt",
        ],
        "",
    );
    assert_eq!(missing.status.code(), Some(1));
    let untrusting = run(&["verify", "-"], "a.b.c");
    assert_eq!(untrusting.status.code(), Some(1));
    assert!(
        String::from_utf8(untrusting.stderr).unwrap().contains("--world"),
        "it says what is missing"
    );
    assert_eq!(
        run(&["verify"], "").status.code(),
        Some(1),
        "a mistyped command is not a refusal"
    );
    assert_eq!(run(&["--help"], "").status.code(), Some(0));
}

#[test]
fn the_readable_verdict_names_decision_check_code_and_mend() {
    let file = world().join("villains/revoked.jwt");
    let output = run(
        &[
            "verify",
            "--world",
            world().to_str().unwrap(),
            file.to_str().unwrap(),
        ],
        "",
    );
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "REFUSED",
        "revocation (PRO-1013)",
        "to mend it:",
        "list DE no. 42",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
