//! A verifier with everything real around it: the demo world served over HTTP, SQLite, and a relying party that listens.
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::post,
};
use jiff::{SignedDuration, Timestamp};
use procura_credential::lear::Shape;
use procura_keys::KekRing;
use procura_protocol::vp::{
    AuthorizationResponse, PresentationSubmission, RequestObject, check_request_object, scope,
};
use procura_sandbox::{
    ecosystem::Ecosystem,
    world::{DOME_DID, Origins, Party, Plan, World, folder},
};
use procura_service::{Clock, Listener, Shutdown, SystemRng, config::Listen, serve, server::Trigger};
use procura_verifier::{Config, Verifier};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    net::SocketAddr,
    path::Path,
    sync::{Arc, LazyLock, Mutex, mpsc},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{
    sync::{Notify, RwLock, RwLockReadGuard, RwLockWriteGuard, watch},
    task::JoinHandle,
};
use tower::ServiceExt as _;

pub(crate) const EMPLOYEE: &str = scope::LEAR_CREDENTIAL_EMPLOYEE;
pub(crate) const LEAR: &str = scope::LEAR_CREDENTIAL;
pub(crate) const SECRET: &str = "notify-secret-of-the-portal";
pub(crate) const RESOURCE: &str = "https://portal.example/";

/// When the world was made; tests begin an hour later.
pub(crate) fn made_at() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// xorshift64*: repeats itself in every run.
struct Seeded(u64);

impl procura_crypto::Rng for Seeded {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            *byte = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d).to_be_bytes()[0];
        }
    }
}

/// A clock that a test moves.
pub(crate) struct TestClock(Mutex<Timestamp>);

impl TestClock {
    fn new(at: Timestamp) -> Arc<Self> {
        Arc::new(Self(Mutex::new(at)))
    }

    pub(crate) fn advance(&self, seconds: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_secs(seconds);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// What is served in place of what the ecosystem would say, by path.
type Overrides = Arc<Mutex<BTreeMap<String, Override>>>;

#[derive(Clone)]
pub(crate) enum Override {
    /// 503.
    Down,
    /// These bytes.
    Bytes(Vec<u8>),
    /// What would be said anyway, but only once the gate is opened.
    Held(Gate),
}

/// Holds answers up.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Notify, watch::Sender<bool>)>);

impl Gate {
    async fn pass(&self) {
        self.0.0.notify_one();
        self.0.1.subscribe().wait_for(|open| *open).await.unwrap();
    }

    /// Waits until somebody stands before it.
    pub(crate) async fn reached(&self) {
        self.0.0.notified().await;
    }

    pub(crate) fn open(&self) {
        self.0.1.send_replace(true);
    }
}

/// The demo world, served on 127.0.0.1 by a thread of its own for the whole test process.
pub(crate) struct Served {
    pub(crate) world: World,
    overrides: Overrides,
    _folder: TempDir,
}

impl Served {
    pub(crate) fn say(&self, url: &str, what: Override) {
        let path = url::Url::parse(url).unwrap().path().to_owned();
        self.overrides.lock().unwrap().insert(path, what);
    }

    pub(crate) fn forget(&self, url: &str) {
        let path = url::Url::parse(url).unwrap().path().to_owned();
        self.overrides.lock().unwrap().remove(&path);
    }
}

static SERVED: LazyLock<RwLock<Served>> = LazyLock::new(|| {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listen = Listen {
                address: "127.0.0.1:0".parse().unwrap(),
                tls: None,
            };
            let listener = Listener::bind(&listen).await.unwrap();
            let port = listener.address().port();
            let origins = Origins::loopback([port, 1, 2, 3, 4, 5]).unwrap();
            let world = World::make(
                &Plan {
                    origins,
                    now: made_at(),
                },
                &mut Seeded(7),
            )
            .unwrap();
            let place = tempfile::tempdir().unwrap();
            folder::save(&world, place.path()).unwrap();
            let clock = TestClock::new(made_at() + SignedDuration::from_hours(1));
            let overrides = Overrides::default();
            let router = Ecosystem::open(place.path(), clock)
                .unwrap()
                .router()
                .layer(from_fn_with_state(overrides.clone(), overridden));
            sender
                .send(Served {
                    world,
                    overrides,
                    _folder: place,
                })
                .unwrap();
            let (_trigger, shutdown) = Shutdown::new();
            serve(vec![(listener, router)], shutdown, Duration::ZERO).await;
        });
    });
    RwLock::new(receiver.recv().unwrap())
});

async fn overridden(State(overrides): State<Overrides>, request: Request, next: Next) -> Response {
    let said = overrides.lock().unwrap().get(request.uri().path()).cloned();
    match said {
        None => next.run(request).await,
        Some(Override::Held(gate)) => {
            gate.pass().await;
            next.run(request).await
        }
        Some(Override::Down) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(Override::Bytes(bytes)) if bytes.starts_with(b"{") => {
            ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
        }
        Some(Override::Bytes(bytes)) => bytes.into_response(),
    }
}

/// The world as it is.
pub(crate) async fn world() -> RwLockReadGuard<'static, Served> {
    SERVED.read().await
}

/// The world in the hands of one test, as it was when the test is over.
pub(crate) struct Changed(RwLockWriteGuard<'static, Served>);

impl std::ops::Deref for Changed {
    type Target = Served;
    fn deref(&self) -> &Served {
        &self.0
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        self.0.overrides.lock().unwrap().clear();
    }
}

/// The world for a test that changes what it says; the others wait.
pub(crate) async fn world_to_change() -> Changed {
    Changed(SERVED.write().await)
}

/// What the relying party heard.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) authorization: String,
    pub(crate) form: BTreeMap<String, String>,
}

/// A relying party that listens, and fails as often and as it is told to.
#[derive(Clone)]
pub(crate) struct Portal {
    pub(crate) heard: Arc<Mutex<Vec<Heard>>>,
    pub(crate) failures: Arc<Mutex<u32>>,
    pub(crate) failing_with: Arc<Mutex<StatusCode>>,
    /// Answers nothing before this is opened.
    pub(crate) held: Arc<Mutex<Option<Gate>>>,
}

impl Default for Portal {
    fn default() -> Self {
        Self {
            heard: Arc::default(),
            failures: Arc::default(),
            failing_with: Arc::new(Mutex::new(StatusCode::SERVICE_UNAVAILABLE)),
            held: Arc::default(),
        }
    }
}

async fn notify(State(portal): State<Portal>, headers: HeaderMap, body: String) -> StatusCode {
    let held = portal.held.lock().unwrap().clone();
    if let Some(gate) = held {
        gate.pass().await;
    }
    {
        let mut failures = portal.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            return *portal.failing_with.lock().unwrap();
        }
    }
    let authorization = headers[header::AUTHORIZATION].to_str().unwrap().to_owned();
    let form = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    portal.heard.lock().unwrap().push(Heard { authorization, form });
    StatusCode::NO_CONTENT
}

async fn portal() -> (Portal, String) {
    let portal = Portal::default();
    let listener = Listener::bind(&Listen {
        address: "127.0.0.1:0".parse().unwrap(),
        tls: None,
    })
    .await
    .unwrap();
    let origin = listener.origin();
    let router = Router::new()
        .route("/notify", post(notify))
        .with_state(portal.clone());
    tokio::spawn(async move {
        let (_trigger, shutdown) = Shutdown::new();
        serve(vec![(listener, router)], shutdown, Duration::ZERO).await;
    });
    (portal, origin)
}

/// An answer of the verifier.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Names of the checks that refused.
    pub(crate) fn checks(&self) -> Vec<String> {
        let body = self.json();
        let checks = body["checks"].as_array().cloned().unwrap_or_default();
        checks
            .iter()
            .map(|check| check["name"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// A login that waits for an answer.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) object: RequestObject,
}

/// A verifier under test.
pub(crate) struct Stage {
    pub(crate) verifier: Verifier,
    pub(crate) router: Router,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) portal: Portal,
    pub(crate) config: Config,
    folder: TempDir,
}

/// A verifier that serves.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) trigger: Trigger,
    pub(crate) serving: JoinHandle<()>,
    portal: Portal,
    clock: Arc<TestClock>,
    config: Config,
    folder: TempDir,
}

impl Running {
    /// Waits until the service has ended, as it was told to, and starts it again on the same files.
    pub(crate) async fn restarted(self) -> Stage {
        self.serving.await.unwrap();
        Stage::started(self.config, self.clock, self.portal, self.folder).await
    }
}

fn write_file(folder: &Path, name: &str, text: &str) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path.display().to_string()
}

/// The configuration file of a verifier of DOME onboarding in this world.
pub(crate) fn config(served: &Served, folder: &Path, portal_origin: &str) -> Config {
    let seal = served.world.party(Party::DomeSeal).unwrap();
    let key_file = write_file(folder, "seal.key", seal.key_pem());
    let mut pem = String::new();
    for der in seal.chain() {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let body = STANDARD.encode(der);
        writeln!(
            pem,
            "-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"
        )
        .unwrap();
    }
    let chain_file = write_file(folder, "seal.pem", &pem);
    let secret_file = write_file(folder, "portal.secret", SECRET);
    let kek = folder.join("kek");
    KekRing::create(&kek, "k1", &mut SystemRng).unwrap();
    let origins = served.world.origins();
    let ecosystem = origins.ecosystem.as_str();
    let mut lotl_signer = String::new();
    for byte in served.world.lotl_signer().unwrap() {
        write!(lotl_signer, "{byte:02x}").unwrap();
    }
    let text = format!(
        r#"
public_url = "https://verifier.example"
key_encryption_key_file = "{kek}"
representative_policies = ["{policy}"]
[listen]
address = "127.0.0.1:0"
[database]
url = "sqlite:{database}"
[seal]
key_file = "{key_file}"
chain_file = "{chain_file}"
[[clients]]
client_id = "portal"
name = "DOME Marketplace"
resource = "{RESOURCE}"
scopes = ["{EMPLOYEE}", "{LEAR}"]
notify_url = "{portal_origin}/notify"
return_url = "{portal_origin}/"
secret_file = "{secret_file}"
[trust]
lotl_url = "{lotl}"
lotl_signers = ["{lotl_signer}"]
[registries]
participants = ["{ecosystem}"]
issuers = ["{ecosystem}"]
[limits]
requests_per_minute = 0
[development]
origins = ["{ecosystem_origin}", "{portal_origin}"]
"#,
        kek = kek.display(),
        policy = procura_sandbox::world::REPRESENTATIVE_POLICY,
        database = folder.join("verifier.db").display(),
        lotl = origins.lotl(),
        ecosystem_origin = origins.ecosystem.origin().ascii_serialization(),
    );
    procura_service::config::parse("verifier.toml", &text, "PROCURA_VERIFIER_", std::iter::empty()).unwrap()
}

impl Stage {
    pub(crate) async fn new(served: &Served) -> Self {
        Self::with(served, |_| {}).await
    }

    pub(crate) async fn with(served: &Served, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (portal, origin) = portal().await;
        let mut config = config(served, folder.path(), &origin);
        change(&mut config);
        let clock = TestClock::new(made_at() + SignedDuration::from_hours(1));
        Self::started(config, clock, portal, folder).await
    }

    /// The process dies and starts again on the same files.
    pub(crate) async fn killed_and_restarted(self) -> Self {
        let Self {
            verifier,
            router,
            clock,
            portal,
            config,
            folder,
        } = self;
        verifier.resources().store.close().await;
        drop((verifier, router));
        Self::started(config, clock, portal, folder).await
    }

    async fn started(config: Config, clock: Arc<TestClock>, portal: Portal, folder: TempDir) -> Self {
        let mut verifier = Verifier::open(config.clone(), clock.clone()).await.unwrap();
        verifier.refresh_lists().await.unwrap();
        let router = verifier.router();
        Self {
            verifier,
            router,
            clock,
            portal,
            config,
            folder,
        }
    }

    /// The whole service, workers included, on a port of its own.
    pub(crate) async fn running(self) -> Running {
        let Self {
            verifier,
            clock,
            portal,
            config,
            folder,
            ..
        } = self;
        let listener = Listener::bind(&config.listen).await.unwrap();
        let address = listener.address();
        let (trigger, shutdown) = Shutdown::new();
        let serving = tokio::spawn(async move {
            let served = verifier.serve_on(listener, shutdown);
            Box::pin(served).await.unwrap();
        });
        Running {
            address,
            trigger,
            serving,
            portal,
            clock,
            config,
            folder,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn ask(&self, request: http::Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 4 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub(crate) async fn get(&self, path: &str, cookie: Option<&str>) -> Answer {
        let mut request = http::Request::builder().uri(path);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    /// A wallet's answer; where it is refused, nobody is going to be told of a token.
    pub(crate) async fn post(&self, media_type: &str, body: String) -> Answer {
        let waited = self.waiting().await;
        let answer = self.post_beside_others(media_type, body).await;
        if answer.status != StatusCode::OK && !waited {
            assert!(!self.waiting().await, "a token is minted, and: {}", answer.text);
        }
        answer
    }

    /// A wallet's answer, while others answer.
    pub(crate) async fn post_beside_others(&self, media_type: &str, body: String) -> Answer {
        let request = http::Request::builder()
            .method("POST")
            .uri("/api/authentication_response")
            .header(header::CONTENT_TYPE, media_type)
            .body(Body::from(body))
            .unwrap();
        self.ask(request).await
    }

    /// A browser begins a login; its cookie.
    pub(crate) async fn begin(&self, state: &str, scope: &str) -> String {
        let page = self
            .get(
                &format!("/login?client_id=portal&state={state}&scope={scope}"),
                None,
            )
            .await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let cookie = page.headers[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// A wallet fetches the request.
    pub(crate) async fn fetch(&self, state: &str) -> Login {
        let answer = self
            .get(&format!("/authorization-requests?state={state}"), None)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let payload = payload(&answer.text);
        let object = check_request_object(&payload, self.now()).unwrap();
        Login {
            state: object.request.state.clone(),
            nonce: object.request.nonce.clone(),
            object,
        }
    }

    /// Login page and request.
    pub(crate) async fn login(&self, scope: &str) -> Login {
        let state = procura_crypto::random::token(&mut SystemRng, 16);
        self.begin(&state, scope).await;
        self.fetch(&state).await
    }

    /// John Doe's presentation of a credential for a login.
    pub(crate) fn presentation(&self, served: &Served, login: &Login, credential: &str) -> String {
        served
            .world
            .presentation(credential, &login.nonce, DOME_DID, "urn:uuid:1", self.now())
            .unwrap()
    }

    /// Posts a `vp_token` as the DOME document does: a form without `state`.
    pub(crate) async fn answer(&self, vp_token: &str) -> Answer {
        self.post(
            "application/x-www-form-urlencoded",
            response(vp_token, None).to_form(),
        )
        .await
    }

    /// Presents a credential in a login of its own.
    pub(crate) async fn present(&self, served: &Served, scope: &str, credential: &str) -> Answer {
        let login = self.login(scope).await;
        self.answer(&self.presentation(served, &login, credential)).await
    }

    /// Messages in the outbox and not yet delivered.
    pub(crate) async fn waiting(&self) -> bool {
        let topic = procura_verifier::notification::TOPIC;
        self.verifier
            .resources()
            .store
            .read((), move |tx, ()| {
                Box::pin(procura_store::outbox::next_due(tx, topic))
            })
            .await
            .unwrap()
            .is_some()
    }
}

pub(crate) fn response(vp_token: &str, state: Option<&str>) -> AuthorizationResponse {
    AuthorizationResponse {
        vp_token: vp_token.to_owned(),
        presentation_submission: PresentationSubmission::of_one_credential(
            "submission",
            scope::CUSTOMER_DEFINITION,
        ),
        state: state.map(str::to_owned),
    }
}

/// The payload of a compact JWS.
pub(crate) fn payload(compact: &str) -> Vec<u8> {
    procura_jose::base64url::decode(compact.split('.').nth(1).unwrap()).unwrap()
}

/// A good credential of GoodAir, changed before it was sealed again.
pub(crate) fn changed(served: &Served, party: Party, change: impl FnOnce(&mut Value)) -> String {
    let good = served.world.good_credential(Shape::EmployeeV3).unwrap();
    let mut claims: Value = serde_json::from_slice(&payload(&good)).unwrap();
    change(&mut claims);
    served
        .world
        .seal(party, "vc+jwt", claims.to_string().as_bytes(), made_at())
        .unwrap()
}
