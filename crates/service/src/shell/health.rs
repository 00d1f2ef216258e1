//! `/health/live`: the process answers. `/health/ready`: it can do its work, each part proven by name.
//!
//! Everybody may ask, and proofs cost (a database, a seal): an outcome is kept for some seconds, and who asks while it is
//! being proven waits for the same outcome.
use crate::{clock::Clock, error::Problem};
use axum::{Json, Router, extract::State, response::IntoResponse, response::Response, routing::get};
use futures_util::future::{BoxFuture, join_all};
use http::StatusCode;
use procura_trust_list::SnapshotHandle;
use serde_json::{Map, Value, json};
use std::{fmt::Display, future::Future, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::Instant};
use tracing::Instrument as _;

/// How long a proof may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long an outcome is kept.
const MEMORY: Duration = Duration::from_secs(5);

type Proof = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The proofs of readiness.
#[derive(Clone)]
pub struct Health {
    proofs: Vec<(&'static str, Proof)>,
    memory: Duration,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            proofs: Vec::new(),
            memory: MEMORY,
        }
    }
}

impl core::fmt::Debug for Health {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list()
            .entries(self.proofs.iter().map(|(name, _)| name))
            .finish()
    }
}

impl Health {
    /// Ready by answering at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a proof: `name` is shown to everybody, why it failed goes to the log.
    #[must_use]
    pub fn with_proof<F, Fut, E>(mut self, name: &'static str, proof: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Display,
    {
        let proof: Proof = Arc::new(move || {
            let proven = proof();
            Box::pin(async move { proven.await.map_err(|e| e.to_string()) })
        });
        self.proofs.push((name, proof));
        self
    }

    /// With another time for which `/health/ready` repeats an outcome instead of proving again; 5 seconds otherwise.
    #[must_use]
    pub fn with_memory(mut self, memory: Duration) -> Self {
        self.memory = memory;
        self
    }

    /// With the proof that the database answers.
    #[must_use]
    pub fn with_store(self, store: procura_store::Store) -> Self {
        self.with_proof("database", move || {
            let store = store.clone();
            async move { store.ping().await }
        })
    }

    /// With the proof that there are trusted lists and that they have not run out.
    #[must_use]
    pub fn with_trust(self, snapshot: SnapshotHandle, clock: Arc<dyn Clock>) -> Self {
        self.with_proof("trusted-lists", move || {
            let proven = crate::trust::prove(&snapshot, clock.now());
            async move { proven }
        })
    }

    pub(super) fn routes(self) -> Router {
        Router::new()
            .route("/health/live", get(live))
            .route("/health/ready", get(ready))
            .with_state(Arc::new(Ready {
                health: self,
                last: Mutex::new(None),
            }))
    }

    /// Runs every proof: names and why they failed.
    pub async fn prove(&self) -> Vec<(&'static str, Result<(), String>)> {
        join_all(self.proofs.iter().map(|(name, proof)| async move {
            let outcome = tokio::time::timeout(PATIENCE, proof())
                .await
                .unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}")));
            (*name, outcome)
        }))
        .await
    }
}

pub(super) struct Ready {
    health: Health,
    last: Mutex<Option<(Instant, Outcome)>>,
}

#[derive(Clone)]
struct Outcome {
    up: bool,
    proofs: Map<String, Value>,
}

impl Ready {
    /// The outcome that is known, or a new one. The lock makes one prove and the others wait.
    async fn outcome(&self) -> Outcome {
        let mut last = self.last.lock().await;
        if let Some((at, outcome)) = &*last
            && at.elapsed() < self.health.memory
        {
            return outcome.clone();
        }
        let mut outcome = Outcome {
            up: true,
            proofs: Map::new(),
        };
        for (name, proven) in self.health.prove().await {
            if let Err(reason) = &proven {
                tracing::warn!(proof = name, %reason, "not ready");
                outcome.up = false;
            }
            let word = if proven.is_ok() { "up" } else { "down" };
            outcome.proofs.insert(name.into(), word.into());
        }
        *last = Some((Instant::now(), outcome.clone()));
        outcome
    }
}

/// `GET /health/live`.
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "health",
    responses((status = 200, description = "The process answers.", content_type = "application/json")),
)]
pub(super) async fn live() -> Json<Value> {
    Json(json!({"status": "up"}))
}

/// `GET /health/ready`.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "health",
    responses(
        (status = 200, description = "It can do its work: each proof by name is up.", content_type = "application/json"),
        (status = 503, description = "It cannot: some proof is down; the log says why.", content_type = "application/json"),
    ),
)]
pub(super) async fn ready(State(ready): State<Arc<Ready>>) -> Response {
    // In a task of its own: who asks and leaves would otherwise make the next one begin anew.
    let outcome = tokio::spawn(async move { ready.outcome().await }.in_current_span()).await;
    let Outcome { up, proofs } = match outcome {
        Ok(outcome) => outcome,
        Err(failure) => return Problem::internal(&failure).into_response(),
    };
    let (status, word) = if up {
        (StatusCode::OK, "up")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "down")
    };
    (status, Json(json!({"status": word, "proofs": proofs}))).into_response()
}
