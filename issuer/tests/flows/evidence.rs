//! Evidence beside each credential: time-stamped by the sandbox's authority over sockets, and what becomes of it when the
//! authority, or the issuer, fails.
use crate::world::*;
use axum::{Router, body::Body, extract::State, response::Response, routing::post};
use http::Request;
use jiff::Timestamp;
use procura_ades::{
    Conclusion,
    validation::{Anchors, Policy},
};
use procura_issuer::{App, Config, TimeStamped, TimeStamping};
use procura_jades::{Level, Objects, Profile, Report, Validation, evidence};
use procura_jose::AlgorithmSet;
use procura_pki::{Anchor, Certificate, Crl, RevocationData};
use procura_sandbox::{
    time_stamping::{Behaviour, SerialNumbers, TimeStampingAuthority},
    world::{Ca, Origins, Party, Plan, World as Ecosystem},
};
use procura_service::{Shutdown, SystemRng};
use procura_store::{Schema, contract::on_each_database};
use procura_testkit::SeededRng;
use serde_json::Value;
use std::{
    fmt::Write as _,
    path::Path,
    pin::Pin,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tower::ServiceExt as _;

const LEASE: i64 = 90;

/// Made once: keys cost time. An hour before the tests' time.
static ECOSYSTEM: LazyLock<Ecosystem> = LazyLock::new(|| {
    let plan = Plan {
        origins: Origins::loopback([4810, 4811, 4812, 4813, 4814, 4815]).unwrap(),
        now: Timestamp::from_second(1_780_000_000 - 3_600).unwrap(),
    };
    Ecosystem::make(&plan, &mut SeededRng::new(7)).unwrap()
});

fn certificate(ca: Ca) -> Certificate {
    Certificate::from_der(ECOSYSTEM.authority(ca).unwrap()).unwrap()
}

type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The sandbox's authority on a socket.
#[derive(Clone)]
struct Tsa {
    sound: TimeStampingAuthority,
    behaviour: Arc<Mutex<Behaviour>>,
    asked: Arc<AtomicUsize>,
    /// What happens, once, after a token was signed and before it is sent.
    meanwhile: Arc<Mutex<Option<Meanwhile>>>,
    url: String,
}

impl Tsa {
    async fn start(clock: Arc<TestClock>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let serials = SerialNumbers::in_memory(&mut SystemRng);
        let tsa = Self {
            sound: TimeStampingAuthority::of(&ECOSYSTEM, serials, clock).unwrap(),
            behaviour: Arc::default(),
            asked: Arc::default(),
            meanwhile: Arc::default(),
            url: format!("http://{}/tsa", listener.local_addr().unwrap()),
        };
        let router = Router::new().route("/tsa", post(answer)).with_state(tsa.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        tsa
    }
    fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }
    fn meanwhile(&self, event: impl Future<Output = ()> + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some(Box::pin(event));
    }
    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn answer(State(tsa): State<Tsa>, request: Request<Body>) -> Response {
    tsa.asked.fetch_add(1, Ordering::SeqCst);
    let behaviour = *tsa.behaviour.lock().unwrap();
    let router = tsa.sound.behaving(behaviour).router("/tsa");
    let answered = router.oneshot(request).await.unwrap();
    let event = tsa.meanwhile.lock().unwrap().take();
    if let Some(event) = event {
        event.await;
    }
    answered
}

fn time_stamping(folder: &Path, tsa: &Tsa, anchor: Ca) -> TimeStamping {
    let anchors = folder.join("time-stamps.pem");
    std::fs::write(&anchors, pem(&[ECOSYSTEM.authority(anchor).unwrap()])).unwrap();
    let text = format!(
        "anchors_file = \"{}\"\ndeadline_seconds = 30\n[[authorities]]\nurl = \"{}\"\ntime_limit_seconds = 20\n",
        anchors.display(),
        tsa.url
    );
    toml::from_str(&text).unwrap()
}
fn pem(chain: &[&[u8]]) -> String {
    use base64::Engine as _;
    let mut text = String::new();
    for der in chain {
        let body = base64::engine::general_purpose::STANDARD.encode(der);
        writeln!(
            text,
            "-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"
        )
        .unwrap();
    }
    text
}
fn use_authority(config: &mut Config, folder: &Path, tsa: &Tsa, anchor: Ca) {
    config.time_stamping = Some(time_stamping(folder, tsa, anchor));
    let origin = tsa.url.strip_suffix("/tsa").unwrap().to_owned();
    config.development.origins.insert(origin);
}

/// GoodAir of the sandbox's world, with the authority that time-stamps.
async fn scene(database: Option<&str>) -> (World, Tsa) {
    let world = World::on(database, |config| {
        for (name, party) in [("seal", Party::GoodAirSeal), ("coo", Party::Coo)] {
            let holder = ECOSYSTEM.party(party).unwrap();
            let chain: Vec<&[u8]> = holder.chain().iter().map(Vec::as_slice).collect();
            let files = config.key_encryption_key_file.parent().unwrap();
            for (file, text) in [
                (files.join(format!("{name}.key.pem")), holder.key_pem().to_owned()),
                (files.join(format!("{name}.chain.pem")), pem(&chain)),
            ] {
                std::fs::remove_file(&file).unwrap();
                write_secret(&file, &text);
            }
        }
    })
    .await;
    with_authority(world).await
}
async fn with_authority(world: World) -> (World, Tsa) {
    let tsa = Tsa::start(world.clock.clone()).await;
    let mut config = world.config.clone();
    use_authority(&mut config, world.folder.path(), &tsa, Ca::TimeStamps);
    (world.reopened(config).await, tsa)
}
async fn replica(world: &World) -> App {
    App::open(&world.config, world.clock.clone()).await.unwrap()
}

/// Issues; id of the issuance, and the credential as it was delivered.
async fn issued(world: &World) -> (String, String) {
    let (redeemed, holder) = (world.redeemed().await, Holder::new());
    let asked = holder.request(&redeemed.c_nonce, world.now());
    let answer = world.credential(&redeemed.access_token, &asked).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let credential = answer.json()["credential"].as_str().unwrap().to_owned();
    (redeemed.id, credential)
}
async fn fetched(world: &World, id: &str) -> Answer {
    world
        .manage("GET", &format!("/api/v1/issuances/{id}/evidence"), None)
        .await
}
async fn refused(world: &World, id: &str) -> (u16, String) {
    fetched(world, id).await.problem()
}
async fn due(app: &App) -> Vec<TimeStamped> {
    app.time_stamp_due().await.unwrap()
}

/// Under `strict`, by the world's anchors and revocation lists.
fn validated(text: &str, now: Timestamp) -> Report {
    let anchors = Anchors {
        signatures: vec![Anchor(certificate(Ca::Seals))],
        time_stamps: vec![Anchor(certificate(Ca::TimeStamps))],
    };
    let lists: Vec<_> = Ca::ALL
        .into_iter()
        .map(|ca| RevocationData::Crl(Crl::from_der(ECOSYSTEM.crl(ca).unwrap()).unwrap()))
        .collect();
    Validation {
        rules: Profile::Strict.into(),
        now,
        algorithms: &AlgorithmSet::all(),
        policy: &Policy::default(),
        anchors: &anchors,
        certificates: &[],
        revocation: &lists,
        objects: &Objects::default(),
    }
    .of_bytes(text.as_bytes())
}

/// What is exported is the credential at B-T with one token, and holds.
async fn assert_time_stamped(world: &World, id: &str, credential: &str) -> String {
    let answer = fetched(world, id).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/jose+json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(evidence::compact(answer.text.as_bytes()).unwrap(), credential);
    let report = validated(&answer.text, world.now());
    assert_eq!(report.conclusion(), Conclusion::PASSED, "{report:#?}");
    let [signature] = report.signatures.as_slice() else {
        panic!("{report:#?}")
    };
    assert_eq!(
        (
            signature.level,
            signature.time_is_proven,
            signature.time_stamps.len()
        ),
        (Level::T, true, 1)
    );
    answer.text
}

#[tokio::test]
async fn a_credential_gets_evidence_with_a_time_stamp_that_holds_under_strict() {
    on_each_database(Schema::Issuer, async |database| {
        let (world, tsa) = scene(Some(&database.url)).await;
        let (id, credential) = issued(&world).await;
        assert_eq!(tsa.asked(), 0, "issuing waits for no authority");
        assert_eq!(refused(&world, &id).await, (409, "PRO-2013".into()));
        let before = world.app.store().commits();
        assert_eq!(due(&world.app).await, [TimeStamped::Kept]);
        assert_eq!(world.app.store().commits() - before, 2, "lease and evidence");
        let kept = assert_time_stamped(&world, &id, &credential).await;
        world.pass(1_000);
        world.app.erase_expired().await.unwrap();
        world
            .manage("POST", &format!("/api/v1/issuances/{id}/revoke"), None)
            .await;
        assert!(due(&world.app).await.is_empty());
        assert_eq!(
            fetched(&world, &id).await.text,
            kept,
            "it outlives token and revocation"
        );
        assert_eq!(tsa.asked(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_authority_that_is_down_delays_evidence_and_no_credential() {
    on_each_database(Schema::Issuer, async |database| {
        let (world, tsa) = scene(Some(&database.url)).await;
        tsa.behave(Behaviour::HttpError(http::StatusCode::SERVICE_UNAVAILABLE));
        let (id, credential) = issued(&world).await;
        assert_eq!(due(&world.app).await, [TimeStamped::PutOff]);
        assert!(due(&world.app).await.is_empty(), "not again at once");
        world.pass(5);
        assert_eq!(due(&world.app).await, [TimeStamped::PutOff]);
        world.pass(9);
        assert!(due(&world.app).await.is_empty(), "pauses grow");
        assert_eq!(refused(&world, &id).await, (409, "PRO-2013".into()));
        let alarm = || {
            let log = logged();
            let mut lines = log.lines();
            lines.any(|line| line.contains("PRO-2123") && line.contains(&id) && line.contains("status 503"))
        };
        assert!(!alarm());
        world.pass(3_600);
        assert_eq!(due(&world.app).await, [TimeStamped::PutOff]);
        assert!(alarm(), "{}", logged());

        tsa.behave(Behaviour::Sound);
        world.pass(20);
        let restarted = replica(&world).await;
        assert_eq!(due(&restarted).await, [TimeStamped::Kept]);
        assert_time_stamped(&world, &id, &credential).await;
        for personal in ["Doe", "johndoe", credential.split('.').nth(1).unwrap()] {
            assert!(!logged().contains(personal), "{personal}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_of_another_key_or_of_a_stranger_is_not_kept() {
    let (world, tsa) = scene(None).await;
    let (id, credential) = issued(&world).await;
    tsa.behave(Behaviour::OtherKey);
    assert_eq!(due(&world.app).await, [TimeStamped::PutOff]);
    assert_eq!(refused(&world, &id).await, (409, "PRO-2013".into()));

    // An anchor for seals does not serve for time-stamps.
    tsa.behave(Behaviour::Sound);
    let mut config = world.config.clone();
    use_authority(&mut config, world.folder.path(), &tsa, Ca::Seals);
    let stranger = App::open(&config, world.clock.clone()).await.unwrap();
    world.pass(5);
    assert_eq!(due(&stranger).await, [TimeStamped::PutOff]);
    assert!(
        logged().contains("the signer of the time-stamp is not trusted"),
        "{}",
        logged()
    );
    assert_eq!(refused(&world, &id).await, (409, "PRO-2013".into()));

    use_authority(&mut config, world.folder.path(), &tsa, Ca::TimeStamps);
    let mended = App::open(&config, world.clock.clone()).await.unwrap();
    world.pass(10);
    assert_eq!(due(&mended).await, [TimeStamped::Kept]);
    assert_time_stamped(&world, &id, &credential).await;
}

#[tokio::test]
async fn the_worker_hears_of_each_credential_and_finishes_what_it_began_when_it_is_told_to_end() {
    let (world, tsa) = scene(None).await;
    let (trigger, shutdown) = Shutdown::new();
    let worker = tokio::spawn(world.app.clone().time_stamp_until(shutdown));
    issued_and_asked(&world, &tsa).await;
    // The worker rests by now, or is about to.
    let (id, credential) = issued_and_asked(&world, &tsa).await;
    trigger.fire();
    worker.await.unwrap();
    assert_time_stamped(&world, &id, &credential).await;
    assert_eq!(tsa.asked(), 2);
}

/// Issues, and waits until the worker has asked for the time-stamp.
async fn issued_and_asked(world: &World, tsa: &Tsa) -> (String, String) {
    let (asked, is_asked) = tokio::sync::oneshot::channel();
    tsa.meanwhile(async move { asked.send(()).unwrap() });
    let issued = issued(world).await;
    is_asked.await.unwrap();
    issued
}

#[tokio::test]
async fn two_replicas_ask_for_one_token_each() {
    on_each_database(Schema::Issuer, async |database| {
        let (world, tsa) = scene(Some(&database.url)).await;
        let mut all = Vec::new();
        for _ in 0..10 {
            all.push(issued(&world).await);
        }
        let second = replica(&world).await;
        let (one, other) = tokio::join!(due(&world.app), due(&second));
        let attempts = [one, other].concat();
        assert_eq!(attempts, vec![TimeStamped::Kept; all.len()]);
        assert_eq!(tsa.asked(), all.len());
        for (id, credential) in &all {
            assert_time_stamped(&world, id, credential).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_process_that_dies_between_token_and_commit_loses_no_evidence() {
    on_each_database(Schema::Issuer, async |database| {
        let (world, tsa) = scene(Some(&database.url)).await;
        let (id, credential) = issued(&world).await;
        let dying = world.app.store().clone();
        tsa.meanwhile(async move { dying.close().await });
        world.app.time_stamp_due().await.unwrap_err();
        assert_eq!(tsa.asked(), 1);

        let config = world.config.clone();
        let world = world.reopened(config).await;
        assert!(due(&world.app).await.is_empty(), "the lease of the dead holds");
        assert_eq!(refused(&world, &id).await, (409, "PRO-2013".into()));
        world.pass(LEASE);
        assert_eq!(due(&world.app).await, [TimeStamped::Kept]);
        assert_eq!(tsa.asked(), 2);
        assert_time_stamped(&world, &id, &credential).await;
    })
    .await;
}

#[tokio::test]
async fn who_comes_after_the_lease_has_ended_changes_nothing() {
    on_each_database(Schema::Issuer, async |database| {
        let (world, tsa) = scene(Some(&database.url)).await;
        let (id, credential) = issued(&world).await;
        let (second, clock) = (replica(&world).await, world.clock.clone());
        let kept_by_second = Arc::new(Mutex::new(Vec::new()));
        let seen = kept_by_second.clone();
        tsa.meanwhile(async move {
            clock.pass(LEASE);
            *seen.lock().unwrap() = second.time_stamp_due().await.unwrap();
        });
        assert_eq!(due(&world.app).await, [TimeStamped::Overtaken]);
        assert_eq!(*kept_by_second.lock().unwrap(), [TimeStamped::Kept]);
        assert_time_stamped(&world, &id, &credential).await;
    })
    .await;
}

#[tokio::test]
async fn a_seal_whose_certificate_has_ended_is_time_stamped_no_more() {
    let world = World::new().await;
    certify_until(world.folder.path(), "seal", SEAL, (2026, 6, 1));
    let (world, tsa) = with_authority(world).await;
    let (id, credential) = issued(&world).await;
    world.pass(5 * 86_400);
    assert_eq!(due(&world.app).await, [TimeStamped::GivenUp]);
    world.pass(86_400);
    assert!(due(&world.app).await.is_empty());
    assert_eq!(tsa.asked(), 1);
    let log = logged();
    assert!(log.contains("PRO-2122") && log.contains(&id), "{log}");
    assert_bare(&fetched(&world, &id).await, &credential);
}

#[tokio::test]
async fn without_an_authority_evidence_has_no_time_stamp_until_there_is_one() {
    let world = World::new().await;
    let (id, credential) = issued(&world).await;
    assert!(due(&world.app).await.is_empty());
    assert_bare(&fetched(&world, &id).await, &credential);

    let (world, _tsa) = with_authority(world).await;
    assert_eq!(due(&world.app).await, [TimeStamped::Kept]);
    let answer = fetched(&world, &id).await;
    assert_eq!(evidence::compact(answer.text.as_bytes()).unwrap(), credential);
    assert!(answer.json()["header"]["etsiU"].is_array(), "{}", answer.text);
}

fn assert_bare(answer: &Answer, credential: &str) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(evidence::compact(answer.text.as_bytes()).unwrap(), credential);
    assert_eq!(answer.json().get("header"), None::<&Value>);
}

#[tokio::test]
async fn there_is_evidence_of_what_was_issued_only_and_for_as_long_as_is_configured() {
    let (world, _tsa) = scene(None).await;
    let mut config = world.config.clone();
    config.evidence.keep_days = 30;
    let world = world.reopened(config).await;
    assert_eq!(refused(&world, "none").await, (404, "PRO-2011".into()));
    let offered = world.offer().await;
    assert_eq!(refused(&world, &offered.id).await, (404, "PRO-2012".into()));

    let (id, credential) = issued(&world).await;
    due(&world.app).await;
    world.pass(30 * 86_400 - 1);
    world.app.erase_expired().await.unwrap();
    let text = fetched(&world, &id).await.text;
    assert_eq!(evidence::compact(text.as_bytes()).unwrap(), credential);
    world.pass(1);
    assert_eq!(world.app.erase_expired().await.unwrap(), 1);
    assert_eq!(refused(&world, &id).await, (404, "PRO-2012".into()));
    assert_eq!(world.state(&id).await, "issued");
}

#[tokio::test]
async fn evidence_is_kept_for_ten_years_unless_somebody_says_otherwise() {
    let (world, _tsa) = scene(None).await;
    let (id, _) = issued(&world).await;
    due(&world.app).await;
    world.pass(3_650 * 86_400 - 1);
    world.app.erase_expired().await.unwrap();
    assert_eq!(fetched(&world, &id).await.status, 200);
    world.pass(1);
    world.app.erase_expired().await.unwrap();
    assert_eq!(refused(&world, &id).await, (404, "PRO-2012".into()));
}

#[tokio::test]
async fn what_cannot_be_opened_keeps_nothing_else_from_its_time_stamp() {
    let (world, tsa) = scene(None).await;
    for _ in 0..9 {
        issued(&world).await;
    }
    // More than a batch of them is sealed by a key that is gone.
    write_secret(
        &world.config.key_encryption_key_file,
        &format!("k2:{}\n", procura_jose::base64url::encode(&[8; 32])),
    );
    let config = world.config.clone();
    let world = world.reopened(config).await;
    world.pass(1);
    let (id, credential) = issued(&world).await;
    let attempts = due(&world.app).await;
    let count = |what: TimeStamped| attempts.iter().filter(|one| **one == what).count();
    assert_eq!(
        (count(TimeStamped::Unopened), count(TimeStamped::Kept)),
        (9, 1),
        "{attempts:?}"
    );
    assert_time_stamped(&world, &id, &credential).await;
    assert_eq!(tsa.asked(), 1);
    assert!(due(&world.app).await.is_empty(), "they rest");
    world.pass(3_600);
    assert_eq!(due(&world.app).await, [TimeStamped::Unopened; 9]);
}

#[tokio::test]
async fn nothing_of_evidence_is_readable_at_rest() {
    let (world, _tsa) = scene(None).await;
    let (waiting, _) = issued(&world).await;
    due(&world.app).await;
    let (late, credential) = issued(&world).await;
    let text = fetched(&world, &waiting).await.text;
    let evidence: Value = serde_json::from_str(&text).unwrap();
    let mut secrets: Vec<String> = credential.split('.').map(str::to_owned).collect();
    for member in ["payload", "signature"] {
        secrets.push(evidence[member].as_str().unwrap().to_owned());
    }
    secrets.push(evidence["header"]["etsiU"][0].as_str().unwrap().to_owned());
    let mut is_found = false;
    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        let file = file.unwrap();
        if !file.file_name().into_string().unwrap().starts_with("issuer.db") {
            continue;
        }
        let bytes = std::fs::read(file.path()).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        for secret in &secrets {
            assert!(!holds(secret), "{secret} is readable");
        }
        is_found |= holds(&late);
    }
    assert!(is_found, "the control: what is no secret is found");
}

#[tokio::test]
async fn settings_of_time_stamping_are_checked() {
    type Change = Box<dyn Fn(&mut TimeStamping)>;
    let (world, tsa) = scene(None).await;
    let refused = async |change: &dyn Fn(&mut TimeStamping)| {
        let mut config = world.config.clone();
        change(config.time_stamping.as_mut().unwrap());
        App::open(&config, world.clock.clone())
            .await
            .unwrap_err()
            .to_string()
    };
    let empty = world.folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let changes: [(Change, &str); 8] = [
        (
            Box::new(|settings| settings.authorities.clear()),
            "time_stamping.authorities",
        ),
        (
            Box::new(|settings| settings.authorities[0].url = "http://127.0.0.1:1/".parse().unwrap()),
            "time_stamping.authorities[0].url",
        ),
        (
            Box::new(|settings| settings.authorities[0].time_limit = std::time::Duration::from_secs(21)),
            "time_stamping.authorities[0].time_limit_seconds",
        ),
        (
            Box::new(|settings| settings.deadline_seconds = 121),
            "time_stamping.deadline_seconds",
        ),
        (
            Box::new(|settings| settings.tolerance_seconds = 0),
            "time_stamping.tolerance_seconds",
        ),
        (
            Box::new(|settings| settings.overdue_seconds = 59),
            "time_stamping.overdue_seconds",
        ),
        (
            Box::new(|settings| settings.anchors_file = "/nowhere.pem".into()),
            "time_stamping.anchors_file",
        ),
        (
            Box::new(move |settings| settings.anchors_file.clone_from(&empty)),
            "time_stamping.anchors_file",
        ),
    ];
    for (change, key) in changes {
        let error = refused(change.as_ref()).await;
        assert!(error.contains(key), "{key}: {error}");
    }
    let mut config = world.config.clone();
    config.evidence.keep_days = 0;
    let error = config.check().unwrap_err();
    assert_eq!(error.key(), Some("evidence.keep_days"));
    assert_eq!(tsa.asked(), 0, "nobody is asked at the start");
}
