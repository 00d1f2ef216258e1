//! `procura sign`, `augment` and `verify --report`: exit status and words, as a user of the program meets them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use axum::{
    extract::Request,
    http::StatusCode,
    middleware::{Next, from_fn},
    response::IntoResponse as _,
};
use procura_sandbox::{
    csc,
    ecosystem::Ecosystem,
    world::{Ca, Origins, Party, Plan, World, folder},
};
use procura_service::{Clock, SystemClock, SystemRng};
use serde_json::Value;
use std::{
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Arc, LazyLock, Mutex},
};

/// A demo world whose authorities answer at the addresses in their certificates.
struct Sample {
    folder: tempfile::TempDir,
    origin: String,
    /// Paths that were asked for.
    asked: Arc<Mutex<Vec<String>>>,
    remote: csc::Provider,
}
static SAMPLE: LazyLock<Sample> = LazyLock::new(|| Sample::failing(&[]));

impl Sample {
    /// One in which these paths answer by 503.
    fn failing(paths: &'static [&'static str]) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let origins = Origins::loopback([port, 1, 2, 3, 4, 5]).unwrap();
        let now = SystemClock.now();
        let world = World::make(&Plan { origins, now }, &mut SystemRng).unwrap();
        let folder = tempfile::tempdir().unwrap();
        folder::save(&world, folder.path()).unwrap();
        let origin = format!("http://127.0.0.1:{port}");
        let mut settings = csc::Settings::new(origin.parse().unwrap(), "goodair", "a secret");
        settings.dialect = procura_keys::csc::Dialect::V2;
        let seal = csc::Credential::of(&world, Party::GoodAirSeal)
            .unwrap()
            .with_pin("1234");
        let remote = csc::Provider::new(settings, vec![seal], Arc::new(SystemClock));
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&asked);
        let ecosystem = Ecosystem::open(folder.path(), Arc::new(SystemClock)).unwrap();
        let router = ecosystem.router().merge(remote.router());
        let router = router.layer(from_fn(move |request: Request, next: Next| {
            let path = request.uri().path().to_owned();
            let fails = paths.iter().any(|start| path.starts_with(start));
            seen.lock().unwrap().push(path);
            async move {
                if fails {
                    return StatusCode::SERVICE_UNAVAILABLE.into_response();
                }
                next.run(request).await
            }
        }));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self {
            folder,
            origin,
            asked,
            remote,
        }
    }

    fn path(&self, name: impl AsRef<Path>) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Whom to ask for time-stamps, and whom to trust.
    fn authorities(&self) -> Vec<String> {
        [
            ("--tsa", format!("{}/tsa", self.origin)),
            ("--development-origin", self.origin.clone()),
        ]
        .into_iter()
        .chain(self.anchors())
        .flat_map(|(name, value)| [name.to_owned(), value])
        .collect()
    }

    fn anchors(&self) -> [(&'static str, String); 2] {
        [
            ("--anchors", self.path(folder::certificate(Ca::Seals.stem()))),
            (
                "--time-stamp-anchors",
                self.path(folder::certificate(Ca::TimeStamps.stem())),
            ),
        ]
    }
}

fn of_world(name: impl AsRef<Path>) -> String {
    SAMPLE.path(name)
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
        let mut arguments = vec!["sign", "--key", &key, "--chain", &chain, "--out", &out, "--force"];
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
    let header = &document.signatures[0].as_ref().unwrap().header;
    assert_eq!(header["sigPl"]["addressCountry"], "ES");
    assert_eq!(header["x5t#o"]["digAlg"], "S512");
    assert_eq!(header["sigPId"]["id"]["id"], "urn:oid:1.2.3");
    for (name, value) in [("typ", "jose"), ("cty", "json")] {
        assert_eq!(header[name], value);
    }
    assert!(header.contains_key("srCms"));
    assert_eq!(verify(&desk.name("signed"), "simple", &[]).0, 0);
}

/// `procura augment` in a world, of a file of the desk.
fn augment(world: &Sample, file: &str, level: &str, more: &[&str]) -> (i32, String) {
    let authorities = world.authorities();
    let mut arguments = vec!["augment", file, "--level", level];
    arguments.extend(authorities.iter().map(String::as_str));
    arguments.extend(more);
    let output = run(&arguments);
    (status(&output), words(&output.stderr))
}

/// Validates with nothing at hand but the anchors, and gives the report.
fn validated(file: &str) -> Value {
    let anchors = SAMPLE.anchors();
    let mut arguments = vec!["verify", file, "--report", "json"];
    arguments.extend(anchors.iter().flat_map(|(name, value)| [*name, value]));
    let output = run(&arguments);
    serde_json::from_slice(&output.stdout).unwrap()
}
/// How many time-stamps of a kind hold.
fn time_stamps(report: &Value, kind: &str) -> usize {
    let stamps = report.pointer("/signatures/0/time_stamps");
    let passed = stamps.and_then(Value::as_array).unwrap().iter().filter(|stamp| {
        let indication = stamp
            .pointer("/conclusion/indication_uri")
            .and_then(Value::as_str);
        stamp.get("kind").is_some_and(|one| one == kind)
            && indication == Some("urn:etsi:019102:mainindication:passed")
    });
    passed.count()
}

#[test]
fn a_signature_is_raised_step_by_step_renewed_and_valid_by_its_anchors_alone() {
    let desk = Desk::new();
    desk.sign(&[&desk.name("invoice.json")], "signed");
    let before = desk.read("signed");
    let file = desk.name("signed");
    for (level, name, archives) in [
        ("t", "JAdES_BASELINE_T", 0),
        ("lt", "JAdES_BASELINE_LT", 0),
        ("lta", "JAdES_BASELINE_LTA", 1),
        ("lta", "JAdES_BASELINE_LTA", 2),
    ] {
        let (status, text) = augment(&SAMPLE, &file, level, &["--fetch", "--in-place"]);
        assert_eq!(status, 0, "{level}: {text}");
        assert!(text.contains(&format!("signature 0: {name}")), "{text}");
        let report = validated(&file);
        assert_eq!(report["signatures"][0]["level"], name);
        assert_eq!(time_stamps(&report, "arcTst"), archives, "{report:#}");
        // Of B-T the revocation data are not inside.
        assert_eq!(report["passed"], level != "t", "{level}: {report:#}");
    }
    let (status, text) = verify(&file, "simple", &[]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("by a time-stamp"), "{text}");
    // What was signed kept its text.
    let after = desk.read("signed");
    for part in before.split('.') {
        assert!(after.contains(part));
    }
}

#[test]
fn a_level_is_reached_by_files_without_a_network() {
    let desk = Desk::new();
    desk.sign(&[&desk.name("invoice.json")], "signed");
    let (stamped, kept) = (desk.name("stamped"), desk.name("kept"));
    let (status, text) = augment(&SAMPLE, &desk.name("signed"), "t", &["--out", &stamped]);
    assert_eq!(status, 0, "{text}");
    let trusted = trusted();
    let mut arguments = vec!["augment", &stamped, "--level", "lt", "--out", &kept];
    arguments.extend(trusted.iter().map(String::as_str));
    let output = run(&arguments);
    let text = words(&output.stderr);
    assert_eq!(self::status(&output), 0, "{text}");
    assert!(text.contains("before the time-stamp"), "{text}");
    assert_eq!(validated(&kept)["passed"], true);
}

#[test]
fn responders_are_asked_and_lists_are_fetched_where_none_answers() {
    // The seal, its CA and the time-stamping unit: each is asked about once.
    for (down, lists, questions) in [(&[][..], 0, 3), (&["/ocsp"], 3, 3)] {
        let world = Sample::failing(down);
        let desk = Desk::new();
        let seal = Party::GoodAirSeal.stem();
        let (key, chain) = (
            world.path(folder::key(seal)),
            world.path(folder::certificate(seal)),
        );
        let (invoice, out) = (desk.name("invoice.json"), desk.name("archived"));
        let authorities = world.authorities();
        let mut arguments = vec!["sign", &invoice, "--key", &key, "--chain", &chain, "--out", &out];
        // All at once.
        arguments.extend(["--level", "lta", "--fetch"]);
        arguments.extend(authorities.iter().map(String::as_str));
        let output = run(&arguments);
        assert_eq!(status(&output), 0, "{}", words(&output.stderr));
        assert!(words(&output.stderr).contains("JAdES_BASELINE_LTA"));
        let asked = world.asked.lock().unwrap().clone();
        let of = |start: &str| asked.iter().filter(|path| path.starts_with(start)).count();
        assert_eq!((of("/crl/"), of("/ocsp")), (lists, questions), "{asked:?}");
    }
}

#[test]
fn what_is_missing_is_named_and_nothing_is_written() {
    let world = Sample::failing(&["/ocsp", "/crl"]);
    let desk = Desk::new();
    let seal = Party::GoodAirSeal.stem();
    let (key, chain) = (
        world.path(folder::key(seal)),
        world.path(folder::certificate(seal)),
    );
    let (invoice, signed, out) = (desk.name("invoice.json"), desk.name("signed"), desk.name("out"));
    let output = run(&[
        "sign", &invoice, "--key", &key, "--chain", &chain, "--out", &signed,
    ]);
    assert_eq!(status(&output), 0, "{}", words(&output.stderr));
    for (level, more, named) in [
        ("lt", &[][..], &["GoodAir", "--revocation", "--fetch"][..]),
        ("lta", &["--fetch"], &["GoodAir", "/ocsp", "/crl/", "503"]),
    ] {
        let more: Vec<&str> = more.iter().copied().chain(["--out", &out]).collect();
        let (status, text) = augment(&world, &signed, level, &more);
        assert_eq!(status, 1, "{text}");
        assert!(text.contains("nothing is written"), "{text}");
        for name in named {
            assert!(text.contains(name), "{name}: {text}");
        }
        assert!(!desk.path("out").exists());
    }
    // Without an authority there is no time-stamp.
    let output = run(&["augment", &signed, "--level", "t", "--out", &out]);
    assert_eq!(status(&output), 1);
    assert!(
        words(&output.stderr).contains("--tsa"),
        "{}",
        words(&output.stderr)
    );
    assert!(!desk.path("out").exists());
}

#[test]
fn nobody_is_asked_about_certificates_that_lead_to_no_anchor() {
    let world = Sample::failing(&[]);
    let desk = Desk::new();
    let seal = Party::GoodAirSeal.stem();
    let (key, chain) = (
        world.path(folder::key(seal)),
        world.path(folder::certificate(seal)),
    );
    let (invoice, signed, tsa) = (
        desk.name("invoice.json"),
        desk.name("signed"),
        format!("{}/tsa", world.origin),
    );
    let output = run(&[
        "sign", &invoice, "--key", &key, "--chain", &chain, "--out", &signed,
    ]);
    assert_eq!(status(&output), 0, "{}", words(&output.stderr));
    let [_, (name, anchors)] = world.anchors();
    let output = run(&[
        "augment",
        &signed,
        "--level",
        "lta",
        "--fetch",
        "--tsa",
        &tsa,
        "--development-origin",
        &world.origin,
        name,
        &anchors,
    ]);
    let text = words(&output.stderr);
    assert_eq!(status(&output), 1, "{text}");
    assert!(text.contains("no path") && text.contains("--anchors"), "{text}");
    assert_eq!(*world.asked.lock().unwrap(), ["/tsa"]);
}

#[test]
fn a_seal_that_was_revoked_before_reaches_no_level_that_keeps_it() {
    let desk = Desk::new();
    let seal = Party::RevokedSeal.stem();
    let (key, chain) = (of_world(folder::key(seal)), certificate(seal));
    let (invoice, signed, out) = (desk.name("invoice.json"), desk.name("signed"), desk.name("out"));
    let output = run(&[
        "sign", &invoice, "--key", &key, "--chain", &chain, "--out", &signed,
    ]);
    assert_eq!(status(&output), 0, "{}", words(&output.stderr));
    let (status, text) = augment(&SAMPLE, &signed, "lt", &["--fetch", "--out", &out]);
    assert_eq!(status, 1, "{text}");
    assert!(
        text.contains("does not validate: INDETERMINATE / REVOKED_NO_POE"),
        "{text}"
    );
    assert!(!desk.path("out").exists());
}

#[test]
fn a_detached_signature_is_raised_with_its_objects() {
    let desk = Desk::new();
    let object = format!("https://invoices.example/1={}", desk.name("invoice.json"));
    desk.sign(&["--object", &object], "signed");
    let (signed, out) = (desk.name("signed"), desk.name("archived"));
    // An archive covers the object itself.
    let (status, text) = augment(&SAMPLE, &signed, "lta", &["--fetch", "--out", &out]);
    assert_eq!(status, 1, "{text}");
    assert!(
        text.contains("SignedDataNotFound") || text.contains("objects"),
        "{text}"
    );
    let (status, text) = augment(
        &SAMPLE,
        &signed,
        "lta",
        &["--fetch", "--out", &out, "--object", &object],
    );
    assert_eq!(status, 0, "{text}");
    let (status, text) = verify(&out, "simple", &["--object", &object]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("JAdES_BASELINE_LTA"), "{text}");
}

#[test]
fn a_key_is_named_as_the_issuer_names_it() {
    let desk = Desk::new();
    let seal = Party::GoodAirSeal.stem();
    for (name, text) in [("secret", "a secret"), ("pin", "1234")] {
        desk.write(name, text.as_bytes());
        std::fs::set_permissions(desk.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let config = format!(
        r#"
public_url = "https://issuer.example"
[signers.files]
key_file = "{key}"
chain_file = "{chain}"
[signers.remote]
kind = "csc"
base_url = "{base}"
client_id = "goodair"
client_secret_file = "{secret}"
pin_file = "{pin}"
[signers.remote-by-plain-http]
kind = "csc"
base_url = "http://qtsp.example/csc/v2/"
client_id = "goodair"
client_secret_file = "{secret}"
[signers.module]
kind = "pkcs11"
module = "relative.so"
token_label = "seals"
key_label = "seal"
pin_file = "{pin}"
[development]
origins = ["{origin}"]
"#,
        key = of_world(folder::key(seal)),
        chain = certificate(seal),
        base = SAMPLE.remote.base_url(),
        secret = desk.name("secret"),
        pin = desk.name("pin"),
        origin = SAMPLE.origin,
    );
    desk.write("issuer.toml", config.as_bytes());
    let (config, invoice, out) = (
        desk.name("issuer.toml"),
        desk.name("invoice.json"),
        desk.name("signed"),
    );
    let sign = |name: &str| {
        let output = run(&[
            "sign",
            &invoice,
            "--signer",
            &config,
            "--signer-name",
            name,
            "--out",
            &out,
            "--force",
        ]);
        (status(&output), words(&output.stderr))
    };
    for name in ["files", "remote"] {
        let (status, text) = sign(name);
        assert_eq!(status, 0, "{name}: {text}");
        assert_eq!(verify(&out, "simple", &[]).0, 0, "{name}");
        std::fs::remove_file(desk.path("signed")).unwrap();
    }
    assert_eq!(SAMPLE.remote.signatures_made(), 1);
    for (name, problem) in [
        ("absent", "files, module, remote, remote-by-plain-http"),
        ("remote-by-plain-http", "signers.remote-by-plain-http.base_url"),
        ("module", "signers.module.module"),
    ] {
        let (status, text) = sign(name);
        assert_eq!(status, 1, "{name}: {text}");
        assert!(text.contains(problem), "{name}: {text}");
        assert!(!desk.path("signed").exists());
    }
    // Several, and none named.
    let output = run(&["sign", &invoice, "--signer", &config]);
    assert_eq!(status(&output), 1);
    assert!(words(&output.stderr).contains("--signer-name"));
}

/// Built without hardware modules, as the suite is, the program says so; with them, that the module cannot be loaded.
#[test]
fn a_hardware_module_is_named_whole() {
    let desk = Desk::new();
    desk.write("pin", b"1234");
    std::fs::set_permissions(desk.path("pin"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let (invoice, pin, module) = (
        desk.name("invoice.json"),
        desk.name("pin"),
        desk.name("absent.so"),
    );
    let sign = |more: &[&str]| {
        let mut arguments = vec!["sign", &invoice, "--pkcs11-module", &module, "--pin-file", &pin];
        arguments.extend(more);
        let output = run(&arguments);
        assert_eq!(status(&output), 1);
        words(&output.stderr)
    };
    let text = sign(&["--token-label", "seals"]);
    assert!(text.contains("key_label"), "{text}");
    let text = sign(&["--token-label", "seals", "--key-label", "seal"]);
    assert!(text.contains("--pkcs11-module: "), "{text}");
    // One key, not two.
    let text = sign(&["--key", &pin, "--chain", &pin]);
    assert!(text.contains("cannot be used with"), "{text}");
}

#[test]
fn what_is_there_is_not_written_over_unasked() {
    let desk = Desk::new();
    desk.sign(&[&desk.name("invoice.json")], "signed");
    let (signed, kept) = (desk.name("signed"), desk.read("signed"));
    desk.write("other", b"kept");
    let other = desk.name("other");
    for (arguments, reason) in [
        (vec!["--out", &*other], "--force"),
        (vec!["--out", &*signed, "--force"], "is what is read"),
    ] {
        let (status, text) = augment(&SAMPLE, &signed, "t", &arguments);
        assert_eq!(status, 1, "{text}");
        assert!(text.contains(reason), "{text}");
    }
    let (status, text) = verify(&signed, "simple", &["--html", &other]);
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("--force"), "{text}");
    assert_eq!(
        (desk.read("signed"), desk.read("other")),
        (kept, "kept".to_owned())
    );
    let (status, text) = augment(&SAMPLE, &signed, "t", &["--out", &other, "--force"]);
    assert_eq!(status, 0, "{text}");
    assert!(desk.read("other").contains("etsiU"));
    // One more signature in the document's own place.
    desk.sign(&[&desk.name("invoice.json"), "--form", "general"], "both");
    let both = desk.name("both");
    let seal = Party::BadAirSeal.stem();
    let (key, chain) = (of_world(folder::key(seal)), certificate(seal));
    let output = run(&[
        "sign",
        "--add",
        &both,
        "--key",
        &key,
        "--chain",
        &chain,
        "--in-place",
    ]);
    assert_eq!(self::status(&output), 0, "{}", words(&output.stderr));
    let (status, text) = verify(&both, "simple", &[]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("all 2 signatures are valid"), "{text}");
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

#[test]
fn a_strangers_time_stamp_is_no_reason_to_go_without_one() {
    let desk = Desk::new();
    desk.sign(&[&desk.name("invoice.json")], "signed");
    let signed = desk.name("signed");
    let stranger = Sample::failing(&[]);
    let tsa = format!("{}/tsa", stranger.origin);
    let output = run(&[
        "augment",
        &signed,
        "--level",
        "t",
        "--tsa",
        &tsa,
        "--development-origin",
        &stranger.origin,
        "--in-place",
    ]);
    assert_eq!(status(&output), 0, "{}", words(&output.stderr));
    let (_, text) = verify(&signed, "simple", &[]);
    assert!(text.contains("no time-stamp proves"), "{text}");
    let (status, text) = augment(&SAMPLE, &signed, "t", &["--in-place"]);
    assert_eq!(status, 0, "{text}");
    let (status, text) = verify(&signed, "simple", &[]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("by a time-stamp"), "{text}");
}

#[test]
fn what_is_named_to_be_signed_is_what_is_signed_beside() {
    let desk = Desk::new();
    desk.sign(&[&desk.name("invoice.json"), "--form", "general"], "one");
    desk.write("other.json", b"{}");
    let (one, other, out) = (desk.name("one"), desk.name("other.json"), desk.name("both"));
    let seal = Party::BadAirSeal.stem();
    let (key, chain) = (of_world(folder::key(seal)), certificate(seal));
    let object = format!("https://invoices.example/1={other}");
    for (more, problem) in [
        // The document's own payload is another.
        (&["--object", &*object][..], "shares the payload"),
        (&["--object", &object, "--by-uri"], "shares the payload"),
        (&[&other], "shares the payload"),
        (&["--plain"], "--plain"),
        (&["--detached"], "--detached"),
    ] {
        let mut arguments = vec![
            "sign", "--beside", &one, "--key", &key, "--chain", &chain, "--out", &out,
        ];
        arguments.extend(more);
        let output = run(&arguments);
        let text = words(&output.stderr);
        assert_eq!(status(&output), 1, "{more:?}: {text}");
        assert!(text.contains(problem), "{more:?}: {text}");
        assert!(!desk.path("both").exists());
    }
}

#[test]
fn no_file_that_is_read_is_written_over_even_by_force() {
    let desk = Desk::new();
    desk.sign(&[&desk.name("invoice.json")], "signed");
    let seal = Party::GoodAirSeal.stem();
    for (name, from) in [
        ("key", of_world(folder::key(seal))),
        ("chain", certificate(seal)),
        ("anchors", certificate(Ca::Seals.stem())),
        ("tsa", certificate(Ca::TimeStamps.stem())),
        ("crl", crl(Ca::Seals)),
    ] {
        std::fs::copy(from, desk.path(name)).unwrap();
    }
    let file = |name: &str| desk.name(name);
    let object = format!("https://invoices.example/1={}", file("invoice.json"));
    let sign = [
        "--key",
        &file("key"),
        "--chain",
        &file("chain"),
        "--policy",
        "urn:oid:1.2.3",
        "--policy-document",
        &file("tsa"),
        "--object",
        &object,
    ]
    .map(str::to_owned);
    let material = [
        "--anchors",
        &file("anchors"),
        "--time-stamp-anchors",
        &file("tsa"),
        "--certificates",
        &file("chain"),
        "--revocation",
        &file("crl"),
        "--object",
        &object,
        "--payload",
        &file("key"),
    ]
    .map(str::to_owned);
    for (command, arguments, option, read) in [
        (
            "sign",
            vec![],
            "--out",
            &["key", "chain", "tsa", "invoice.json"][..],
        ),
        (
            "augment",
            vec![file("signed"), "--level".to_owned(), "t".to_owned()],
            "--out",
            &["signed", "anchors", "tsa", "chain", "crl", "invoice.json", "key"],
        ),
        (
            "verify",
            vec![file("signed"), "--report".to_owned(), "simple".to_owned()],
            "--html",
            &["signed", "anchors", "tsa", "chain", "crl", "invoice.json", "key"],
        ),
    ] {
        let more: &[String] = if command == "sign" { &sign } else { &material };
        for name in read {
            let before = std::fs::read(desk.path(name)).unwrap();
            let out = file(name);
            let mut all = vec![command, option, &out, "--force"];
            all.extend(arguments.iter().chain(more).map(String::as_str));
            let output = run(&all);
            let text = words(&output.stderr);
            assert_eq!(status(&output), 1, "{command} {name}: {text}");
            assert!(text.contains("is what is read"), "{command} {name}: {text}");
            assert_eq!(
                std::fs::read(desk.path(name)).unwrap(),
                before,
                "{command} {name}"
            );
        }
    }
}

#[test]
fn what_cannot_be_written_to_standard_output_is_no_success() {
    let desk = Desk::new();
    desk.sign(&[&desk.name("invoice.json")], "signed");
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let (invoice, signed) = (desk.name("invoice.json"), desk.name("signed"));
    let seal = Party::GoodAirSeal.stem();
    let (key, chain) = (of_world(folder::key(seal)), certificate(seal));
    for arguments in [
        &["sign", &invoice, "--key", &key, "--chain", &chain][..],
        &["verify", &signed, "--report", "json"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_procura"))
            .args(arguments)
            .stdout(full())
            .output()
            .unwrap();
        let text = words(&output.stderr);
        assert_eq!(status(&output), 1, "{text}");
        assert!(text.contains("standard output"), "{text}");
    }
    // Standard input is one file.
    let output = run(&["verify", "-", "--report", "simple", "--anchors", "-"]);
    assert_eq!(status(&output), 1);
    assert!(
        words(&output.stderr).contains("only one"),
        "{}",
        words(&output.stderr)
    );
}
