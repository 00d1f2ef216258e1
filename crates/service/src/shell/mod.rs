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
pub mod openapi;
mod rate_limit;

pub use health::Health;
pub use metrics::Metrics;
pub use observe::{RequestId, request_id};
pub(crate) use rate_limit::network;

use crate::{config::Limits, error::Problem};
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{Next, from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
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
    ///
    /// Refusals of the router and of the body limit go out as [`Problem`]s; what a handler answers stays as it is.
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
            .layer(map_response(explain))
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

/// Refusals that no handler wrote (they come bare, or as plain text from the body limit) become problems.
async fn explain(mut response: Response) -> Response {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_bare = content_type.is_none();
    let is_text = content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/plain"));
    let problem = match response.status() {
        StatusCode::NOT_FOUND if is_bare => Problem::not_found(),
        status @ StatusCode::METHOD_NOT_ALLOWED if is_bare => {
            Problem::new(status, "PRO-9405", "This method is not for this path")
        }
        status @ StatusCode::PAYLOAD_TOO_LARGE if is_bare || is_text => {
            Problem::new(status, "PRO-9413", "The request body is too large")
        }
        _ => return response,
    };
    let mut explained = problem.into_response();
    if let Some(allowed) = response.headers_mut().remove(header::ALLOW) {
        explained.headers_mut().insert(header::ALLOW, allowed);
    }
    // Who counts requests by route finds it there.
    explained.extensions_mut().extend(response.extensions().clone());
    explained
}

#[cfg(test)]
mod tests;
