//! `procura sign`, `augment` and `verify --report`: exit status and words, as a user of the program meets them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use procura_sandbox::{
    time_stamping::{SerialNumbers, TimeStampingAuthority},
    world::{Ca, Origins, Party, Plan, World, folder},
};
use procura_service::{Clock, SystemClock, SystemRng};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Arc, LazyLock},
};

struct Sample {
    folder: tempfile::TempDir,
    world: World,
}
static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let origins = Origins::loopback([4710, 4711, 4712, 4713, 4714, 4715]).unwrap();
    let now = SystemClock.now();
    let world = World::make(&Plan { origins, now }, &mut SystemRng).unwrap();
    let folder = tempfile::tempdir().unwrap();
    folder::save(&world, folder.path()).unwrap();
    Sample { folder, world }
});

fn of_world(name: impl AsRef<Path>) -> String {
    SAMPLE.folder.path().join(name).to_str().unwrap().to_owned()
}
fn certificate(stem: &str) -> String {
    of_world(folder::certificate(stem))
}
fn crl(ca: Ca) -> String {
    of_world(format!("crls/{}.crl", ca.stem()))
}

/// A scratch folder with what is signed.
struct Desk(tempfile::TempDir);
impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        desk.write("invoice.json", br#"{"total":"100.00"}"#);
        desk
    }
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    fn name(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }
    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }
    /// Signs by GoodAir's seal.
    fn sign(&self, more: &[&str], out: &str) {
        let (seal, out) = (Party::GoodAirSeal.stem(), self.name(out));
        let (key, chain) = (of_world(folder::key(seal)), certificate(seal));
        let mut arguments = vec!["sign", "--key", &key, "--chain", &chain, "--out", &out];
        arguments.extend(more);
        let output = run(&arguments);
        assert_eq!(status(&output), 0, "{}", words(&output.stderr));
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_procura"))
        .args(arguments)
        .env_remove("NO_COLOR")
        .output()
        .unwrap()
}
fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}
fn words(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// By whom the demo world's seals and time-stamps are trusted, and what is known of them.
fn trusted() -> Vec<String> {
    [
        ("--anchors", certificate(Ca::Seals.stem())),
        ("--time-stamp-anchors", certificate(Ca::TimeStamps.stem())),
        ("--revocation", crl(Ca::SealsIssuing)),
        ("--revocation", crl(Ca::Seals)),
        ("--revocation", crl(Ca::TimeStamps)),
    ]
    .into_iter()
    .flat_map(|(name, value)| [name.to_owned(), value])
    .collect()
}

fn verify_with(file: &str, form: &str, trusted: &[String], more: &[&str]) -> (i32, String) {
    let mut arguments = vec!["verify", file, "--report", form];
    arguments.extend(trusted.iter().map(String::as_str));
    arguments.extend(more);
    let output = run(&arguments);
    (status(&output), words(&output.stdout) + &words(&output.stderr))
}
fn verify(file: &str, form: &str, more: &[&str]) -> (i32, String) {
    verify_with(file, form, &trusted(), more)
}

#[test]
fn what_is_signed_is_valid_in_every_serialisation_with_status_0() {
    let desk = Desk::new();
    let invoice = desk.name("invoice.json");
    for form in ["compact", "flattened", "general"] {
        desk.sign(&[&invoice, "--form", form], "signed");
        let (status, text) = verify(&desk.name("signed"), "simple", &[]);
        assert_eq!(status, 0, "{form}: {text}");
        assert!(text.starts_with("VALID "), "{text}");
        assert!(
            text.contains("O=GoodAir") && text.contains("JAdES_BASELINE_B, ES256"),
            "{text}"
        );
    }
}

#[test]
fn each_conclusion_has_a_status_of_its_own() {
    let desk = Desk::new();
    desk.sign(&[&desk.name("invoice.json")], "signed");
    let signed = desk.name("signed");
    // Nobody is trusted.
    let (status, text) = verify_with(&signed, "simple", &[], &[]);
    assert_eq!(status, 3, "{text}");
    assert!(
        text.contains("INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND") && text.contains("to mend it"),
        "{text}"
    );
    // An anchor for time-stamps is none for seals.
    let misplaced = ["--time-stamp-anchors".to_owned(), certificate(Ca::Seals.stem())];
    assert_eq!(verify_with(&signed, "simple", &misplaced, &[]).0, 3);
    // Another payload.
    let text = desk.read("signed");
    let mut parts: Vec<&str> = text.split('.').collect();
    parts[1] = "e30";
    desk.write("changed", parts.join(".").as_bytes());
    let (status, text) = verify(&desk.name("changed"), "simple", &[]);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("TOTAL-FAILED / SIG_CRYPTO_FAILURE"), "{text}");
    // No signature at all.
    let (status, text) = verify(&desk.name("invoice.json"), "simple", &[]);
    assert_eq!(status, 4, "{text}");
    assert!(text.contains("cannot be read as signed"), "{text}");
    // Nothing to judge.
    let (status, text) = verify(&desk.name("absent"), "simple", &[]);
    assert_eq!(status, 1, "{text}");
    // A report is of a document, a verdict of a credential.
    assert_eq!(verify(&signed, "simple", &["--json"]).0, 1);
}

#[test]
fn a_revoked_seal_is_undecided_without_a_time_stamp() {
    let desk = Desk::new();
    let seal = Party::RevokedSeal.stem();
    let (key, chain, out) = (
        of_world(folder::key(seal)),
        certificate(seal),
        desk.name("signed"),
    );
    let output = run(&[
        "sign",
        &desk.name("invoice.json"),
        "--key",
        &key,
        "--chain",
        &chain,
        "--out",
        &out,
    ]);
    assert_eq!(status(&output), 0, "{}", words(&output.stderr));
    let (status, text) = verify(&out, "detailed", &[]);
    assert_eq!(status, 3, "{text}");
    assert!(
        text.contains("FAIL           revocation                  REVOKED_NO_POE"),
        "{text}"
    );
}

#[test]
fn detached_objects_are_brought_and_never_fetched() {
    let desk = Desk::new();
    let object = format!("https://invoices.example/1={}", desk.name("invoice.json"));
    for more in [&["--object", &object][..], &["--object", &object, "--by-uri"]] {
        desk.sign(more, "signed");
        let signed = desk.name("signed");
        let (status, text) = verify(&signed, "simple", &["--object", &object]);
        assert_eq!(status, 0, "{text}");
        assert!(
            text.contains("object         https://invoices.example/1"),
            "{text}"
        );
        let (status, text) = verify(&signed, "simple", &[]);
        assert_eq!(status, 3, "{text}");
        assert!(text.contains("SIGNED_DATA_NOT_FOUND"), "{text}");
        desk.write("other.json", b"{}");
        let other = format!("https://invoices.example/1={}", desk.name("other.json"));
        assert_eq!(verify(&signed, "simple", &["--object", &other]).0, 2);
    }
    desk.sign(&[&desk.name("invoice.json"), "--detached"], "signed");
    let payload = desk.name("invoice.json");
    assert_eq!(
        verify(&desk.name("signed"), "simple", &["--payload", &payload]).0,
        0
    );
}

#[test]
fn signatures_stand_beside_each_other_and_on_each_other() {
    let desk = Desk::new();
    let seal = Party::BadAirSeal.stem();
    let (key, chain, both) = (of_world(folder::key(seal)), certificate(seal), desk.name("both"));
    desk.sign(&[&desk.name("invoice.json"), "--form", "general"], "one");
    let one = desk.name("one");
    let output = run(&[
        "sign", "--beside", &one, "--key", &key, "--chain", &chain, "--out", &both,
    ]);
    assert_eq!(status(&output), 0, "{}", words(&output.stderr));
    let (status_of_both, text) = verify(&both, "simple", &[]);
    assert_eq!(status_of_both, 0, "{text}");
    assert!(text.contains("all 2 signatures are valid"), "{text}");
    desk.sign(&["--countersign", &both, "--index", "1"], "countersigned");
    let (status_of_all, text) = verify(&desk.name("countersigned"), "simple", &[]);
    assert_eq!(status_of_all, 0, "{text}");
    assert!(text.contains("countersigned  by"), "{text}");
    // One that is not trusted spoils the whole.
    let only_good = ["--anchors".to_owned(), certificate(Party::GoodAirSeal.stem())];
    let (status, text) = verify_with(&both, "simple", &only_good, &[]);
    assert_eq!(status, 3, "{text}");
    assert!(text.contains("1 of 2 signatures is valid"), "{text}");
}

#[test]
fn what_a_signature_says_besides_is_signed() {
    let desk = Desk::new();
    desk.write("policy.txt", b"policy");
    let (invoice, policy) = (desk.name("invoice.json"), desk.name("policy.txt"));
    desk.sign(
        &[
            &invoice,
            "--typ",
            "jose",
            "--media-type",
            "json",
            "--reference",
            "s512",
            "--commitment",
            "http://uri.etsi.org/01903/v1.2.2#ProofOfOrigin",
            "--country",
            "ES",
            "--policy",
            "urn:oid:1.2.3",
            "--policy-document",
            &policy,
        ],
        "signed",
    );
    let document = procura_jades::Document::read(desk.read("signed").as_bytes()).unwrap();
    let header = &document.signatures[0].header;
    assert_eq!(header["sigPl"]["addressCountry"], "ES");
    assert_eq!(header["x5t#o"]["digAlg"], "S512");
    assert_eq!(header["sigPId"]["id"]["id"], "urn:oid:1.2.3");
    for (name, value) in [("typ", "jose"), ("cty", "json")] {
        assert_eq!(header[name], value);
    }
    assert!(header.contains_key("srCms"));
    assert_eq!(verify(&desk.name("signed"), "simple", &[]).0, 0);
}

/// The demo world's time-stamping authority on a port of its own.
fn authority() -> String {
    let serials = SerialNumbers::in_memory(&mut SystemRng);
    let authority = TimeStampingAuthority::of(&SAMPLE.world, serials, Arc::new(SystemClock)).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, authority.router("/tsa")).await.unwrap();
        });
    });
    format!("http://{address}")
}

#[test]
fn a_signature_is_augmented_step_by_step_to_b_lta() {
    let desk = Desk::new();
    let origin = authority();
    let tsa = format!("{origin}/tsa");
    desk.sign(&[&desk.name("invoice.json")], "signed");
    let before = desk.read("signed");
    let trusted = trusted();
    for (level, name) in [
        ("t", "JAdES_BASELINE_T"),
        ("lt", "JAdES_BASELINE_LT"),
        ("lta", "JAdES_BASELINE_LTA"),
    ] {
        let (from, to) = (desk.name("signed"), desk.name("augmented"));
        let mut arguments = vec![
            "augment",
            &from,
            "--level",
            level,
            "--tsa",
            &tsa,
            "--development-origin",
            &origin,
            "--out",
            &to,
        ];
        arguments.extend(trusted.iter().map(String::as_str));
        let output = run(&arguments);
        assert_eq!(status(&output), 0, "{level}: {}", words(&output.stderr));
        let (status, text) = verify(&to, "simple", &[]);
        assert_eq!(status, 0, "{level}: {text}");
        assert!(text.contains(name), "{text}");
        assert!(text.contains("by a time-stamp"), "{text}");
        std::fs::rename(&to, &from).unwrap();
    }
    // What was signed kept its text.
    let after = desk.read("signed");
    for part in before.split('.') {
        assert!(after.contains(part));
    }
    // And all that a validation needs but the anchors is inside.
    let anchors = trusted[..4].to_vec();
    let (status, text) = verify_with(&desk.name("signed"), "detailed", &anchors, &[]);
    assert_eq!(status, 0, "{text}");
}

#[test]
fn a_level_that_is_not_reached_writes_nothing() {
    let desk = Desk::new();
    desk.sign(&[&desk.name("invoice.json")], "signed");
    let out = desk.name("augmented");
    let output = run(&["augment", &desk.name("signed"), "--level", "t", "--out", &out]);
    assert_eq!(status(&output), 1);
    assert!(
        words(&output.stderr).contains("--tsa"),
        "{}",
        words(&output.stderr)
    );
    assert!(!desk.path("augmented").exists());
}

#[test]
fn a_report_is_for_programs_and_browsers_as_well() {
    let desk = Desk::new();
    desk.sign(&[&desk.name("invoice.json")], "signed");
    let page = desk.name("report.html");
    let (status, text) = verify(&desk.name("signed"), "json", &["--html", &page]);
    assert_eq!(status, 0, "{text}");
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["passed"], true);
    assert_eq!(
        report["signatures"][0]["indication_uri"],
        "urn:etsi:019102:mainindication:total-passed"
    );
    let page = desk.read("report.html");
    assert!(
        page.starts_with("<!doctype html>") && page.contains("VALID"),
        "{page}"
    );
}

#[test]
fn what_is_no_terminal_gets_no_colour() {
    let desk = Desk::new();
    desk.sign(&[&desk.name("invoice.json")], "signed");
    for form in ["simple", "detailed"] {
        let (_, text) = verify(&desk.name("signed"), form, &[]);
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn profiles_differ_in_what_they_tolerate() {
    let desk = Desk::new();
    desk.sign(&[&desk.name("invoice.json"), "--form", "flattened"], "signed");
    for (profile, expected) in [
        ("strict", 0),
        ("dss-compat", 0),
        ("credential", 2),
        ("deployed", 2),
    ] {
        let (status, text) = verify(&desk.name("signed"), "simple", &["--profile", profile]);
        assert_eq!(status, expected, "{profile}: {text}");
        assert!(text.contains(&format!("by profile {profile}")), "{text}");
    }
}

/// Every `sh` block of the documentation, in a folder of its own.
#[test]
fn the_commands_of_the_documentation_run_as_they_stand() {
    if Command::new("openssl").arg("version").output().is_err() {
        println!("skipped: no openssl");
        return;
    }
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/jades.md");
    let text = std::fs::read_to_string(document).unwrap();
    let blocks: Vec<_> = text
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap())
        .collect();
    assert!(!blocks.is_empty());
    let program = Path::new(env!("CARGO_BIN_EXE_procura")).parent().unwrap();
    for block in blocks {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new("sh")
            .args(["-euc", &format!("PATH=$0:$PATH\n{block}")])
            .arg(program)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(
            status(&output),
            0,
            "{}{}",
            words(&output.stdout),
            words(&output.stderr)
        );
        let said = words(&output.stdout);
        for promised in ["VALID ", "NO_CERTIFICATE_CHAIN_FOUND", "HASH_FAILURE"] {
            assert!(said.contains(promised), "{promised}: {said}");
        }
        assert!(folder.path().join("report.html").exists());
    }
}
