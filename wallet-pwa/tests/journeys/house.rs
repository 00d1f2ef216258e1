//! The demo world and its ecosystem, served once per process; wallets on databases of their own.
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use jiff::{SignedDuration, Timestamp};
use procura_credential::judge::Expectations;
use procura_crypto::digest::sha256;
use procura_keys::KekRing;
use procura_sandbox::{
    ecosystem::Ecosystem,
    world::{Lists, Origins, Plan, World as DemoWorld, folder},
};
use procura_service::underway::Underway;
use procura_service::{
    Clock, GuardedClient, SystemClock, SystemRng,
    gather::{GatherLimits, Gatherer, Registries},
    guarded::GuardedConfig,
};
use procura_store::{Schema, Store, wallet as repository};
use procura_trust_list::SnapshotHandle;
use procura_wallet::{Resources, Time, Vault, World, config::Lifetimes, invite, router};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    net::{TcpListener, TcpStream},
    sync::{Arc, LazyLock, Mutex},
};
use tower::ServiceExt as _;
use url::Url;

/// The demo world, its ecosystem on loopback.
pub(crate) struct House {
    pub(crate) world: DemoWorld,
    pub(crate) ecosystem: Url,
    _folder: tempfile::TempDir,
}

pub(crate) fn house() -> &'static House {
    static HOUSE: LazyLock<House> = LazyLock::new(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        // Nothing but the ecosystem is named by certificates and lists.
        let origins = Origins::loopback([port, 1, 2, 3, 4, 5]).unwrap();
        let ecosystem = origins.ecosystem.clone();
        let world = DemoWorld::make(
            &Plan {
                origins,
                now: SystemClock.now(),
            },
            &mut SystemRng,
        )
        .unwrap();
        let kept = tempfile::tempdir().unwrap();
        folder::save(&world, kept.path()).unwrap();
        let router = Ecosystem::open(kept.path(), Arc::new(SystemClock))
            .unwrap()
            .router();
        // A thread of its own: the runtimes of the tests come and go.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        House {
            world,
            ecosystem,
            _folder: kept,
        }
    });
    &HOUSE
}

/// Serves a peer until the test's runtime ends.
pub(crate) fn serve_at(listener: tokio::net::TcpListener, router: Router) -> Url {
    let origin = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    origin
}

/// A listener at an address that no configuration lists: it must never be spoken to.
pub(crate) struct Silent(TcpListener);
impl Silent {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }
    pub(crate) fn stayed_silent(&self) -> bool {
        let accepted: Result<(TcpStream, _), _> = self.0.accept();
        accepted.is_err()
    }
}

/// The machine's clock, moved on by hand.
#[derive(Default)]
pub(crate) struct Hands(Mutex<SignedDuration>);
impl Hands {
    pub(crate) fn move_on(&self, more: SignedDuration) {
        let mut offset = self.0.lock().unwrap();
        *offset = offset.checked_add(more).unwrap();
    }
}
impl Clock for Hands {
    fn now(&self) -> Timestamp {
        SystemClock.now().checked_add(*self.0.lock().unwrap()).unwrap()
    }
}

/// A wallet with one user.
#[derive(Clone)]
pub(crate) struct Wallet {
    router: Router,
    store: Store,
    url: String,
    pub(crate) hands: Arc<Hands>,
    pub(crate) folder: Arc<tempfile::TempDir>,
    settings: Settings,
    session: String,
    pub(crate) underway: Underway,
}
#[derive(Clone)]
struct Settings {
    origins: BTreeSet<String>,
    participants: Url,
    policies: BTreeSet<String>,
}

impl Wallet {
    /// May speak to the ecosystem and to these peers.
    pub(crate) async fn new(peers: &[&Url]) -> Self {
        Self::with_registry(peers, &house().ecosystem).await
    }
    /// Lets this certificate policy make a natural person a representative.
    pub(crate) async fn with_policy(peers: &[&Url], policy: &str) -> Self {
        let mut wallet = Self::new(peers).await;
        wallet.settings.policies.insert(policy.to_owned());
        wallet.router = routes(&wallet.store, &wallet.hands, &wallet.settings, &wallet.underway);
        wallet
    }
    /// The same wallet, which may speak to one more peer.
    pub(crate) fn knowing(&self, peer: &Url) -> Self {
        let mut wallet = self.clone();
        wallet
            .settings
            .origins
            .insert(peer.origin().ascii_serialization());
        wallet.router = routes(&wallet.store, &wallet.hands, &wallet.settings, &wallet.underway);
        wallet
    }
    /// The same wallet while the ecosystem is out of its reach.
    pub(crate) fn cut_off(&self) -> Self {
        let mut wallet = self.clone();
        let ecosystem = house().ecosystem.origin().ascii_serialization();
        assert!(wallet.settings.origins.remove(&ecosystem));
        wallet.router = routes(&wallet.store, &wallet.hands, &wallet.settings, &wallet.underway);
        wallet
    }
    /// With another registry of participants.
    pub(crate) async fn with_registry(peers: &[&Url], participants: &Url) -> Self {
        let origin = |url: &Url| url.origin().ascii_serialization();
        let mut origins: BTreeSet<String> = peers.iter().map(|url| origin(url)).collect();
        origins.extend([origin(&house().ecosystem), origin(participants)]);
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let url = format!("sqlite:{}", folder.path().join("wallet.db").display());
        let store = Store::connect(&url, Schema::Wallet).await.unwrap();
        let hands = Arc::new(Hands(Mutex::new(SignedDuration::ZERO)));
        let settings = Settings {
            origins,
            participants: participants.clone(),
            policies: BTreeSet::new(),
        };
        let underway = Underway::default();
        let router = routes(&store, &hands, &settings, &underway);
        let mut wallet = Self {
            router,
            store,
            url,
            hands,
            folder,
            settings,
            session: String::new(),
            underway,
        };
        wallet.session = wallet.sign_up().await;
        wallet
    }
    /// The same wallet after its process was killed: nothing is left but the database.
    pub(crate) async fn killed_and_restarted(self) -> Self {
        self.store.close().await;
        let store = Store::connect(&self.url, Schema::Wallet).await.unwrap();
        let underway = Underway::default();
        let router = routes(&store, &self.hands, &self.settings, &underway);
        Self {
            router,
            store,
            underway,
            ..self
        }
    }
    /// The same wallet as a second process has it, or as the next one has it after this one's was killed.
    pub(crate) async fn replica(&self) -> Self {
        let store = Store::connect(&self.url, Schema::Wallet).await.unwrap();
        let underway = Underway::default();
        Self {
            router: routes(&store, &self.hands, &self.settings, &underway),
            store,
            underway,
            ..self.clone()
        }
    }
    /// The session's token.
    pub(crate) fn session(&self) -> &str {
        &self.session
    }
    pub(crate) fn commits(&self) -> u64 {
        self.store.commits()
    }
    /// A credential beside the others that nobody can open any more.
    pub(crate) async fn damaged_credential(&self) {
        let session = sha256(self.session.as_bytes());
        self.store
            .write((session, self.hands.now()), |tx, (session, now)| {
                Box::pin(async move {
                    let account = repository::account_of(tx, session, *now).await?.unwrap();
                    let damaged = repository::StoredCredential {
                        id: "damaged".to_owned(),
                        sealed: vec![0; 64],
                        sealed_key: vec![0; 64],
                        received_at: *now,
                    };
                    repository::add_credential(tx, &account, &damaged).await
                })
            })
            .await
            .unwrap();
    }
    /// What a receipt holds at rest, opened.
    pub(crate) async fn opened_receipt(&self, id: &str) -> Value {
        let session = sha256(self.session.as_bytes());
        let (account, receipt) = self
            .store
            .read(
                (session, id.to_owned(), self.hands.now()),
                |tx, (session, id, now)| {
                    Box::pin(async move {
                        let account = repository::account_of(tx, session, *now).await?.unwrap();
                        let receipt = repository::receipt(tx, id, &account).await?.unwrap();
                        Ok((account, receipt))
                    })
                },
            )
            .await
            .unwrap();
        vault()
            .open(&format!("wallet/receipt/{account}/{id}"), &receipt.sealed)
            .unwrap()
    }
    /// Another user's session.
    pub(crate) async fn sign_up(&self) -> String {
        let invitation = invite(&self.store, &Lifetimes::default(), self.hands.now())
            .await
            .unwrap();
        let (status, body) = self
            .send(
                Method::POST,
                "/api/v1/accounts",
                "",
                Some(json!({ "invitation": invitation })),
            )
            .await;
        assert_eq!(status, StatusCode::CREATED);
        body["session_token"].as_str().unwrap().to_owned()
    }
    pub(crate) fn wait(&self, more: SignedDuration) {
        self.hands.move_on(more);
    }
    pub(crate) async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        self.send(Method::POST, path, &self.session, Some(body)).await
    }
    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, &self.session, None).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        session: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        call(&self.router, method, path, session, body).await
    }
    /// Nothing is held.
    pub(crate) async fn holds_nothing(&self) -> bool {
        self.get("/api/v1/credentials").await == json!([])
    }
}

/// One call of a person's.
pub(crate) async fn call(
    router: &Router,
    method: Method,
    path: &str,
    session: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {session}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.map(|body| body.to_string()).unwrap_or_default()))
        .unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn vault() -> Vault {
    Vault(Arc::new(KekRing::single("test", [7; 32]).unwrap()))
}

fn routes(store: &Store, hands: &Arc<Hands>, settings: &Settings, underway: &Underway) -> Router {
    let client = GuardedClient::new(GuardedConfig {
        development_origins: settings.origins.clone(),
        extra_roots_pem: Vec::new(),
    })
    .unwrap();
    let trust = SnapshotHandle::default();
    trust.store(house().world.trust(Lists::Current, SystemClock.now()).unwrap());
    let registries = Registries {
        participants: vec![settings.participants.clone()],
        issuers: Vec::new(),
    };
    let gatherer = Gatherer::new(
        client.clone(),
        trust,
        registries,
        GatherLimits::default(),
        hands.clone(),
    );
    router(Resources {
        time: Time(hands.clone()),
        store: store.clone(),
        vault: vault(),
        world: World {
            client,
            gatherer,
            expectations: Expectations {
                registries: false,
                representative_policies: settings.policies.clone(),
                ..Expectations::strict([])
            },
            credential_schemas: house().ecosystem.join("schemas").unwrap(),
            development_origins: Arc::new(settings.origins.clone()),
        },
        lifetimes: Lifetimes::default(),
        underway: underway.clone(),
    })
}
