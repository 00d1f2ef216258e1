//! The issuer: an organisation's mandates become sealed credentials in its employees' wallets.
//!
//! An operator posts a mandate and gets a link with its QR code, and, by a call of its own, a PIN. The employee's wallet
//! redeems the code with the PIN, proves a key of its own, and gets a `LEARCredential` or `LEARCredentialEmployee` that
//! is sealed (JAdES, ETSI TS 119 182-1) and bound to that key. Revoking turns a bit of a sealed status list (W3C
//! Bitstring Status List 1.0).
//!
//! Protocol: OpenID4VCI as the DOME document profiles it (§3.3.3), see [`procura_protocol::vci`].
//!
//! It refuses: mandates of other organisations (unless configured), a second redemption, the sixth PIN, proofs of other
//! keys, issuers, times or nonces, and to release what it could not verify itself. Guessers learn nothing: unknown,
//! expired, used and locked codes and wrong PINs are one answer.
//!
//! # A token and its credential
//! A token is good for one credential, for the first key that is proven. Should the answer be lost, the same key gets
//! the same credential again, with a fresh nonce, while the token lives; any other key is refused. A redeemed code is
//! never given back: an employee who lost that answer needs a new offer. A seal is made once, however many ask for it and
//! whoever hangs up: one run claims it in the database.
//!
//! # Evidence
//! Beside each credential the same signature is kept in flattened JSON, and time-stamped afterwards where authorities
//! are configured (JAdES B-T): it proves the seal when its certificate has ended.
//!
//! # Durable commits
//! Offer 1, PIN 1, token 1, credential 2 (the claim of its seal, and the credential), the same credential again 1,
//! revocation 1; evidence 2, later. A wrong PIN 1, for it must be counted; a refused proof 1, for its fresh nonce; every
//! other refusal none.
//!
//! ```no_run
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let config = procura_service::config::load("issuer.toml".as_ref(), "PROCURA_ISSUER_")?;
//! procura_issuer::run(config).await?;
//! # Ok(()) }
//! ```
mod app;
mod config;
mod evidence;
mod http;
mod issuing;
mod offering;
mod openapi;
mod redemption;
mod seal_key;
mod signers;
mod status_lists;
mod time_stamping;
pub mod tokens;

pub use app::{App, StartError};
pub use config::{Config, Credential, EmittedShape, Lifetimes, PinPolicy, Status};
pub use evidence::TimeStamped;
pub use openapi::openapi;
pub use seal_key::{SealError, SealKey};
pub use signers::{OpenError, Pkcs11Token, Pkcs12File, RemoteSigner, SignerConfig, SignerFiles};
pub use time_stamping::{Evidence, TimeStamping};

use axum::Router;
use procura_service::{
    Listener, Shutdown, SystemClock,
    shell::{Health, Metrics, Shell},
    underway::serve_to_the_end,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// How long a proof of the keys holds: readiness is public, and a signer may be far away.
const KEYS_PROVEN_FOR: Duration = Duration::from_secs(10);
/// Between two looks for what is to be erased.
const ERASING: Duration = Duration::from_mins(1);

impl App {
    fn health(&self) -> Health {
        let (app, proven) = (self.clone(), Arc::new(Mutex::new(None)));
        Health::new()
            .with_store(self.store().clone())
            .with_proof("keys", move || {
                let (app, proven) = (app.clone(), proven.clone());
                async move {
                    let mut proven = proven.lock().await;
                    match &*proven {
                        Some((at, outcome)) if tokio::time::Instant::elapsed(at) < KEYS_PROVEN_FOR => {
                            Result::<(), String>::clone(outcome)
                        }
                        _ => {
                            let outcome = app.prove_keys().await;
                            *proven = Some((tokio::time::Instant::now(), outcome.clone()));
                            outcome
                        }
                    }
                }
            })
    }
    /// What wallets reach.
    pub fn public_router(&self) -> Router {
        Shell::new("issuer", self.limits.clone())
            .with_https(self.https)
            .wrap(http::public::routes(self.clone()), self.health())
    }
    /// What operators reach.
    pub fn management_router(&self) -> Router {
        Shell::new("issuer-management", self.limits.clone())
            .wrap(http::management::routes(self.clone()), self.health())
    }
    /// Binds everywhere that is configured: for wallets, for operators, and `[operations]` where it is named.
    ///
    /// # Errors
    /// [`StartError::Serve`]: an address cannot be listened on, or its certificate cannot be used.
    pub async fn bind(&self, config: &Config) -> Result<Vec<(Listener, Router)>, StartError> {
        let proxies = &config.limits.trusted_proxies;
        let public = Listener::bind(&config.listen).await?;
        let management = Listener::bind(&config.management).await?;
        let mut bound = vec![
            (public.with_trusted_proxies(proxies), self.public_router()),
            (management.with_trusted_proxies(proxies), self.management_router()),
        ];
        if let Some(operations) = &config.operations {
            bound.push((Listener::bind(operations).await?, Metrics::start().routes()));
        }
        Ok(bound)
    }
    /// Serves what was bound, and does what is due beside it, until `shutdown`; then finishes within `drain` what is
    /// underway, and closes the database.
    pub async fn serve(self, bound: Vec<(Listener, Router)>, shutdown: Shutdown, drain: Duration) {
        let workers = [
            self.underway.begin(self.clone().erase_until(shutdown.clone())),
            self.underway
                .begin(self.clone().time_stamp_until(shutdown.clone())),
        ];
        serve_to_the_end(bound, self.underway.clone(), shutdown, drain).await;
        for worker in workers {
            // What is cut here is due again when its lease ends.
            worker.abort();
            if worker.await.is_err_and(|error| error.is_panic()) {
                tracing::warn!("a worker did not end well");
            }
        }
        self.store().close().await;
    }

    async fn erase_until(self, shutdown: Shutdown) {
        let mut tick = tokio::time::interval(ERASING);
        loop {
            tokio::select! {
                () = shutdown.wait() => return,
                _ = tick.tick() => match self.erase_expired().await {
                    Ok(0) => {}
                    Ok(erased) => tracing::info!(erased, "erased what nobody can fetch any more"),
                    Err(error) => tracing::warn!(%error, "nothing could be erased"),
                },
            }
        }
    }
}

/// Runs the issuer until it is told to end.
///
/// # Errors
/// [`StartError`]: why it does not start.
pub async fn run(config: Config) -> Result<(), StartError> {
    procura_service::telemetry::start(&config.log)?;
    let shutdown = Shutdown::on_signals()?;
    let app = App::open(&config, Arc::new(SystemClock)).await?;
    let bound = app.bind(&config).await?;
    let addresses: Vec<_> = bound.iter().map(|(listener, _)| listener.address()).collect();
    tracing::info!(issuer = %app.issuer, did = %app.did, ?addresses, "issuer is up");
    app.serve(bound, shutdown, Duration::from_secs(config.limits.drain_seconds))
        .await;
    Ok(())
}
