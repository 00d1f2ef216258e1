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
    collections::BTreeMap,
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

/// What happens to an answer on its way.
#[derive(Clone)]
enum Fate {
    /// Its body is another one.
    Changed(Change),
    /// The service does not hear the question.
    Cut,
    /// The service has done what it was asked; its answer is lost.
    Lost,
    /// The service has done what it was asked; its answer is still under way.
    Held,
}

struct Inner {
    origin: Url,
    fates: Mutex<BTreeMap<String, Fate>>,
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
            fates: Mutex::default(),
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
    pub fn alter(&self, path: &str, change: impl Fn(&str) -> String + Send + Sync + 'static) {
        lock(&self.0.fates).insert(path.to_owned(), Fate::Changed(Arc::new(change)));
    }

    /// From now on, questions at this path reach nobody.
    pub fn cut(&self, path: &str) {
        lock(&self.0.fates).insert(path.to_owned(), Fate::Cut);
    }

    /// From now on, what is asked at this path is done, and nobody hears the answer.
    pub fn lose_answers(&self, path: &str) {
        lock(&self.0.fates).insert(path.to_owned(), Fate::Lost);
    }

    /// From now on, what is asked at this path is done, and the answer never arrives.
    pub fn hold_answers(&self, path: &str) {
        lock(&self.0.fates).insert(path.to_owned(), Fate::Held);
    }

    /// From now on, the service is heard as it speaks.
    pub fn tell_the_truth(&self) {
        lock(&self.0.fates).clear();
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
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if parts.method == "POST" {
        lock(&place.0.posted).push((parts.uri.path().to_owned(), body.clone()));
    }
    let fate = lock(&place.0.fates).get(parts.uri.path()).cloned();
    let router = lock(&place.0.router).clone();
    let Some(router) = router.filter(|_| !matches!(fate, Some(Fate::Cut))) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    if fate.is_some() {
        // Who remembers the truth must not be told that nothing has changed.
        parts.headers.remove(header::IF_NONE_MATCH);
    }
    let answer = router
        .oneshot(Request::from_parts(parts, Body::from(body)))
        .await
        .into_response();
    match fate {
        Some(Fate::Changed(change)) => changed(answer, &change).await,
        Some(Fate::Lost) => StatusCode::BAD_GATEWAY.into_response(),
        Some(Fate::Held) => std::future::pending().await,
        _ => answer,
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
