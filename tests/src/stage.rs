//! The services, and what they stand on.
use crate::{
    Storage, Transport,
    browser::Client,
    databases::Databases,
    place::Place,
    settings::{Surroundings, write_secret},
    tls::{Tls, anywhere},
};
use axum::Router;
use jiff::{SignedDuration, Timestamp};
use procura_issuer::tokens::{self, Scope};
use procura_keys::KekRing;
use procura_protocol::vp::scope;
use procura_sandbox::{
    ecosystem::Ecosystem,
    portal::{self, VerifierKeys},
    world::{Origins, Plan, Registry, World, folder},
};
use procura_service::{Clock, GuardedClient, Shutdown, SystemRng, config::Limits, server::Trigger};
use procura_store::{Schema, Store, outbox};
use procura_testkit::{FixedClock, SeededRng};
use procura_verifier::{Verifier, notification};
use procura_wallet::Wallet;
use std::{path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// Between two looks at something that another task does.
const LOOK: Duration = Duration::from_millis(20);
/// Looks before something is given up.
const LOOKS: usize = 1500;

/// Portals: their name at the verifier, what they ask for, and what they ask for instead when they are told to. Two ask
/// for the same.
const PORTALS: [(&str, &str, &[&str]); 3] = [
    ("portal", scope::LEAR_CREDENTIAL, &[]),
    (
        "market",
        scope::LEAR_CREDENTIAL,
        &[scope::LEAR_CREDENTIAL_EMPLOYEE],
    ),
    ("office", scope::LEAR_CREDENTIAL_EMPLOYEE, &[]),
];

/// A relying party.
#[derive(Clone, Debug)]
pub struct Portal {
    /// Its name at the verifier.
    pub name: &'static str,
    /// What it asks for.
    pub scope: &'static str,
    /// What it asks for instead, when the browser chooses so.
    pub further_scopes: &'static [&'static str],
    /// Where it is; its address is the audience of its tokens.
    pub place: Place,
    /// What it shares with the verifier.
    pub secret: String,
}

/// Where the services are.
#[derive(Clone, Debug)]
pub struct Places {
    /// Trusted lists, CRLs, registries.
    pub ecosystem: Place,
    /// Issuer, as wallets see it.
    pub issuer: Place,
    /// Issuer, as operators see it.
    pub management: Place,
    /// Wallet.
    pub wallet: Place,
    /// Verifier.
    pub verifier: Place,
}

#[derive(Debug)]
struct Settings {
    issuer: procura_issuer::Config,
    wallet: procura_wallet::Config,
    verifier: procura_verifier::Config,
    portals: Vec<portal::Config>,
}

/// What runs, and ends at a restart.
#[derive(Debug)]
struct Running {
    issuer: Store,
    wallet: Store,
    verifier: Replica,
    portals: Vec<Store>,
}

/// A verifier with its worker.
#[derive(Debug)]
pub struct Replica {
    router: Router,
    store: Store,
    trigger: Trigger,
    notifier: JoinHandle<()>,
}

impl Replica {
    async fn open(config: &procura_verifier::Config, clock: Arc<dyn Clock>) -> Self {
        let opened = Box::pin(Verifier::open(config.clone(), clock)).await;
        let mut verifier = opened.unwrap_or_else(|error| panic!("verifier: {error}"));
        verifier.refresh_lists().await.expect("the trusted lists");
        let (trigger, shutdown) = Shutdown::new();
        Self {
            router: verifier.router(),
            store: verifier.resources().store.clone(),
            trigger,
            notifier: tokio::spawn(verifier.notifier().run(shutdown)),
        }
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Ends it, its worker included.
    pub async fn close(self) {
        self.trigger.fire();
        self.notifier.await.expect("the worker ends well");
        self.store.close().await;
    }
}

/// Everything.
#[derive(Debug)]
pub struct Stage {
    /// Keys, certificates, lists.
    pub world: World,
    /// The time of every service.
    pub clock: FixedClock,
    /// Where they are.
    pub places: Places,
    /// Who relies on the verifier.
    pub portals: Vec<Portal>,
    /// HTTP.
    pub client: Client,
    /// Makes and revokes offers.
    pub(crate) operator: String,
    /// Fetches PINs.
    pub(crate) pin_hander: String,
    settings: Settings,
    running: Option<Running>,
    databases: Databases,
    folder: TempDir,
    /// Ends the sockets when it is dropped.
    _trigger: Trigger,
}

impl Stage {
    /// Makes a world and starts everything in it.
    pub async fn start(storage: Storage, transport: Transport) -> Self {
        Box::pin(Self::make(storage, transport)).await
    }

    async fn make(storage: Storage, transport: Transport) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let tls = (transport == Transport::Https).then(|| Tls::make(folder.path()));
        let (trigger, shutdown) = Shutdown::new();
        let listen = anywhere(tls.as_ref());
        let bind = || Place::bind(&listen, &shutdown);
        let places = Places {
            ecosystem: bind().await,
            issuer: bind().await,
            management: bind().await,
            wallet: bind().await,
            verifier: bind().await,
        };
        let mut portals = Vec::new();
        for (name, scope, further_scopes) in PORTALS {
            let secret = procura_crypto::random::token(&mut SystemRng, 32);
            portals.push(Portal {
                name,
                scope,
                further_scopes,
                place: bind().await,
                secret,
            });
        }
        let now = made_at();
        let world = make_world(&places, &portals, now, &folder.path().join("world"));
        let clock = FixedClock::at(now + SignedDuration::from_hours(1));
        let mut databases = Databases::new(storage, folder.path());
        let settings = settings(
            &world,
            &places,
            &portals,
            folder.path(),
            tls.as_ref(),
            &mut databases,
        )
        .await;
        let operator = token(&settings.issuer, &[Scope::Create, Scope::Read, Scope::Revoke]).await;
        let pin_hander = token(&settings.issuer, &[Scope::Pin]).await;
        let mut stage = Self {
            world,
            clock,
            places,
            portals,
            client: Client::new(tls.as_ref().map(|tls| tls.root_pem.as_str())),
            operator,
            pin_hander,
            settings,
            running: None,
            databases,
            folder,
            _trigger: trigger,
        };
        stage.open().await;
        stage
    }

    /// Ends every service, then starts it again on what it stored.
    pub async fn restart(&mut self) {
        self.close().await;
        self.open().await;
    }

    /// Ends every service, then starts it again with other limits.
    pub async fn restart_with_limits(&mut self, change: impl Fn(&mut Limits)) {
        let settings = &mut self.settings;
        change(&mut settings.issuer.limits);
        change(&mut settings.wallet.limits);
        change(&mut settings.verifier.limits);
        for portal in &mut settings.portals {
            change(&mut portal.limits);
        }
        self.restart().await;
    }

    /// Ends the verifier alone and starts it again on what it stored.
    pub async fn restart_verifier(&mut self) {
        let replica = self.another_verifier().await;
        self.places.verifier.open(replica.router());
        let running = self.running.as_mut().expect("everything runs");
        std::mem::replace(&mut running.verifier, replica).close().await;
    }

    /// Ends the verifier alone and starts one that remembers nothing, not even trusted lists.
    pub async fn start_verifier_afresh(&mut self) {
        let file = self.databases.make("verifier").await;
        self.settings.verifier.database.url_file = Some(file);
        self.restart_verifier().await;
    }

    /// A further verifier on the same database, which is reached where [`Places::verifier`] is opened with its router.
    pub async fn another_verifier(&self) -> Replica {
        Replica::open(&self.settings.verifier, self.clock()).await
    }

    /// Ends everything.
    pub async fn end(mut self) {
        self.close().await;
        self.databases.remove().await;
    }

    /// Edits the registries of the ecosystem.
    pub fn change_registry(&self, change: impl FnOnce(&mut Registry)) {
        let world = self.folder.path().join("world");
        let mut registry = folder::load_registry(&world).expect("the registries");
        change(&mut registry);
        let text = registry.to_toml().expect("the registries");
        std::fs::write(world.join("registry.toml"), text).expect("the registries");
    }

    /// The portal of a name.
    #[must_use]
    pub fn portal(&self, name: &str) -> &Portal {
        self.portals
            .iter()
            .find(|portal| portal.name == name)
            .expect("a portal of this name")
    }

    /// The management token of the operator who makes offers.
    #[must_use]
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Waits until the verifier has no notification left to deliver.
    pub async fn outbox_is_empty(&self) {
        until("the outbox is empty", async || !self.has_notification().await).await;
    }

    /// Whether the verifier has a notification to deliver.
    pub async fn has_notification(&self) -> bool {
        let store = &self.running.as_ref().expect("everything runs").verifier.store;
        let due = store
            .read((), |tx, ()| Box::pin(outbox::next_due(tx, notification::TOPIC)))
            .await;
        due.expect("the outbox").is_some()
    }

    pub(crate) fn wallet_store(&self) -> &Store {
        &self.running.as_ref().expect("everything runs").wallet
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.clock.clone())
    }

    async fn open(&mut self) {
        let ecosystem = Ecosystem::open(&self.folder.path().join("world"), self.clock()).expect("ecosystem");
        let limits = self.settings.issuer.limits.clone();
        self.places.ecosystem.open(ecosystem.served_router(limits));

        let config = &self.settings.issuer;
        let opened = Box::pin(procura_issuer::App::open(config, self.clock())).await;
        let app = opened.unwrap_or_else(|error| panic!("issuer: {error}"));
        self.places.issuer.open(app.public_router());
        self.places.management.open(app.management_router());

        let config = &self.settings.wallet;
        let opened = Box::pin(Wallet::open(config, self.clock())).await;
        let mut wallet = opened.unwrap_or_else(|error| panic!("wallet: {error}"));
        wallet.lists.refresh().await.expect("the trusted lists");
        self.places.wallet.open(wallet.router(config));

        let mut portals = Vec::new();
        for (portal, config) in self.portals.iter().zip(&self.settings.portals) {
            let (router, store) = open_portal(config, self.clock()).await;
            portal.place.open(router);
            portals.push(store);
        }

        // After those whom it notifies.
        let verifier = Replica::open(&self.settings.verifier, self.clock()).await;
        self.places.verifier.open(verifier.router());

        self.running = Some(Running {
            issuer: app.store().clone(),
            wallet: wallet.resources.store.clone(),
            verifier,
            portals,
        });
    }

    async fn close(&mut self) {
        let places = &self.places;
        for place in [
            &places.ecosystem,
            &places.issuer,
            &places.management,
            &places.wallet,
            &places.verifier,
        ] {
            place.close();
        }
        for portal in &self.portals {
            portal.place.close();
        }
        let running = self.running.take().expect("everything runs");
        running.verifier.close().await;
        for store in running.portals.iter().chain([&running.issuer, &running.wallet]) {
            store.close().await;
        }
    }
}

/// When every world of a test is made.
fn made_at() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().expect("a point in time")
}

fn make_world(places: &Places, portals: &[Portal], now: Timestamp, folder: &Path) -> World {
    let portal = portals.first().expect("a portal");
    let origins = Origins {
        ecosystem: places.ecosystem.url().clone(),
        issuer: places.issuer.url().clone(),
        issuer_management: places.management.url().clone(),
        wallet: places.wallet.url().clone(),
        verifier: places.verifier.url().clone(),
        portal: portal.place.url().clone(),
    };
    let world = World::make(&Plan { origins, now }, &mut SeededRng::new(7)).expect("a world");
    folder::save(&world, folder).expect("a world's folder");
    world
}

async fn settings(
    world: &World,
    places: &Places,
    portals: &[Portal],
    folder: &Path,
    tls: Option<&Tls>,
    databases: &mut Databases,
) -> Settings {
    let origins = [
        &places.ecosystem,
        &places.issuer,
        &places.management,
        &places.wallet,
        &places.verifier,
    ]
    .into_iter()
    .chain(portals.iter().map(|portal| &portal.place))
    .map(Place::origin)
    .collect();
    let surroundings = Surroundings {
        world,
        folder,
        origins,
        tls,
    };
    let mut configs = Vec::new();
    for portal in portals {
        write_secret(&surroundings.notify_secret(portal.name), &portal.secret);
        configs.push(surroundings.portal(portal, &databases.make(portal.name).await));
    }
    Settings {
        issuer: surroundings.issuer(&databases.make("issuer").await),
        wallet: surroundings.wallet(&databases.make("wallet").await),
        verifier: surroundings.verifier(&databases.make("verifier").await, portals),
        portals: configs,
    }
}

async fn token(config: &procura_issuer::Config, scopes: &[Scope]) -> String {
    let (_, secret) = tokens::add(config, "test", scopes, None)
        .await
        .expect("a management token");
    secret.expose().to_owned()
}

async fn open_portal(config: &portal::Config, clock: Arc<dyn Clock>) -> (Router, Store) {
    let secret = config.notify_secret().expect("the shared secret");
    let vault = KekRing::open(&config.key_encryption_key_file).expect("key-encryption keys");
    let url = config.database.resolve().expect("a database");
    let store = Store::connect(&url, Schema::Portal).await.expect("a database");
    let client = config.development.guarded().expect("settings of the client");
    let client = GuardedClient::new(client).expect("a client");
    let keys = VerifierKeys::new(client, config.verifier.clone());
    let portal = portal::Portal::new(config.clone(), secret, vault, store.clone(), keys, clock);
    (portal.served_router(), store)
}

/// Looks until something is so, and not for ever.
pub async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..LOOKS {
        if is_so().await {
            return;
        }
        tokio::time::sleep(LOOK).await;
    }
    panic!("{what}: not in time");
}
