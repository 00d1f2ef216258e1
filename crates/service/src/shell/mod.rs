//! What stands around a service's routes.
//!
//! From outside to inside: request id, span and counters; security headers; rate limit; time limit; body limit. The health
//! endpoints stand outside of the limits.
//!
//! ```
//! use axum::{Router, routing::get};
//! use procura_service::{config::Limits, shell::{Health, Shell}};
//!
//! let health = Health::new().with_proof("answer", || async { Ok::<(), String>(()) });
//! let shell = Shell::new("issuer", Limits::default()).with_https(true);
//! let router: Router = shell.wrap(Router::new().route("/", get(|| async { "hello" })), health);
//! ```
mod headers;
mod health;
mod metrics;
mod observe;
mod rate_limit;

pub use health::Health;
pub use metrics::Metrics;
pub use observe::{RequestId, request_id};

use crate::{config::Limits, error::Problem};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use std::{sync::Arc, time::Duration};

/// The settings of a shell.
#[derive(Clone, Debug)]
pub struct Shell {
    service: &'static str,
    limits: Limits,
    https: bool,
}

impl Shell {
    /// Around the routes of `service`, which is the value of that label in metrics.
    #[must_use]
    pub fn new(service: &'static str, limits: Limits) -> Self {
        Self {
            service,
            limits,
            https: false,
        }
    }

    /// Whether the service's public URL is https: browsers are then told never to use anything else.
    #[must_use]
    pub fn with_https(mut self, https: bool) -> Self {
        self.https = https;
        self
    }

    /// Puts the shell around `router` and adds `/health/live` and `/health/ready`.
    pub fn wrap(&self, router: Router, health: Health) -> Router {
        let limits = &self.limits;
        let mut inner = router
            .layer(DefaultBodyLimit::disable())
            .layer(tower_http::limit::RequestBodyLimitLayer::new(limits.body_bytes))
            .layer(from_fn_with_state(
                Duration::from_secs(limits.request_seconds),
                in_time,
            ));
        if let Some(limiter) = rate_limit::Limiter::new(limits) {
            inner = inner.layer(from_fn_with_state(Arc::new(limiter), rate_limit::limit));
        }
        inner
            .merge(health.routes())
            .layer(from_fn_with_state(
                headers::Headers { https: self.https },
                headers::secure,
            ))
            .layer(from_fn_with_state(self.service, observe::observe))
            .layer(from_fn(observe::identify))
    }
}

async fn in_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "PRO-9503",
            "The request took too long",
        )
        .into_response(),
    }
}

#[cfg(test)]
mod tests;
