//! Starting the wallet.

use crate::{
    api,
    config::Config,
    resources::{Resources, Time, Vault, World},
};
use procura_credential::judge::Expectations;
use procura_keys::{KekError, KekRing};
use procura_service::{
    Clock, GuardedClient, Listener, Shutdown, SystemClock, SystemRng,
    config::ConfigError,
    gather::{GatherLimits, Gatherer},
    guarded::GuardError,
    server::ServeError,
    shell::{Health, Metrics, Shell},
    telemetry::{self, TelemetryError},
    trust::{TrustError, TrustListSync},
    underway::{Underway, serve_to_the_end},
};
use procura_store::{Schema, Store, StoreError, wallet as repository};
use std::{sync::Arc, time::Duration};

/// Why the wallet does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The keys that encrypt what is stored: without them nothing is kept.
    #[error("key_encryption_key_file: {0}")]
    Keys(#[from] KekError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The trusted lists.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The outbound client.
    #[error(transparent)]
    Client(#[from] GuardError),
    /// Listening.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Logs.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
}

/// A wallet that is ready to be served.
#[derive(Debug)]
pub struct Wallet {
    /// What its handlers may use.
    pub resources: Resources,
    /// Its proofs of readiness.
    pub health: Health,
    /// Keeps the trusted lists current; to be run.
    pub lists: TrustListSync,
}

impl Wallet {
    /// Opens keys, database and the lists that are stored.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        config.check()?;
        let vault = Vault(Arc::new(KekRing::open(&config.key_encryption_key_file)?));
        let store = Store::connect(&config.database.resolve()?, Schema::Wallet).await?;
        let client = GuardedClient::new(config.development.guarded()?)?;
        let lists = TrustListSync::load(
            config.trust.sync()?,
            client.clone(),
            Some(store.clone()),
            clock.clone(),
        )
        .await?;
        let snapshot = lists.snapshot();
        let gatherer = Gatherer::new(
            client.clone(),
            snapshot.clone(),
            config.registries.clone(),
            GatherLimits::default(),
            clock.clone(),
        );
        let (ring, key_file) = (vault.0.clone(), config.key_encryption_key_file.clone());
        let health = Health::new()
            .with_store(store.clone())
            .with_trust(snapshot, clock.clone())
            .with_proof("keys", move || {
                let proven = ring.prove_kept(&key_file, &mut SystemRng);
                async move { proven }
            });
        let expectations = Expectations {
            trust: config.trust_policy,
            issues_for_others: config.issues_for_others.clone(),
            representative_policies: config.representative_policies.clone(),
            // Whether an issuer may issue is for the verifier to say; the wallet receives what it was offered.
            registries: false,
            status: config.status,
            skew_seconds: config.lifetimes.skew_seconds,
            ..Expectations::strict([])
        };
        let resources = Resources {
            time: Time(clock),
            store,
            vault,
            world: World {
                client,
                gatherer,
                expectations,
                credential_schemas: config.credential_schemas.clone(),
                development_origins: Arc::new(config.development.origins.clone()),
            },
            lifetimes: config.lifetimes,
            underway: Underway::default(),
        };
        Ok(Self {
            resources,
            health,
            lists,
        })
    }

    /// Its routes within their shell.
    pub fn router(&self, config: &Config) -> axum::Router {
        Shell::new("wallet", config.limits.clone())
            .with_https(config.public_url.scheme() == "https")
            .wrap(api::router(self.resources.clone()), self.health.clone())
    }

    /// Binds where its people reach it, with what a caller may cost.
    ///
    /// # Errors
    /// [`StartError::Serve`].
    pub async fn bind(&self, config: &Config) -> Result<(Listener, axum::Router), StartError> {
        let listener = Listener::bind(&config.listen).await?;
        let listener = listener.with_trusted_proxies(&config.limits.trusted_proxies);
        Ok((listener, self.router(config)))
    }

    /// Serves until `shutdown`. What is open then gets `drain` to end: requests, and runs whose person has hung up. What
    /// takes longer is cut, and goes on where it stopped when the person asks again.
    pub async fn serve(self, served: Vec<(Listener, axum::Router)>, shutdown: Shutdown, drain: Duration) {
        let Self { resources, lists, .. } = self;
        tokio::spawn(lists.run(shutdown.clone()));
        let sweeping = tokio::spawn(sweep(
            resources.store.clone(),
            resources.time.clone(),
            shutdown.clone(),
        ));
        serve_to_the_end(served, resources.underway, shutdown, drain).await;
        sweeping.abort();
        resources.store.close().await;
    }
}

/// Runs the wallet until SIGTERM or Ctrl-C.
///
/// # Errors
/// [`StartError`].
pub async fn run(config: Config) -> Result<(), StartError> {
    telemetry::start(&config.log)?;
    let metrics = Metrics::start();
    let shutdown = Shutdown::on_signals()?;
    let wallet = Wallet::open(&config, Arc::new(SystemClock)).await?;
    let mut served = vec![wallet.bind(&config).await?];
    if let Some(operations) = &config.operations {
        served.push((Listener::bind(operations).await?, metrics.routes()));
    }
    let drain = Duration::from_secs(config.limits.drain_seconds);
    wallet.serve(served, shutdown, drain).await;
    Ok(())
}

/// Forgets what has expired, every hour.
async fn sweep(store: Store, time: Time, shutdown: Shutdown) {
    let mut hourly = tokio::time::interval(Duration::from_hours(1));
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            _ = hourly.tick() => {}
        }
        let now = time.now();
        if let Err(error) = store
            .write(now, |tx, now| Box::pin(repository::forget_expired(tx, *now)))
            .await
        {
            tracing::warn!(%error, "what has expired could not be forgotten");
        }
    }
}
