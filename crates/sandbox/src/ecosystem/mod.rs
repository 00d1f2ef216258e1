//! The ecosystem: publishes what a demo world holds, and signs it again before it expires.
//!
//! Trusted lists, CRLs and authorities' certificates (all signed, so plain http will do), the participant registry
//! (DID documents), the issuer registry (EBSI v4), the Trusted Credential Schemas List with its schemas, the status list
//! of the sample credentials, and the document of roles and duties. At `POST /tsa` there is a time-stamping authority,
//! at `/ocsp` the OCSP responder of all authorities.
//!
//! The registries are read from `registry.toml` of the world at every question, so that an edit counts at once; a file
//! that cannot be read is answered by 503, which a verifier takes as *unknown*.
mod config;
mod openapi;
mod published;
mod readiness;
mod registries;
mod renewal;

pub use config::Config;
pub use openapi::openapi;
pub use renewal::renew_now;

use crate::{
    csc,
    ocsp::OcspResponder,
    time_stamping::{SerialNumbers, TimeStampingAuthority},
    world::{World, WorldError, folder},
};
use axum::{Router, routing::get};
use jiff::Timestamp;
use procura_service::{
    Clock, Listener, Shutdown, SystemClock, SystemRng,
    config::Limits,
    serve as listen,
    server::ServeError,
    shell::{Health, Shell},
    telemetry::{self, TelemetryError},
};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

/// The ecosystem's state.
#[derive(Clone)]
pub struct Ecosystem(Arc<Inner>);
struct Inner {
    folder: PathBuf,
    world: RwLock<Arc<World>>,
    clock: Arc<dyn Clock>,
    time_stamping: TimeStampingAuthority,
    ocsp: OcspResponder,
}
impl core::fmt::Debug for Ecosystem {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Ecosystem")
            .field("folder", &self.0.folder)
            .finish_non_exhaustive()
    }
}
/// Why the ecosystem does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EcosystemError {
    /// The world cannot be used.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The address cannot be used.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Logs cannot be written.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The remote signing service cannot be set up.
    #[error("remote_signing: {0}")]
    RemoteSigning(#[from] csc::SetupError),
}
impl Ecosystem {
    /// Opens the world in a folder and signs again what is due.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, WorldError> {
        let mut world = folder::load(folder)?;
        if world.renew(clock.now())? {
            folder::save(&world, folder)?;
        }
        let serials = SerialNumbers::open(folder, &mut SystemRng)?;
        let world = Arc::new(world);
        Ok(Self(Arc::new(Inner {
            folder: folder.to_owned(),
            time_stamping: TimeStampingAuthority::of(&world, serials, Arc::clone(&clock))?,
            // What it answers from never changes: authorities, certificates, revocations.
            ocsp: OcspResponder::of(Arc::clone(&world), Arc::clone(&clock))?,
            world: RwLock::new(world),
            clock,
        })))
    }
    fn world(&self) -> Arc<World> {
        Arc::clone(&self.0.world.read().unwrap_or_else(PoisonError::into_inner))
    }
    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
    /// The routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/lotl.xml", get(published::lotl))
            .route("/tl/DE.xml", get(published::german_list))
            .route("/crl/{file}", get(published::crl))
            .route("/ca/{file}", get(published::authority))
            .route("/status/samples", get(published::status_list))
            .route("/schemas", get(published::schemas))
            .route("/schemas/{file}", get(published::schema))
            .route("/lear/v1/{id}", get(published::roles_and_duties))
            .route("/api/did/v1/identifiers/{did}", get(registries::participant))
            .route("/v4/issuers/{did}", get(registries::issuer))
            .with_state(self.clone())
            .merge(self.0.time_stamping.router("/tsa"))
            .merge(self.0.ocsp.router("/ocsp"))
    }
    /// The routes as they are served: within their limits, with health.
    pub fn served_router(&self, limits: Limits) -> Router {
        self.served_with(Router::new(), limits)
    }
    /// The same with routes of another service beside them.
    pub fn served_with(&self, further: Router, limits: Limits) -> Router {
        let (registry, keys, lists, crls) = (self.clone(), self.clone(), self.clone(), self.clone());
        let health = Health::new()
            .with_proof("registry", move || {
                let folder = registry.0.folder.clone();
                async move { folder::load_registry(&folder).map(drop) }
            })
            .with_proof("keys", move || {
                let folder = keys.0.folder.clone();
                async move { folder::prove_keys(&folder) }
            })
            .with_proof("lists", move || {
                let lists = lists.clone();
                async move { readiness::prove_lists(&lists.world(), lists.now()) }
            })
            .with_proof("crls", move || {
                let crls = crls.clone();
                async move { readiness::prove_crls(&crls.world(), crls.now()) }
            });
        Shell::new("ecosystem", limits).wrap(self.router().merge(further), health)
    }
}
/// Runs the ecosystem until the process is told to end.
pub async fn serve(config: Config) -> Result<(), EcosystemError> {
    telemetry::start(&config.log)?;
    let ecosystem = Ecosystem::open(&config.world, Arc::new(SystemClock))?;
    let drain = Duration::from_secs(config.limits.drain_seconds);
    let listener = Listener::bind(&config.listen)
        .await?
        .with_trusted_proxies(&config.limits.trusted_proxies);
    let shutdown = Shutdown::on_signals()?;
    let further = match &config.remote_signing {
        Some(signing) => {
            let world = ecosystem.world();
            let origin = world.origins().ecosystem.clone();
            csc::Provider::open(signing, &world, origin, Arc::new(SystemClock))?.router()
        }
        None => Router::new(),
    };
    let router = ecosystem.served_with(further, config.limits);
    let renewal = renewal::keep_renewed(
        ecosystem,
        Duration::from_secs(config.renew_seconds),
        shutdown.clone(),
    );
    tokio::join!(listen(vec![(listener, router)], shutdown, drain), renewal);
    Ok(())
}
