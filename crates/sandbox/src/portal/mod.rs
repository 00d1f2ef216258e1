//! The portal: a relying party that lets in who was let in by the verifier.
//!
//! A browser that asks to sign in gets a session cookie and goes to the verifier with a `state` of its own. The verifier
//! notifies the portal (`POST /notify`) with that `state` and an access token; the portal authenticates the verifier by
//! the secret that the two share and verifies the token itself. The session that began with that `state` is complete
//! only when the browser that holds its cookie comes back from the verifier with the notification's `response_code`:
//! otherwise who sends the verifier's address to somebody else would be signed in as that person.
//!
//! What a session remembers (whom to greet, and what the token said, without the credential itself) is sealed at rest.
//!
//! It refuses: a wrong secret; a token of another kind, issuer, audience, scope, algorithm or key, expired or used
//! before; a `state` that no waiting session has; a browser that brings no or another `response_code`.
mod config;
mod keys;
mod notify;
mod openapi;
mod pages;
mod session;
mod visitor;

pub use config::{Config, NotifySecret};
pub use keys::{KeyError, VerifierKeys};
pub use notify::Refusal;
pub use openapi::openapi;
pub use visitor::Visitor;

use axum::{
    Router,
    routing::{get, post},
};
use jiff::Timestamp;
use procura_keys::{KekError, KekRing};
use procura_service::{
    Clock, GuardedClient, Listener, Shutdown, SystemClock, SystemRng,
    config::ConfigError,
    guarded::GuardError,
    serve as listen,
    server::ServeError,
    shell::{Health, Shell},
    telemetry::{self, TelemetryError},
};
use procura_store::{Schema, Store, StoreError, portal as sessions};
use std::{sync::Arc, time::Duration};

/// How often ended sessions are forgotten.
const SWEEP: Duration = Duration::from_mins(10);

/// The portal's state.
#[derive(Clone)]
pub struct Portal(Arc<Inner>);
struct Inner {
    config: Config,
    secret: NotifySecret,
    /// Seals what sessions remember.
    vault: KekRing,
    store: Store,
    keys: VerifierKeys,
    clock: Arc<dyn Clock>,
}
impl core::fmt::Debug for Portal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Portal")
    }
}
/// Why the portal does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortalError {
    /// Settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Key-encryption keys.
    #[error("key_encryption_key_file: {0}")]
    Vault(#[from] KekError),
    /// Database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Outbound client.
    #[error(transparent)]
    Client(#[from] GuardError),
    /// Address.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Logs.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
}
impl Portal {
    /// A portal over its database, with the secret that the verifier knows, the keys under which sessions are sealed,
    /// the verifier's keys and a clock.
    pub fn new(
        config: Config,
        secret: NotifySecret,
        vault: KekRing,
        store: Store,
        keys: VerifierKeys,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self(Arc::new(Inner {
            config,
            secret,
            vault,
            store,
            keys,
            clock,
        }))
    }
    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
    /// The routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(pages::home))
            .route("/login", get(session::login))
            .route("/logout", post(session::logout))
            .route("/session", get(pages::session))
            .route("/notify", post(notify::notify))
            .route("/style.css", get(pages::style))
            .fallback(pages::not_found)
            .with_state(self.clone())
    }
    /// The routes as they are served: within their limits, with health.
    pub fn served_router(&self) -> Router {
        let config = &self.0.config;
        let shell = Shell::new("portal", config.limits.clone()).with_https(config.is_https());
        let portal = self.clone();
        let health = Health::new()
            .with_store(self.0.store.clone())
            .with_proof("keys", move || {
                let file = &portal.0.config.key_encryption_key_file;
                let proven = portal.0.vault.prove_kept(file, &mut SystemRng);
                async move { proven }
            });
        shell.wrap(self.router(), health)
    }
    /// Forgets sessions that ended and tokens that nobody accepts any more; how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_ended(&self) -> Result<u64, StoreError> {
        self.0
            .store
            .write(self.now(), |tx, now| Box::pin(sessions::sweep(tx, *now)))
            .await
    }
    /// Forgets what ended, every ten minutes, until shutdown.
    async fn sweep(self, shutdown: Shutdown) {
        let mut ticks = tokio::time::interval(SWEEP);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = shutdown.wait() => return,
            }
            if let Err(error) = self.forget_ended().await {
                tracing::warn!(%error, "ended sessions could not be forgotten");
            }
        }
    }
}
/// Runs the portal until the process is told to end.
pub async fn serve(config: Config) -> Result<(), PortalError> {
    telemetry::start(&config.log)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let secret = config.notify_secret()?;
    let vault = KekRing::open(&config.key_encryption_key_file)?;
    let store = Store::connect(&config.database.resolve()?, Schema::Portal).await?;
    let client = GuardedClient::new(config.development.guarded()?)?;
    let keys = VerifierKeys::new(client, config.verifier.clone());
    let drain = Duration::from_secs(config.limits.drain_seconds);
    let listener = Listener::bind(&config.listen)
        .await?
        .with_trusted_proxies(&config.limits.trusted_proxies);
    let shutdown = Shutdown::on_signals()?;
    let portal = Portal::new(config, secret, vault, store.clone(), keys, clock);
    let router = portal.served_router();
    let sweep = portal.sweep(shutdown.clone());
    tokio::join!(listen(vec![(listener, router)], shutdown, drain), sweep);
    store.close().await;
    Ok(())
}
