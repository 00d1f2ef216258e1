//! A remote signing service: the API of the Cloud Signature Consortium as a trust service provider offers it, with the
//! seal keys of the demo world.
//!
//! It behaves as the specification says: clients are let in by their credentials with tokens that expire; a credential
//! is authorized for hashes, by PIN or automatically, wrong PINs are counted and lock it; activation data is for these
//! hashes, for so many signatures, and expires; signatures are made at once or asynchronously. Version 1 is spoken where
//! it is configured, and only then. [`Behaviour`] and [`Fault`] make it go wrong in the ways that a client must survive.
//!
//! It is a sandbox's: keys lie in memory, and so do tokens, activation data, pending signatures and counters. A restart
//! forgets them, which a client sees as tokens and activation data that have expired.
//!
//! Specifications: CSC API v2.0.0.2 and v1.0.4.0, RFC 6749 §4.4.
//!
//! ```
//! use procura_sandbox::csc::{Credential, Provider, Settings};
//! use procura_crypto::{Curve, KeyKind, PrivateKey};
//! use procura_service::SystemClock;
//! use std::sync::Arc;
//!
//! let key = PrivateKey::generate(KeyKind::Ec(Curve::P256))?;
//! let seal = Credential::new("goodair-seal", key, vec![]).with_pin("1234");
//! let settings = Settings::new("http://127.0.0.1:4710/".parse()?, "goodair", "a secret");
//! let provider = Provider::new(settings, vec![seal], Arc::new(SystemClock));
//! let router: axum::Router = provider.router();
//! assert_eq!(provider.seen("signatures/signHash"), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
mod arguments;
mod behaviour;
mod config;
mod credential;
mod description;
mod refusal;
mod signing;
mod state;
mod token;

pub use behaviour::{Behaviour, Fault};
pub use config::{Config, CredentialConfig, SetupError};
pub use credential::Credential;

use axum::{Router, middleware, routing::post};
use jiff::Timestamp;
use procura_keys::csc::Dialect;
use procura_service::Clock;
use state::State;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use url::Url;

/// What a provider offers, and to whom.
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Where it is reached; the API lies at `csc/v2/` (or `csc/v1/`) below it, the token endpoint at `oauth2/token`.
    pub origin: Url,
    /// Version of the API.
    pub dialect: Dialect,
    /// Its client.
    pub client_id: String,
    /// The client's secret.
    client_secret: zeroize::Zeroizing<String>,
    /// Seconds for which tokens are good.
    pub token_seconds: u32,
    /// Seconds for which activation data is good.
    pub sad_seconds: u32,
    /// Whether hashes are taken in base64url, in place of base64.
    pub url_safe_hashes: bool,
}

impl Settings {
    /// A provider of v2 with tokens for an hour and activation data for five minutes.
    pub fn new(origin: Url, client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self {
            origin,
            dialect: Dialect::V2,
            client_id: client_id.into(),
            client_secret: zeroize::Zeroizing::new(client_secret.into()),
            token_seconds: 3600,
            sad_seconds: 300,
            url_safe_hashes: false,
        }
    }

    fn prefix(&self) -> &'static str {
        match self.dialect {
            Dialect::V1 => "/csc/v1",
            _ => "/csc/v2",
        }
    }
}

/// A provider. Clones are the same one.
#[derive(Clone)]
pub struct Provider(Arc<Inner>);

struct Inner {
    settings: Settings,
    credentials: BTreeMap<String, Credential>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    behaviour: Mutex<Behaviour>,
}

impl core::fmt::Debug for Provider {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Provider")
            .field("origin", &self.0.settings.origin.as_str())
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// A provider that keeps these keys.
    pub fn new(settings: Settings, credentials: Vec<Credential>, clock: Arc<dyn Clock>) -> Self {
        let credentials = credentials.into_iter().map(|c| (c.id.clone(), c)).collect();
        Self(Arc::new(Inner {
            settings,
            credentials,
            clock,
            state: Mutex::default(),
            behaviour: Mutex::default(),
        }))
    }

    /// The base of its API, for a client's settings.
    pub fn base_url(&self) -> String {
        let origin = self.0.settings.origin.as_str().trim_end_matches('/');
        format!("{origin}{}/", self.0.settings.prefix())
    }

    /// The routes.
    pub fn router(&self) -> Router {
        let methods = Router::new()
            .route("/info", post(description::info))
            .route("/credentials/list", post(description::list))
            .route("/credentials/info", post(description::credential))
            .route("/credentials/authorize", post(signing::authorize))
            .route("/signatures/signHash", post(signing::sign_hash))
            .route("/signatures/signPolling", post(signing::polling));
        Router::new()
            .nest(self.0.settings.prefix(), methods)
            .route("/oauth2/token", post(token::token))
            .layer(middleware::from_fn_with_state(self.clone(), behaviour::meddle))
            .with_state(self.clone())
    }

    /// How often a method has been called, by its path below the API's base.
    pub fn seen(&self, method: &str) -> usize {
        self.state().seen.get(method).copied().unwrap_or_default()
    }

    /// How many signatures have been made.
    pub fn signatures_made(&self) -> usize {
        self.state().signatures_made
    }

    /// Makes it go wrong, or right again.
    pub fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.0.behaviour.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn behaviour(&self) -> Behaviour {
        self.0
            .behaviour
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
    fn is_v1(&self) -> bool {
        self.0.settings.dialect == Dialect::V1
    }
}
