//! A portal over one database, with a verifier whose keys are on a socket and a watch that stands until it is set.
use axum::{Json, Router, body::Body, extract::State, response::IntoResponse, routing::get};
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use procura_credential::lear::{self, Issuance, Shape};
use procura_crypto::{Curve, KeyKind, PrivateKey};
use procura_did::Did;
use procura_jose::{Algorithm, Jwk, JwkSet, jws};
use procura_keys::KekRing;
use procura_protocol::oauth::access_token::{AccessToken, mint};
use procura_sandbox::{
    portal::{Config, NotifySecret, Portal, VerifierKeys},
    world::{DOME_DID, GOODAIR_DID, mandate},
};
use procura_service::{Clock, GuardedClient, guarded::GuardedConfig};
use procura_store::{Schema, Store, contract::on_each_database};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tower::ServiceExt;

pub(crate) const SECRET: &str = "k2Yl0M1Z0b2cV8lH9vQw5gAA";
const RESOURCE: &str = "https://portal.example/";
/// What the verifier gives to the notification and to the browser that began.
pub(crate) const RESPONSE_CODE: &str = "X2r3BqvE0Q8mJ7cTn5sYp1KdWuZaLh4gFo6iNtRxVeM";
const SCOPE: &str = "dome.credentials.presentation.LEARCredential";
/// What a login may ask for instead.
pub(crate) const FURTHER_SCOPE: &str = "dome.credentials.presentation.LEARCredentialEmployee";

pub(crate) fn start() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

pub(crate) struct Watch(pub(crate) Mutex<Timestamp>);
impl Watch {
    pub(crate) fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap() = now;
    }
}
impl Clock for Watch {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// The verifier's published keys, on a socket of their own.
#[derive(Clone)]
pub(crate) struct Published {
    keys: Arc<Mutex<JwkSet>>,
    fetched: Arc<AtomicUsize>,
    /// `Cache-Control` of the keys.
    pub(crate) cache_control: Arc<Mutex<Option<&'static str>>>,
    /// Whether it answers at all.
    pub(crate) reachable: Arc<AtomicBool>,
    pub(crate) origin: String,
}
impl Published {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let published = Self {
            keys: Arc::default(),
            fetched: Arc::default(),
            cache_control: Arc::default(),
            reachable: Arc::new(AtomicBool::new(true)),
            origin: format!("http://{}", listener.local_addr().unwrap()),
        };
        let router = Router::new()
            .route(
                "/.well-known/oauth-authorization-server",
                get(async |State(this): State<Self>| {
                    Json(json!({ "issuer": this.origin, "jwks_uri": format!("{}/jwks", this.origin) }))
                }),
            )
            .route(
                "/jwks",
                get(async |State(this): State<Self>| {
                    this.fetched.fetch_add(1, Ordering::SeqCst);
                    if !this.reachable.load(Ordering::SeqCst) {
                        return StatusCode::SERVICE_UNAVAILABLE.into_response();
                    }
                    let mut headers = HeaderMap::new();
                    if let Some(value) = *this.cache_control.lock().unwrap() {
                        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
                    }
                    (headers, Json(this.keys.lock().unwrap().to_json())).into_response()
                }),
            )
            .with_state(published.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        published
    }
    pub(crate) fn publish(&self, key: &PrivateKey, kid: &str) {
        self.keys.lock().unwrap().0.push(Jwk {
            kid: Some(kid.to_owned()),
            ..Jwk::of(key.public_key().clone())
        });
    }
}

pub(crate) struct World {
    router: Router,
    pub(crate) portal: Portal,
    pub(crate) watch: Arc<Watch>,
    pub(crate) published: Published,
    pub(crate) key: PrivateKey,
}
impl Published {
    /// How often the keys were fetched.
    pub(crate) fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }
    pub(crate) fn withdraw(&self, kid: &str) {
        self.keys
            .lock()
            .unwrap()
            .0
            .retain(|key| key.kid.as_deref() != Some(kid));
    }
}

impl World {
    pub(crate) async fn new(store: &Store) -> Self {
        let published = Published::start().await;
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
        published.publish(&key, "k1");
        Self::with(store, published, key, "https://portal.example/")
    }
    pub(crate) fn with(store: &Store, published: Published, key: PrivateKey, public_url: &str) -> Self {
        let vault = KekRing::single("test", [7; 32]).unwrap();
        Self::sealing(store, published, key, public_url, ("unused", vault))
    }
    /// Its routes as they are served.
    pub(crate) fn served(self) -> Self {
        Self {
            router: self.portal.served_router(),
            ..self
        }
    }
    /// With these key-encryption keys, which are in that file.
    pub(crate) fn sealing(
        store: &Store,
        published: Published,
        key: PrivateKey,
        public_url: &str,
        (key_file, vault): (&str, KekRing),
    ) -> Self {
        let config: Config = toml::from_str(&format!(
            r#"
            public_url = "{public_url}"
            client_id = "portal"
            verifier = "{}/"
            verifier_did = "{DOME_DID}"
            resource = "{RESOURCE}"
            scope = "{SCOPE}"
            further_scopes = ["{FURTHER_SCOPE}"]
            notify_secret_file = "unused"
            key_encryption_key_file = "{key_file}"
            listen = {{ address = "127.0.0.1:0" }}
            database = {{ url = "unused" }}
            "#,
            published.origin
        ))
        .unwrap();
        let client = GuardedClient::new(GuardedConfig {
            development_origins: BTreeSet::from([published.origin.clone()]),
            extra_roots_pem: Vec::new(),
        })
        .unwrap();
        let keys = VerifierKeys::new(client, config.verifier.clone());
        let watch = Arc::new(Watch(Mutex::new(start())));
        let secret = NotifySecret::of(SECRET);
        let portal = Portal::new(config, secret, vault, store.clone(), keys, watch.clone());
        Self {
            router: portal.router(),
            portal,
            watch,
            published,
            key,
        }
    }
    pub(crate) async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        (
            parts.status,
            parts.headers,
            String::from_utf8(body.to_vec()).unwrap(),
        )
    }
    /// A browser asks to sign in: its cookie and its state.
    pub(crate) async fn begin(&self) -> (String, String) {
        let (status, headers, _) = self
            .send(Request::get("/login").body(Body::empty()).unwrap())
            .await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let cookie = headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let location = url::Url::parse(headers[header::LOCATION].to_str().unwrap()).unwrap();
        let state = location
            .query_pairs()
            .find(|(name, _)| name == "state")
            .unwrap()
            .1
            .into_owned();
        (cookie, state)
    }
    pub(crate) async fn home(&self, cookie: &str) -> String {
        self.open("/", cookie).await.1
    }
    pub(crate) async fn open(&self, path: &str, cookie: &str) -> (StatusCode, String) {
        let request = Request::get(path)
            .header(header::COOKIE, cookie)
            .body(Body::empty())
            .unwrap();
        let (status, _, text) = self.send(request).await;
        (status, text)
    }
    /// The verifier sends a browser back with a code; where the portal answers with a page, its text.
    pub(crate) async fn back_with(&self, cookie: &str, response_code: &str) -> (StatusCode, String) {
        self.open(&format!("/?state=s&response_code={response_code}"), cookie)
            .await
    }
    /// The browser that began comes back and is signed in.
    pub(crate) async fn back(&self, cookie: &str) {
        assert_eq!(
            self.back_with(cookie, RESPONSE_CODE).await.0,
            StatusCode::SEE_OTHER
        );
    }
    pub(crate) async fn notify_by(&self, secret: &str, token: &str, state: &str) -> (StatusCode, String) {
        self.post(secret, &notification(token, state)).await
    }
    pub(crate) async fn post(&self, secret: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let (status, body) = self.posted(secret, form).await;
        (status, body["code"].as_str().unwrap_or_default().to_owned())
    }
    async fn posted(&self, secret: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = Request::post("/notify")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, format!("Bearer {secret}"))
            .body(Body::from(body))
            .unwrap();
        let (status, _, body) = self.send(request).await;
        (status, serde_json::from_str(&body).unwrap_or_default())
    }
    /// What the portal says to a notification, in full.
    pub(crate) async fn answer(&self, token: &str, state: &str) -> (StatusCode, Value) {
        self.posted(SECRET, &notification(token, state)).await
    }
    pub(crate) async fn notify(&self, token: &str, state: &str) -> (StatusCode, String) {
        self.notify_by(SECRET, token, state).await
    }
    pub(crate) fn mint(&self, token: &AccessToken) -> String {
        mint(&self.key, Algorithm::Es256, "k1", token).unwrap()
    }
    /// A good token in which one thing was changed before it was signed.
    pub(crate) fn changed(
        &self,
        change: impl FnOnce(&mut Map<String, Value>, &mut Map<String, Value>),
    ) -> String {
        let (mut header, claims) = token("t1").to_parts(Algorithm::Es256, "k1");
        let Value::Object(mut claims) = claims else {
            panic!("claims are an object")
        };
        change(&mut header, &mut claims);
        jws::sign(
            &self.key,
            Algorithm::Es256,
            header,
            Value::Object(claims).to_string().as_bytes(),
        )
        .unwrap()
    }
    /// The attack: a session waits, the token is refused by `code`, the session still waits.
    pub(crate) async fn refused(&self, token: &str, code: &str) {
        let (cookie, state) = self.begin().await;
        let (status, found) = self.notify(token, &state).await;
        assert_eq!((status, found.as_str()), (StatusCode::BAD_REQUEST, code));
        assert!(self.home(&cookie).await.contains("not signed in yet"));
        let control = self.mint(&token_named(&format!("control-{code}")));
        assert_eq!(
            self.notify(&control, &state).await.0,
            StatusCode::NO_CONTENT,
            "the control passes"
        );
    }
}
fn notification<'a>(token: &'a str, state: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("access_token", token),
        ("state", state),
        ("response_code", RESPONSE_CODE),
    ]
}
pub(crate) fn vc(shape: Shape) -> Value {
    let did = |text| Did::parse(text).unwrap();
    lear::build(
        &mandate(shape).unwrap(),
        &Issuance {
            id: "urn:uuid:5a3d0bde-0000-4000-8000-000000000001",
            issuer: &did(GOODAIR_DID),
            issuer_name: "GoodAir",
            holder: &did("did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"),
            valid_from: start(),
            valid_until: start() + SignedDuration::from_hours(24),
            status: Value::Null,
            schema: None,
        },
    )
    .unwrap()
}
pub(crate) fn token_named(id: &str) -> AccessToken {
    AccessToken {
        id: id.to_owned(),
        ..token("")
    }
}
pub(crate) fn token(id: &str) -> AccessToken {
    AccessToken {
        issuer: Did::parse(DOME_DID).unwrap(),
        subject: Did::parse("did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169").unwrap(),
        audience: RESOURCE.to_owned(),
        scope: SCOPE.to_owned(),
        id: id.to_owned(),
        issued_at: start(),
        expires_at: start() + SignedDuration::from_mins(15),
        credential: "aaaa.bbbb.cccc".to_owned(),
        vc: vc(Shape::EmployeeV3),
    }
}
pub(crate) async fn on_each(test: impl AsyncFn(&World)) {
    on_each_database(Schema::Portal, async |database| {
        test(&World::new(&database.store).await).await;
    })
    .await;
}
