//! Sockets that stay while the service behind them ends and starts again.
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use procura_service::{Listener, Shutdown, config::Listen, serve};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tower::ServiceExt as _;
use url::Url;

/// Largest body that is looked at.
const LARGEST: usize = 1 << 20;

/// A socket. Where no service stands behind it, it answers 503.
#[derive(Clone, Debug)]
pub struct Place(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    origin: Url,
    router: Mutex<Option<Router>>,
    posted: Mutex<Vec<(String, Bytes)>>,
}

impl Place {
    pub(crate) async fn bind(listen: &Listen, shutdown: &Shutdown) -> Self {
        let listener = Listener::bind(listen).await.expect("a free port");
        let origin = Url::parse(&listener.origin()).expect("an origin");
        let place = Self(Arc::new(Inner {
            origin,
            router: Mutex::default(),
            posted: Mutex::default(),
        }));
        let front = Router::new().fallback(answer).with_state(place.clone());
        tokio::spawn(serve(vec![(listener, front)], shutdown.clone(), Duration::ZERO));
        place
    }

    /// Where it is, with a slash at its end.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0.origin
    }

    /// Where it is, without a slash at its end.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin.origin().ascii_serialization()
    }

    /// An address below it.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0.origin)
    }

    /// From now on, this answers.
    pub fn open(&self, router: Router) {
        *lock(&self.0.router) = Some(router);
    }

    /// From now on, nobody answers.
    pub fn close(&self) {
        *lock(&self.0.router) = None;
    }

    /// Bodies that were posted to a path, answered or not.
    #[must_use]
    pub fn posted(&self, path: &str) -> Vec<Bytes> {
        let posted = lock(&self.0.posted);
        posted
            .iter()
            .filter(|(to, _)| to == path)
            .map(|(_, body)| body.clone())
            .collect()
    }
}

async fn answer(State(place): State<Place>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if parts.method == "POST" {
        lock(&place.0.posted).push((parts.uri.path().to_owned(), body.clone()));
    }
    let router = lock(&place.0.router).clone();
    match router {
        Some(router) => router
            .oneshot(Request::from_parts(parts, Body::from(body)))
            .await
            .into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
