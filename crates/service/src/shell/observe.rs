//! Request ids, spans and counters.
use crate::clock::SystemRng;
use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderName, HeaderValue, Method};
use std::time::Instant;
use tracing::Instrument as _;

/// The id of a request: drawn by us, since one that a caller sends could say anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub String);

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of the request that this task answers.
pub fn request_id() -> Option<RequestId> {
    CURRENT.try_with(Clone::clone).ok()
}

pub(super) async fn identify(mut request: Request, next: Next) -> Response {
    let id = RequestId(procura_crypto::random::uuid(&mut SystemRng));
    request.extensions_mut().insert(id.clone());
    let mut response = CURRENT.scope(id.clone(), next.run(request)).await;
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

pub(super) async fn observe(State(service): State<&'static str>, request: Request, next: Next) -> Response {
    let method = label(request.method());
    // The pattern, not the path: a path may hold a nonce.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let id = request_id().map(|id| id.0).unwrap_or_default();
    let span = tracing::info_span!("request", %id, method, route);
    let started = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let seconds = started.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    span.in_scope(|| {
        if status >= 500 {
            tracing::warn!(status, seconds, "answered");
        } else {
            tracing::info!(status, seconds, "answered");
        }
    });
    let labels = [
        ("service", service.to_owned()),
        ("method", method.to_owned()),
        ("route", route),
        ("status", status.to_string()),
    ];
    metrics::counter!("procura_http_requests_total", &labels).increment(1);
    metrics::histogram!("procura_http_request_seconds", &labels).record(seconds);
    response
}

fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        // Anybody can invent methods; labels stay a closed set.
        _ => "other",
    }
}
