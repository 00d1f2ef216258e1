//! `/health/live`: the process answers. `/health/ready`: it can do its work, each part proven by name.
use crate::clock::Clock;
use axum::{Json, Router, extract::State, response::IntoResponse, response::Response, routing::get};
use futures_util::future::{BoxFuture, join_all};
use http::StatusCode;
use procura_trust_list::SnapshotHandle;
use serde_json::{Map, Value, json};
use std::{fmt::Display, future::Future, sync::Arc, time::Duration};

/// How long a proof may take.
const PATIENCE: Duration = Duration::from_secs(3);

type Proof = Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// The proofs of readiness.
#[derive(Clone, Default)]
pub struct Health(Vec<(&'static str, Proof)>);

impl core::fmt::Debug for Health {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
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
        self.0.push((name, proof));
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
            .route("/health/live", get(|| async { Json(json!({"status": "up"})) }))
            .route("/health/ready", get(ready))
            .with_state(self)
    }

    /// Runs every proof: names and why they failed.
    pub async fn prove(&self) -> Vec<(&'static str, Result<(), String>)> {
        join_all(self.0.iter().map(|(name, proof)| async move {
            let outcome = tokio::time::timeout(PATIENCE, proof())
                .await
                .unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}")));
            (*name, outcome)
        }))
        .await
    }
}

async fn ready(State(health): State<Health>) -> Response {
    let mut proofs = Map::new();
    let mut up = true;
    for (name, outcome) in health.prove().await {
        if let Err(reason) = &outcome {
            tracing::warn!(proof = name, %reason, "not ready");
            up = false;
        }
        proofs.insert(
            name.into(),
            Value::from(if outcome.is_ok() { "up" } else { "down" }),
        );
    }
    let status = if up {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(json!({"status": if up { "up" } else { "down" }, "proofs": proofs})),
    )
        .into_response()
}
