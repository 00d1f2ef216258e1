//! The lists of the demo world, fetched over HTTP, kept over restarts.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
use axum::{Router, extract::Path, http::StatusCode, routing::get};
use jiff::Timestamp;
use procura_credential::{Facts, Fetched, Need};
use procura_sandbox::world::{Ca, ListFile, Origins, Plan, World};
use procura_service::{
    Clock, GuardedClient, Shutdown,
    gather::{GatherLimits, Gatherer, Registries},
    guarded::GuardedConfig,
    trust::{TrustListSync, prove},
};
use procura_store::{Schema, Store};
use procura_testkit::{FixedClock, SeededRng};
use std::sync::{
    Arc, LazyLock, Mutex,
    atomic::{AtomicUsize, Ordering},
};

const DAY: i64 = 24 * 3600;

fn made_at() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// The world and the port that its addresses name, made once: keys cost time.
static WORLD: LazyLock<(World, std::net::TcpListener)> = LazyLock::new(|| {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    // Only the first is ever connected to.
    let origins = Origins::loopback([port, 1, 2, 3, 4, 5]).unwrap();
    (
        World::make(
            &Plan {
                origins,
                now: made_at(),
            },
            &mut SeededRng::new(7),
        )
        .unwrap(),
        listener,
    )
});

/// One test at a time owns the port.
static PORT: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

struct Ecosystem {
    german: Arc<Mutex<Option<ListFile>>>,
    asked: Arc<AtomicUsize>,
    clock: FixedClock,
    folder: tempfile::TempDir,
    server: tokio::task::JoinHandle<()>,
    _port: tokio::sync::MutexGuard<'static, ()>,
}

impl Drop for Ecosystem {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Ecosystem {
    async fn start() -> Self {
        let port = PORT.lock().await;
        let (world, listener) = &*WORLD;
        let german = Arc::new(Mutex::new(Some(ListFile::German)));
        let current = german.clone();
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let router = Router::new()
            .route("/lotl.xml", get(|| async { world.list(ListFile::Lotl).unwrap() }))
            .route(
                "/tl/DE.xml",
                get(move || {
                    let list = *current.lock().unwrap();
                    async move {
                        list.map(|list| world.list(list).unwrap())
                            .ok_or(StatusCode::SERVICE_UNAVAILABLE)
                    }
                }),
            )
            .route(
                "/crl/{name}",
                get(move |Path(name): Path<String>| async move {
                    counted.fetch_add(1, Ordering::SeqCst);
                    let ca = Ca::from_stem(name.trim_end_matches(".crl")).unwrap();
                    world.crl(ca).unwrap()
                }),
            );
        let listener = tokio::net::TcpListener::from_std(listener.try_clone().unwrap()).unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            german,
            asked,
            clock: FixedClock::at(made_at()),
            folder: tempfile::tempdir().unwrap(),
            server,
            _port: port,
        }
    }

    fn serve(&self, german: Option<ListFile>) {
        *self.german.lock().unwrap() = german;
    }

    async fn store(&self) -> Store {
        let path = self.folder.path().join("verifier.db");
        Store::connect(&format!("sqlite:{}", path.display()), Schema::Verifier)
            .await
            .unwrap()
    }

    fn client() -> GuardedClient {
        let origin = WORLD.0.origins().ecosystem.origin().ascii_serialization();
        GuardedClient::new(GuardedConfig {
            development_origins: [origin].into(),
            extra_roots_pem: vec![],
        })
        .unwrap()
    }

    async fn sync(&self, client: GuardedClient, store: Option<Store>) -> TrustListSync {
        let config = WORLD.0.trust_config().unwrap();
        TrustListSync::load(config, client, store, Arc::new(self.clock.clone()))
            .await
            .unwrap()
    }
}

fn territories(sync: &TrustListSync) -> Vec<String> {
    sync.snapshot()
        .load()
        .lists()
        .into_iter()
        .map(|list| list.territory)
        .collect()
}

fn german_sequence(sync: &TrustListSync) -> Option<u64> {
    sync.snapshot()
        .load()
        .lists()
        .into_iter()
        .find(|list| list.territory == "DE")
        .map(|list| list.sequence)
}

#[tokio::test]
async fn lists_are_fetched_verified_and_stored_and_survive_a_restart_without_network() {
    let world = Ecosystem::start().await;
    let store = world.store().await;
    let mut sync = world.sync(Ecosystem::client(), Some(store.clone())).await;
    assert!(prove(&sync.snapshot(), world.clock.now()).is_err());
    let next = sync.refresh().await.unwrap();
    assert!(next > world.clock.now());
    assert!(
        territories(&sync).contains(&"DE".to_owned()),
        "{:?}",
        territories(&sync)
    );
    prove(&sync.snapshot(), world.clock.now()).unwrap();
    let fetched = sync.snapshot().load().lists();
    store.close().await;

    // This client reaches nobody: the addresses are private and not listed.
    let offline = GuardedClient::new(GuardedConfig::default()).unwrap();
    let restarted = world.sync(offline, Some(world.store().await)).await;
    assert_eq!(restarted.snapshot().load().lists(), fetched);
    prove(&restarted.snapshot(), world.clock.now()).unwrap();
    world.clock.advance(40 * DAY);
    let expired = prove(&restarted.snapshot(), world.clock.now()).unwrap_err();
    assert!(expired.starts_with("trusted list EU"), "{expired}");
}

#[tokio::test]
async fn a_list_that_cannot_be_fetched_leaves_the_others_in_force() {
    let world = Ecosystem::start().await;
    world.serve(None);
    let mut sync = world.sync(Ecosystem::client(), None).await;
    sync.refresh().await.unwrap();
    assert!(!territories(&sync).contains(&"DE".to_owned()));
    world.serve(Some(ListFile::German));
    world.clock.advance(DAY);
    sync.refresh().await.unwrap();
    assert!(
        territories(&sync).contains(&"DE".to_owned()),
        "{:?}",
        territories(&sync)
    );
}

#[tokio::test]
async fn a_list_by_a_stranger_and_a_rolled_back_list_replace_nothing() {
    let world = Ecosystem::start().await;
    let store = world.store().await;
    let mut sync = world.sync(Ecosystem::client(), Some(store.clone())).await;
    sync.refresh().await.unwrap();
    let good = german_sequence(&sync);
    assert!(good.is_some());
    for bad in [ListFile::GermanByStranger, ListFile::GermanRolledBack] {
        world.serve(Some(bad));
        world.clock.advance(DAY);
        sync.refresh().await.unwrap();
        assert_eq!(german_sequence(&sync), good, "{bad:?}");
    }
    let restarted = world.sync(Ecosystem::client(), Some(store)).await;
    assert_eq!(german_sequence(&restarted), good);
}

#[tokio::test]
async fn the_task_keeps_the_lists_current_and_ends_at_shutdown() {
    let world = Ecosystem::start().await;
    let sync = world.sync(Ecosystem::client(), None).await;
    let snapshot = sync.snapshot();
    let (trigger, shutdown) = Shutdown::new();
    let task = tokio::spawn(sync.run(shutdown));
    while prove(&snapshot, world.clock.now()).is_err() {
        tokio::task::yield_now().await;
    }
    trigger.fire();
    task.await.unwrap();
}

#[tokio::test]
async fn a_crl_is_asked_for_once_until_it_is_due() {
    let world = Ecosystem::start().await;
    let snapshot = world.sync(Ecosystem::client(), None).await.snapshot();
    let gatherer = Gatherer::new(
        Ecosystem::client(),
        snapshot,
        Registries::default(),
        GatherLimits::default(),
        Arc::new(world.clock.clone()),
    );
    let ca = Ca::Seals;
    let url = WORLD.0.origins().crl(ca);
    let gather = async || {
        let mut facts = Facts::default();
        gatherer
            .gather(&[Need::Crl(url.clone())].into(), &mut facts)
            .await;
        assert!(
            matches!(facts.crls.get(&url), Some(Fetched::Have { .. })),
            "{:?}",
            facts.crls
        );
    };
    gather().await;
    gather().await;
    assert_eq!(world.asked.load(Ordering::SeqCst), 1);
    world.clock.advance(3601);
    gather().await;
    assert_eq!(world.asked.load(Ordering::SeqCst), 2);
}
