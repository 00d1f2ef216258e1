//! `procura demo` with real processes.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use rustix::process::{Pid, Signal, kill_process};
use std::{
    io::{BufRead, BufReader},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

fn demo(folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_procura"));
    command.arg("demo").arg("--dir").arg(folder).args(more);
    command
}
fn walked(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}\n{complaint}");
    assert!(text.contains("every one of them passed"), "{text}");
    text
}
fn origins(folder: &Path) -> Vec<String> {
    let origins = procura_sandbox::world::folder::load(&folder.join("world"))
        .unwrap()
        .origins()
        .clone();
    [
        origins.ecosystem,
        origins.issuer,
        origins.issuer_management,
        origins.wallet,
        origins.verifier,
        origins.portal,
    ]
    .iter()
    .map(|url| format!("127.0.0.1:{}", url.port().unwrap()))
    .collect()
}
/// Reads until the demo says that it runs.
fn wait_until_running(child: &mut Child) {
    let out = BufReader::new(child.stdout.take().unwrap());
    let running = out
        .lines()
        .map_while(Result::ok)
        .any(|line| line.contains("The demo is running"));
    assert!(running, "the demo ended instead");
}

fn tell(running: &Child, signal: Signal) {
    let pid = i32::try_from(running.id()).ok().and_then(Pid::from_raw).unwrap();
    kill_process(pid, signal).unwrap();
}
/// The processes whose command line names the folder: the demo's own and every service's.
fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(folder))
        .collect()
}

#[test]
fn the_walk_ends_well_twice_in_the_same_world_and_with_every_process_killed() {
    let folder = tempfile::tempdir().unwrap();
    let first = walked(&demo(folder.path(), &["--walk"]).output().unwrap());
    assert!(
        first.contains("Making a world") && first.contains("Good day, John Doe, of GoodAir"),
        "{first}"
    );
    assert!(
        first.contains("\"typ\": \"at+jwt\""),
        "the token is shown: {first}"
    );
    for step in [
        "presents the LEARCredential: accepted",
        "presents the LEARCredentialEmployee-v2: accepted",
        "presents the LEARCredentialEmployee: accepted",
        "revokes the LEARCredentialEmployee-v2: the issuer says: revoked",
        "presents the LEARCredentialEmployee-v2: refused by the check: status",
        "keeps it out: not signed in",
        "nothing of it is legible in its database",
    ] {
        assert!(first.contains(step), "{step}: {first}");
    }
    let second = walked(&demo(folder.path(), &["--walk", "--kill"]).output().unwrap());
    assert!(!second.contains("Making a world"), "the world is used again");
    assert!(second.contains("was killed and started again"));
}

#[test]
fn a_demo_that_is_told_to_end_leaves_nothing_behind_and_runs_once_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = demo(folder.path(), &[]).stdout(Stdio::piped()).spawn().unwrap();
    wait_until_running(&mut running);
    let origins = origins(folder.path());
    assert!(origins.iter().all(|origin| TcpStream::connect(origin).is_ok()));
    let other = demo(folder.path(), &[]).output().unwrap();
    assert_eq!(other.status.code(), Some(1));
    assert!(String::from_utf8(other.stderr).unwrap().contains("running"));
    tell(&running, Signal::TERM);
    assert_eq!(running.wait().unwrap().code(), Some(0));
    assert!(origins.iter().all(|origin| TcpStream::connect(origin).is_err()));
}

#[test]
fn ctrl_c_ends_the_demo_with_all_of_its_processes() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = demo(folder.path(), &[]).stdout(Stdio::piped()).spawn().unwrap();
    wait_until_running(&mut running);
    assert_eq!(processes_of(folder.path()).len(), 6);
    tell(&running, Signal::INT);
    assert_eq!(running.wait().unwrap().code(), Some(0));
    assert_eq!(processes_of(folder.path()), Vec::<String>::new());
    assert!(
        origins(folder.path())
            .iter()
            .all(|origin| TcpStream::connect(origin).is_err())
    );
}

/// Also before any service is ready: the world is made, and the first process has begun its log.
#[test]
fn ctrl_c_while_the_demo_starts_leaves_no_process_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = demo(folder.path(), &[]).stdout(Stdio::piped()).spawn().unwrap();
    while processes_of(folder.path()).len() < 2 {
        assert_eq!(running.try_wait().unwrap(), None);
        std::thread::yield_now();
    }
    tell(&running, Signal::INT);
    assert_eq!(running.wait().unwrap().code(), Some(0));
    assert_eq!(processes_of(folder.path()), Vec::<String>::new());
}

#[test]
fn what_ends_a_service_is_told_with_the_end_of_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = demo(folder.path(), &[]).stdout(Stdio::piped()).spawn().unwrap();
    wait_until_running(&mut running);
    tell(&running, Signal::TERM);
    running.wait().unwrap();
    // The issuer's keys are gone: it cannot start any more.
    std::fs::write(folder.path().join("secrets/issuer.keys"), "not keys").unwrap();
    let output = demo(folder.path(), &["--walk"]).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        complaint.contains("issuer") && complaint.contains("log"),
        "{complaint}"
    );
}

#[test]
fn fresh_makes_a_new_world_and_leaves_the_rest_of_the_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.txt"), "mine").unwrap();
    walked(&demo(folder.path(), &["--walk"]).output().unwrap());
    let certificate = || std::fs::read(folder.path().join("world/certificates/goodair-seal.pem")).unwrap();
    let before = certificate();
    let again = walked(&demo(folder.path(), &["--walk", "--fresh"]).output().unwrap());
    assert!(again.contains("Making a world"));
    assert_ne!(certificate(), before);
    assert_eq!(
        std::fs::read_to_string(folder.path().join("mine.txt")).unwrap(),
        "mine"
    );
}
