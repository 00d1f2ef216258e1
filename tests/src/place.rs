//! Sockets that stay while the service behind them ends and starts again.
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{StatusCode, header},
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
#[derive(Clone)]
pub struct Place(Arc<Inner>);

/// What changes an answer's body.
type Change = Arc<dyn Fn(&str) -> String + Send + Sync>;

struct Inner {
    origin: Url,
    altered: Mutex<Option<(&'static str, Change)>>,
    router: Mutex<Option<Router>>,
    posted: Mutex<Vec<(String, Bytes)>>,
}

impl core::fmt::Debug for Place {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Place({})", self.0.origin)
    }
}

impl Place {
    pub(crate) async fn bind(listen: &Listen, shutdown: &Shutdown) -> Self {
        let listener = Listener::bind(listen).await.expect("a free port");
        let origin = Url::parse(&listener.origin()).expect("an origin");
        let place = Self(Arc::new(Inner {
            origin,
            altered: Mutex::default(),
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

    /// What answers now.
    pub fn router(&self) -> Router {
        lock(&self.0.router).clone().unwrap_or_default()
    }

    /// From now on, what is answered at this path is changed on its way: the service lies.
    pub fn alter(&self, path: &'static str, change: impl Fn(&str) -> String + Send + Sync + 'static) {
        *lock(&self.0.altered) = Some((path, Arc::new(change)));
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
    let Some(router) = router else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let altered = lock(&place.0.altered).clone();
    let change = altered
        .filter(|(path, _)| *path == parts.uri.path())
        .map(|(_, change)| change);
    let answer = router
        .oneshot(Request::from_parts(parts, Body::from(body)))
        .await
        .into_response();
    match change {
        Some(change) => changed(answer, &change).await,
        None => answer,
    }
}

async fn changed(answer: Response, change: &Change) -> Response {
    let (mut parts, body) = answer.into_parts();
    let body = to_bytes(body, LARGEST).await.expect("a body");
    let text = std::str::from_utf8(&body).expect("text");
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(change(text)))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
