//! Starting, serving and ending the verifier.

use crate::{
    config::{Config, before},
    document_validation,
    expectations::expectations,
    notification::{Notifier, TOPIC},
    parties::Parties,
    resources::{Bell, Judge, Resources, Seal, Time, Uncounted, Vault},
    routes,
    token_keys::{TokenKeyError, TokenKeys},
};
use axum::Router;
use procura_keys::{FileSigner, KekError, KekRing, Signer, SignerError};
use procura_service::{
    Clock, GuardedClient, Listener, Shutdown, SystemRng,
    config::{self as files, ConfigError},
    gather::Gatherer,
    guarded::GuardError,
    server::ServeError,
    shell::{Health, Metrics, Shell},
    telemetry::{self, TelemetryError},
    trust::{TrustError, TrustListSync},
    underway::{Underway, serve_to_the_end},
};
use procura_store::{Schema, Store, StoreError, outbox, verifier};
use procura_trust_list::SnapshotHandle;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use zeroize::Zeroizing;

/// Pause between rounds of housekeeping.
const HOUSEKEEPING: Duration = Duration::from_mins(10);

/// Why the verifier does not start, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// A key of the configuration says what cannot be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The seal cannot be used.
    #[error("seal: {0}")]
    Seal(#[from] SignerError),
    /// The key-encryption keys cannot be used.
    #[error("key_encryption_key_file: {0}")]
    Vault(#[from] KekError),
    /// The outbound client cannot be made.
    #[error(transparent)]
    Outbound(#[from] GuardError),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys of access tokens cannot be used.
    #[error(transparent)]
    TokenKeys(#[from] TokenKeyError),
    /// The trusted lists cannot be loaded.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A listener cannot be opened.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Logs cannot be written as configured.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
}

/// A verifier that is ready to serve.
#[derive(Debug)]
pub struct Verifier {
    resources: Resources,
    notifier: Notifier,
    lists: TrustListSync,
    snapshot: SnapshotHandle,
    config: Config,
}

impl Verifier {
    /// Opens everything that the configuration names: keys, database, stored lists.
    ///
    /// # Errors
    /// [`StartError`] names what cannot be used.
    pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        config.check()?;
        let now = clock.now();
        let signer = FileSigner::open(&config.seal.key_file, Some(&config.seal.chain_file))?;
        let certificate = signer
            .chain()
            .first()
            .ok_or_else(|| ConfigError::new("seal.chain_file", "holds no certificate"))?;
        let parties = Parties::new(&config, certificate)?;
        let secrets = secrets(&config)?;
        let vault = Vault(Arc::new(KekRing::open(&config.key_encryption_key_file)?));
        let outbound = GuardedClient::new(config.development.guarded()?)?;
        let lists = config.trust.sync()?;
        let store = Store::connect(&config.database.resolve()?, Schema::Verifier).await?;
        let lists = TrustListSync::load(lists, outbound.clone(), Some(store.clone()), clock.clone()).await?;
        let snapshot = lists.snapshot();
        let gatherer = Gatherer::new(
            outbound.clone(),
            snapshot.clone(),
            config.registries.clone(),
            config.gather.clone(),
            clock.clone(),
        );
        let token_keys = TokenKeys::open(
            &store,
            &vault,
            config.tokens.clone(),
            config.lifetimes.access_token_seconds,
            &mut SystemRng,
            now,
        )
        .await?;
        let judge = Judge {
            gatherer,
            // The types are the request's, filled in when it is judged.
            credential: expectations(&config, BTreeSet::new()),
            max_age_seconds: config.lifetimes.presentation_seconds,
        };
        let time = Time(clock);
        let seal = Seal(Arc::new(signer));
        let resources = Resources {
            parties,
            time,
            store,
            seal,
            vault,
            judge,
            uncounted: Uncounted::default(),
            token_keys,
            bell: Bell::default(),
            underway: Underway::default(),
        };
        let notifier = Notifier::new(&resources, outbound, secrets);
        Ok(Self {
            resources,
            notifier,
            lists,
            snapshot,
            config,
        })
    }

    /// Routes, health and everything that stands around them.
    pub fn router(&self) -> Router {
        let shell =
            Shell::new("verifier", self.config.limits.clone()).with_https(self.resources.parties.is_https());
        shell.wrap(routes::router(self.resources.clone()), self.health())
    }

    /// Validation of seals for other verifiers, with all that stands around it, where it is configured.
    ///
    /// # Errors
    /// [`StartError::Config`]: its token or its anchors cannot be read.
    pub fn document_validation(&self) -> Result<Option<Router>, StartError> {
        let Some(config) = &self.config.document_validation else {
            return Ok(None);
        };
        let token = match &config.token_file {
            Some(file) => Some(Zeroizing::new(files::read_bearer_secret(file)?)),
            None => None,
        };
        let service = document_validation::Service::new(
            &self.config,
            config,
            token.as_ref().map(|token| token.as_str()),
            self.resources.judge.gatherer.clone(),
            self.resources.time.clone(),
        )?;
        let limits = files::Limits {
            body_bytes: config.body_bytes,
            requests_per_minute: config.requests_per_minute,
            ..self.config.limits.clone()
        };
        let shell = Shell::new("document-validation", limits);
        Ok(Some(shell.wrap(service.router(), self.health())))
    }

    /// What readiness proves: the database answers; the seal signs and verifies, and its certificate is in date; a token
    /// key signs and verifies; the key-encryption keys are those of the file; the lists are current.
    #[must_use]
    pub fn health(&self) -> Health {
        let (seal, keys, vault) = (
            self.resources.seal.clone(),
            self.resources.token_keys.clone(),
            self.resources.vault.clone(),
        );
        let clock = self.resources.time.clone();
        let time = clock.clone();
        let kept = self.config.key_encryption_key_file.clone();
        Health::new()
            .with_store(self.resources.store.clone())
            .with_proof("seal", move || {
                let (seal, now) = (seal.clone(), clock.now());
                async move {
                    procura_keys::seal(&*seal.0, "JOSE", None, b"readiness", now)
                        .await
                        .map(drop)
                }
            })
            .with_proof("token keys", move || {
                let proven = keys.prove(time.now());
                async move { proven }
            })
            .with_proof("vault", move || {
                let proven = vault.0.prove_kept(&kept, &mut SystemRng);
                async move { proven }
            })
            .with_trust(self.snapshot.clone(), self.resources.time.0.clone())
    }

    /// The worker that notifies relying parties.
    #[must_use]
    pub fn notifier(&self) -> Notifier {
        self.notifier.clone()
    }

    /// What its handlers work with.
    #[must_use]
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// Fetches and verifies the trusted lists now.
    ///
    /// # Errors
    /// [`TrustError`].
    pub async fn refresh_lists(&mut self) -> Result<(), TrustError> {
        self.lists.refresh().await.map(drop)
    }

    /// Forgets what is older than `lifetimes.record_days`; how many logins.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_old(&self) -> Result<u64, StoreError> {
        forget_old(&self.resources, self.config.lifetimes.record_days).await
    }

    /// Serves until `shutdown`, then finishes what is open.
    ///
    /// # Errors
    /// [`StartError::Serve`].
    pub async fn serve(self, shutdown: Shutdown) -> Result<(), StartError> {
        let listener = Listener::bind(&self.config.listen).await?;
        Box::pin(self.serve_on(listener, shutdown)).await
    }

    /// Serves on a listener that is bound already, until `shutdown`. Then finishes, within `limits.drain_seconds`, what is
    /// open: the answers of wallets that have hung up, and notifications that are being delivered, included. A
    /// notification that is cut keeps its lease, and is delivered by the next process when that ends.
    ///
    /// # Errors
    /// [`StartError::Serve`].
    pub async fn serve_on(self, listener: Listener, shutdown: Shutdown) -> Result<(), StartError> {
        let listener = listener.with_trusted_proxies(&self.config.limits.trusted_proxies);
        let address = listener.address();
        let mut served = vec![(listener, self.router())];
        if let Some(operations) = &self.config.operations {
            served.push((Listener::bind(operations).await?, Metrics::start().routes()));
        }
        if let (Some(config), Some(router)) = (&self.config.document_validation, self.document_validation()?)
        {
            let listener = Listener::bind(&config.listen)
                .await?
                .with_trusted_proxies(&self.config.limits.trusted_proxies);
            served.push((listener, router));
        }
        tracing::info!(%address, did = %self.resources.parties.did(), "verifier listens");
        let drain = Duration::from_secs(self.config.limits.drain_seconds);
        let (store, underway) = (self.resources.store.clone(), self.resources.underway.clone());
        let workers = async {
            tokio::join!(
                self.notifier.run(shutdown.clone()),
                self.lists.run(shutdown.clone()),
                keep_house(
                    self.resources,
                    self.config.lifetimes.record_days,
                    shutdown.clone()
                ),
            )
        };
        tokio::join!(
            serve_to_the_end(served, underway, shutdown.clone(), drain),
            to_the_end(workers, shutdown.clone(), drain),
        );
        store.close().await;
        Ok(())
    }
}

/// Runs the workers until they end by themselves, but no longer than `drain` after `shutdown` has begun.
async fn to_the_end<T>(workers: impl Future<Output = T>, shutdown: Shutdown, drain: Duration) {
    let patience = async {
        shutdown.wait().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        biased;
        _ = workers => {}
        () = patience => tracing::warn!(
            seconds = drain.as_secs(),
            "a worker was still busy after the drain and was cut"
        ),
    }
}

/// Runs the verifier until the process is told to end.
///
/// # Errors
/// [`StartError`].
pub async fn serve(config: Config, clock: Arc<dyn Clock>) -> Result<(), StartError> {
    telemetry::start(&config.log)?;
    let shutdown = Shutdown::on_signals()?;
    let verifier = Box::pin(Verifier::open(config, clock)).await?;
    Box::pin(verifier.serve(shutdown)).await
}

fn secrets(config: &Config) -> Result<BTreeMap<String, Zeroizing<String>>, StartError> {
    let mut secrets = BTreeMap::new();
    for client in &config.clients {
        let secret = Zeroizing::new(files::read_bearer_secret(&client.secret_file)?);
        secrets.insert(client.client_id.clone(), secret);
    }
    Ok(secrets)
}

/// Rotates keys and forgets what is over, every ten minutes: sooner than a new key signs, so that every replica has it.
async fn keep_house(resources: Resources, record_days: i64, shutdown: Shutdown) {
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            () = tokio::time::sleep(HOUSEKEEPING) => {}
        }
        let now = resources.time.now();
        if let Err(error) = resources
            .token_keys
            .refresh(&resources.store, &resources.vault, &mut SystemRng, now)
            .await
        {
            tracing::error!(%error, "token keys cannot be refreshed");
        }
        match forget_old(&resources, record_days).await {
            Ok(count) => tracing::info!(count, "old logins forgotten"),
            Err(error) => tracing::error!(%error, "old logins cannot be forgotten"),
        }
    }
}

/// Forgets, in one write, logins that were over and notifications that were given up before the time for which records are
/// kept; how many logins.
async fn forget_old(resources: &Resources, record_days: i64) -> Result<u64, StoreError> {
    let over = before(resources.time.now(), record_days.saturating_mul(86_400));
    resources
        .store
        .write(over, |tx, over| {
            Box::pin(async move {
                outbox::forget_buried(tx, TOPIC, *over).await?;
                verifier::forget(tx, *over).await
            })
        })
        .await
}
