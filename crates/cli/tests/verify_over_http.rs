//! `procura verify --config` and `--lotl`: facts over real HTTP, from the ecosystem of a demo world.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, finds the corpus by an environment variable, and says what it skips"
)]
use jiff::{SignedDuration, Timestamp};
use procura_credential::lear::Shape;
use procura_crypto::digest::hexadecimal;
use procura_sandbox::{
    ecosystem::Ecosystem,
    world::{DOME_DID, ListFile, Lists, Origins, Party, Plan, REPRESENTATIVE_POLICY, World, folder},
};
use procura_service::{Clock, SystemClock, SystemRng};
use procura_store::{
    Schema, Store,
    stored_lists::{self, StoredList},
};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::Arc,
};
use tokio::{io::AsyncWriteExt as _, process::Command};

const NONCE: &str = "k2Yl0M1Z0b2cV8lH9vQw5g";

struct Served {
    folder: tempfile::TempDir,
    world: World,
    origin: String,
    signer: String,
    /// Where the verifier's database is.
    database: Option<String>,
}

/// A world whose lists, CRLs, status list and registries are served.
async fn served() -> Served {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let served = world_at(&listener);
    let ecosystem = Ecosystem::open(&served.folder.path().join("world"), Arc::new(SystemClock)).unwrap();
    tokio::spawn(async move { axum::serve(listener, ecosystem.router()).await });
    served
}

/// A world whose ecosystem is reached there.
fn world_at(listener: &tokio::net::TcpListener) -> Served {
    let port = listener.local_addr().unwrap().port();
    let plan = Plan {
        origins: Origins::loopback([port, 1, 2, 3, 4, 5]).unwrap(),
        now: SystemClock.now(),
    };
    let world = World::make(&plan, &mut SystemRng).unwrap();
    let folder = tempfile::tempdir().unwrap();
    folder::save(&world, &folder.path().join("world")).unwrap();
    let signer = hexadecimal(&world.lotl_signer().unwrap());
    Served {
        folder,
        world,
        origin: format!("http://127.0.0.1:{port}"),
        signer,
        database: None,
    }
}

impl Served {
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// A verifier with two relying parties that ask for different credentials.
    fn verifier(&self, name: &str, lifetimes: &str) -> String {
        let client = |id: &str, scope: &str| {
            format!(
                "[[clients]]\nclient_id = \"{id}\"\nname = \"{id}\"\nresource = \"https://{id}.example/\"\n\
                 scopes = [\"dome.credentials.presentation.{scope}\"]\nnotify_url = \"https://{id}.example/notify\"\n\
                 return_url = \"https://{id}.example/\"\nsecret_file = \"{id}.secret\"\n"
            )
        };
        let world = self.folder.path().join("world");
        let text = format!(
            "public_url = \"https://verifier.example\"\nkey_encryption_key_file = \"verifier.keys\"\n\
             representative_policies = [\"{REPRESENTATIVE_POLICY}\"]\n\
             [listen]\naddress = \"127.0.0.1:0\"\n[database]\nurl = \"sqlite:{}\"\n\
             [seal]\nkey_file = \"seal.key\"\nchain_file = \"{}\"\n\
             [trust]\nlotl_url = \"{}\"\nlotl_signers = [\"{}\"]\n\
             [registries]\nparticipants = [\"{origin}\"]\nissuers = [\"{origin}\"]\n\
             [development]\norigins = [\"{origin}\"]\n[lifetimes]\n{lifetimes}\n{}{}",
            self.database.as_deref().unwrap_or("verifier.db"),
            world.join(folder::certificate(Party::DomeSeal.stem())).display(),
            self.world.origins().lotl(),
            self.signer,
            client("onboarding", "LEARCredential"),
            client("shop", "LEARCredentialEmployee"),
            origin = self.origin,
        );
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// `--lotl` and what belongs to it.
    fn by_lists(&self) -> Vec<String> {
        let origin = self.origin.as_str();
        let lotl = self.world.origins().lotl();
        let pairs = [
            ("--lotl", lotl.as_str()),
            ("--lotl-signer", &self.signer),
            ("--registry", origin),
            ("--development-origin", origin),
            ("--representative-policy", REPRESENTATIVE_POLICY),
        ];
        pairs
            .into_iter()
            .flat_map(|(name, value)| [name.to_owned(), value.to_owned()])
            .collect()
    }
}

/// Exit status, report, and what it complained of.
async fn verify(arguments: &[impl AsRef<str>], input: &str) -> (i32, Value, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_procura"))
        .args(["verify", "-", "--json"])
        .args(arguments.iter().map(AsRef::as_ref))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that refuses its arguments does not read.
    drop(stdin.write_all(input.as_bytes()).await);
    drop(stdin);
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().await.unwrap();
    let report = serde_json::from_slice(&stdout).unwrap_or_default();
    (status.code().unwrap(), report, String::from_utf8(stderr).unwrap())
}

/// Exit status and the checks that refuse.
async fn refusals(arguments: &[impl AsRef<str>], input: &str) -> (i32, Vec<String>) {
    let (status, report, complaint) = verify(arguments, input).await;
    let refused_by = report["refused_by"]
        .as_array()
        .unwrap_or_else(|| panic!("{complaint}"));
    let names = refused_by.iter().map(|name| name.as_str().unwrap().to_owned());
    (status, names.collect())
}

#[tokio::test]
async fn each_client_accepts_what_it_asks_for_and_nothing_else() {
    let served = served().await;
    let config = served.verifier("verifier.toml", "");
    for (shape, accepts, refuses) in [
        (Shape::LearCredential, "onboarding", "shop"),
        (Shape::EmployeeV3, "shop", "onboarding"),
    ] {
        let credential = served.world.good_credential(shape).unwrap();
        let by = |client| ["--config", &config, "--client", client];
        assert_eq!(
            refusals(&by(accepts), &credential).await,
            (0, vec![]),
            "{shape:?}"
        );
        assert_eq!(
            refusals(&by(refuses), &credential).await,
            (2, vec!["credential-type".to_owned()]),
            "{shape:?}"
        );
    }
}

#[tokio::test]
async fn a_presentation_is_as_old_as_that_verifier_takes_it() {
    let served = served().await;
    let credential = served.world.good_credential(Shape::LearCredential).unwrap();
    let signed_at = SystemClock.now() - SignedDuration::from_secs(120);
    let presentation = served
        .world
        .presentation(&credential, NONCE, DOME_DID, "urn:uuid:1", signed_at)
        .unwrap();
    for (lifetimes, expected) in [
        ("presentation_seconds = 300", (0, vec![])),
        ("presentation_seconds = 30", (2, vec!["freshness".to_owned()])),
    ] {
        let config = served.verifier("verifier.toml", lifetimes);
        let arguments = ["--config", &config, "--client", "onboarding", "--nonce", NONCE];
        assert_eq!(refusals(&arguments, &presentation).await, expected, "{lifetimes}");
    }
}

#[tokio::test]
async fn a_presentation_for_another_verifier_is_refused_without_being_told_the_audience() {
    let served = served().await;
    let config = served.verifier("verifier.toml", "");
    let credential = served.world.good_credential(Shape::LearCredential).unwrap();
    let presentation = served
        .world
        .presentation(
            &credential,
            NONCE,
            "did:elsi:VATES-87654321",
            "urn:uuid:1",
            SystemClock.now(),
        )
        .unwrap();
    let arguments = ["--config", &config, "--client", "onboarding", "--nonce", NONCE];
    assert_eq!(
        refusals(&arguments, &presentation).await,
        (2, vec!["audience".to_owned()])
    );
}

#[tokio::test]
async fn where_there_are_several_clients_one_is_named() {
    let served = served().await;
    let config = served.verifier("verifier.toml", "");
    for (arguments, said) in [
        (vec!["--config", &config], "several clients"),
        (
            vec!["--config", &config, "--client", "nobody"],
            "no client nobody",
        ),
        (
            vec!["--config", &config, "--client", "shop", "--scope", "openid"],
            "--scope",
        ),
        (
            vec![
                "--config",
                &config,
                "--client",
                "shop",
                "--type",
                "LEARCredential",
            ],
            "cannot be used with",
        ),
    ] {
        let (status, _, complaint) = verify(&arguments, "a.b.c").await;
        assert_eq!(status, 1, "{complaint}");
        assert!(complaint.contains(said), "{complaint}");
    }
}

#[tokio::test]
async fn the_lists_that_are_named_decide_over_http() {
    let served = served().await;
    let by_lists = served.by_lists();
    for shape in [Shape::LearCredential, Shape::EmployeeV2, Shape::EmployeeV3] {
        let credential = served.world.good_credential(shape).unwrap();
        assert_eq!(refusals(&by_lists, &credential).await, (0, vec![]), "{shape:?}");
    }
    let villains = served.world.villains().unwrap();
    let mut judged = 0;
    for villain in villains.iter().filter(|villain| villain.lists == Lists::Current) {
        assert_eq!(
            refusals(&by_lists, &villain.credential).await,
            (2, vec![villain.expected.to_string()]),
            "{}",
            villain.name
        );
        judged += 1;
    }
    assert_eq!(judged, 8);
}

#[tokio::test]
async fn lists_of_an_unpinned_signer_decide_nothing() {
    let served = served().await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let mut arguments = served.by_lists();
    let pin = arguments
        .iter()
        .position(|argument| *argument == served.signer)
        .unwrap();
    arguments[pin] = "00".repeat(32);
    let (status, report, complaint) = verify(&arguments, &credential).await;
    assert_eq!(status, 2);
    assert_eq!(report["refused_by"], serde_json::json!(["trusted-lists"]));
    assert!(complaint.contains("trusted lists:"), "{complaint}");
    arguments[pin] = "00".to_owned();
    let (status, _, complaint) = verify(&arguments, &credential).await;
    assert_eq!(status, 1);
    assert!(complaint.contains("not a SHA-256 digest"), "{complaint}");
}

#[tokio::test]
async fn a_private_address_is_asked_only_where_its_origin_is_named() {
    let served = served().await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let mut arguments = served.by_lists();
    let at = arguments
        .iter()
        .position(|argument| argument == "--development-origin")
        .unwrap();
    arguments.drain(at..at + 2);
    let refused = refusals(&arguments, &credential).await;
    assert_eq!(refused, (2, vec!["trusted-lists".to_owned()]));
}

#[tokio::test]
async fn a_list_of_lists_in_a_file_is_verified_and_leads_to_lists_over_http() {
    let served = served().await;
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let file = served.path("lotl.xml");
    let list = served.world.list(ListFile::Lotl).unwrap().to_vec();
    std::fs::write(&file, &list).unwrap();
    let mut arguments = served.by_lists();
    arguments.extend(["--lotl-file".to_owned(), file.clone()]);
    assert_eq!(refusals(&arguments, &credential).await, (0, vec![]));
    let changed = String::from_utf8(list).unwrap().replace("DE.xml", "FR.xml");
    std::fs::write(&file, changed).unwrap();
    let refused = refusals(&arguments, &credential).await;
    assert_eq!(refused, (2, vec!["trusted-lists".to_owned()]));
}

/// The lists, CRLs and registries of a world whose German list went back to an older one.
async fn rolled_back() -> Served {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut served = world_at(&listener);
    let ecosystem = Ecosystem::open(&served.folder.path().join("world"), Arc::new(SystemClock)).unwrap();
    let older = served.world.list(ListFile::GermanRolledBack).unwrap().to_vec();
    let router = axum::Router::new()
        .route("/tl/DE.xml", axum::routing::get(async move || older.clone()))
        .fallback_service(ecosystem.router());
    tokio::spawn(async move { axum::serve(listener, router).await });
    served.database = Some(served.path("verifier.db"));
    served
}

/// What a verifier of this world has accepted before the lists went back, a day ago.
async fn remember_current_lists(served: &Served) -> PathBuf {
    let file = PathBuf::from(served.database.clone().unwrap());
    let store = Store::connect(&format!("sqlite:{}", file.display()), Schema::Verifier)
        .await
        .unwrap();
    let fetched_at = SystemClock.now() - SignedDuration::from_hours(24);
    for (list, url) in [
        (ListFile::Lotl, served.world.origins().lotl()),
        (ListFile::German, format!("{}/tl/DE.xml", served.origin)),
    ] {
        let list = StoredList {
            url,
            bytes: served.world.list(list).unwrap().to_vec(),
            etag: None,
            fetched_at,
        };
        store
            .write(list, |tx, list| Box::pin(stored_lists::put(tx, list)))
            .await
            .unwrap();
    }
    store.close().await;
    file
}

#[tokio::test]
async fn a_list_that_was_rolled_back_is_noticed_by_what_the_verifier_remembers() {
    let served = rolled_back().await;
    let villains = served.world.villains().unwrap();
    let villain = villains
        .iter()
        .find(|villain| villain.lists == Lists::RolledBack)
        .unwrap();
    let config = served.verifier("verifier.toml", "");
    let arguments = ["--config", &config, "--client", "shop"];

    let (status, report, complaint) = verify(&arguments, &villain.credential).await;
    assert_eq!(
        status, 0,
        "who remembers nothing cannot know better: {report}{complaint}"
    );
    let note = report["notes"][0].as_str().unwrap();
    assert!(
        note.contains("the verifier remembers could not be read"),
        "{note}"
    );
    assert!(
        !Path::new(served.database.as_deref().unwrap()).exists(),
        "no database is made"
    );

    let database = remember_current_lists(&served).await;
    let before = std::fs::read(&database).unwrap();
    let (status, report, complaint) = verify(&arguments, &villain.credential).await;
    assert_eq!(status, 2, "{complaint}");
    assert_eq!(
        report["refused_by"],
        serde_json::json!([villain.expected.to_string()])
    );
    assert_eq!(report["notes"], serde_json::json!([]));
    assert_eq!(std::fs::read(&database).unwrap(), before, "nothing is written");
}

#[tokio::test]
async fn a_database_that_was_not_brought_up_to_date_is_not_migrated() {
    let served = rolled_back().await;
    let database = served.database.clone().unwrap();
    std::fs::write(&database, "").unwrap();
    let credential = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let config = served.verifier("verifier.toml", "");
    let arguments = ["--config", &config, "--client", "shop"];
    let (status, report, complaint) = verify(&arguments, &credential).await;
    assert_eq!(status, 0, "{complaint}");
    let note = report["notes"][0].as_str().unwrap();
    assert!(
        note.contains("the verifier remembers could not be read"),
        "{note}"
    );
    assert_eq!(std::fs::read(&database).unwrap(), b"");
}

/// The real list of lists, its signers pinned, in a file; no territory's list is fetched.
#[tokio::test]
async fn the_real_list_of_lists_is_taken_by_its_pinned_signers() {
    let Some(lists) =
        std::env::var_os("PROCURA_CORPUS").map(|corpus| Path::new(&corpus).join("trusted-lists"))
    else {
        println!("skipped: no corpus; PROCURA_CORPUS names its folder");
        return;
    };
    let expected: Value =
        serde_json::from_slice(&std::fs::read(lists.join("expected.json")).unwrap()).unwrap();
    let facts = &expected["files"]["EU.xml"];
    let issued: Timestamp = facts["content"]["issue_date"].as_str().unwrap().parse().unwrap();
    let at = (issued + SignedDuration::from_hours(24)).to_string();
    let file: PathBuf = lists.join("EU.xml");
    let plan = Plan {
        origins: Origins::loopback([1, 2, 3, 4, 5, 6]).unwrap(),
        now: issued,
    };
    let world = World::make(&plan, &mut SystemRng).unwrap();
    let stranger = world.good_credential(Shape::EmployeeV3).unwrap();
    let by = |signer: &str| {
        [
            "--lotl",
            "https://ec.europa.eu/tools/lotl/eu-lotl.xml",
            "--lotl-file",
            file.to_str().unwrap(),
            "--lotl-signer",
            signer,
            "--territory",
            "EU",
            "--at",
            &at,
        ]
        .map(str::to_owned)
    };
    let signer = facts["signature"]["signer"]["sha256"].as_str().unwrap();
    let refused = refusals(&by(signer), &stranger).await;
    assert_eq!(refused, (2, vec!["certificate-chain".to_owned()]));
    let refused = refusals(&by(&"00".repeat(32)), &stranger).await;
    assert_eq!(refused, (2, vec!["trusted-lists".to_owned()]));
}
