//! What the portal lets in, and what it refuses, on both databases.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]
use axum::{Json, Router, body::Body, extract::State, routing::get};
use http::{HeaderMap, Request, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use procura_credential::lear::{self, Issuance, Shape};
use procura_crypto::{Curve, KeyKind, PrivateKey};
use procura_did::Did;
use procura_jose::{Algorithm, Jwk, JwkSet, jws};
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
        atomic::{AtomicUsize, Ordering},
    },
};
use tower::ServiceExt;

const SECRET: &str = "k2Yl0M1Z0b2cV8lH9vQw5gAA";
const RESOURCE: &str = "https://portal.example/";
/// What the verifier gives to the notification and to the browser that began.
const RESPONSE_CODE: &str = "X2r3BqvE0Q8mJ7cTn5sYp1KdWuZaLh4gFo6iNtRxVeM";
const SCOPE: &str = "dome.credentials.presentation.LEARCredential";

fn start() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

struct Watch(Mutex<Timestamp>);
impl Clock for Watch {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// The verifier's published keys, on a socket of their own.
#[derive(Clone)]
struct Published {
    keys: Arc<Mutex<JwkSet>>,
    fetched: Arc<AtomicUsize>,
    origin: String,
}
impl Published {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let published = Self {
            keys: Arc::default(),
            fetched: Arc::default(),
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
                    Json(this.keys.lock().unwrap().to_json())
                }),
            )
            .with_state(published.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        published
    }
    fn publish(&self, key: &PrivateKey, kid: &str) {
        self.keys.lock().unwrap().0.push(Jwk {
            kid: Some(kid.to_owned()),
            ..Jwk::of(key.public_key().clone())
        });
    }
}

struct World {
    router: Router,
    watch: Arc<Watch>,
    published: Published,
    key: PrivateKey,
}
impl World {
    async fn new(store: &Store) -> Self {
        let published = Published::start().await;
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
        published.publish(&key, "k1");
        Self::with(store, published, key, "https://portal.example/")
    }
    fn with(store: &Store, published: Published, key: PrivateKey, public_url: &str) -> Self {
        let config: Config = toml::from_str(&format!(
            r#"
            public_url = "{public_url}"
            client_id = "portal"
            verifier = "{}/"
            verifier_did = "{DOME_DID}"
            resource = "{RESOURCE}"
            scope = "{SCOPE}"
            notify_secret_file = "unused"
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
        let secret = NotifySecret::of(SECRET).unwrap();
        let portal = Portal::new(config, secret, store.clone(), keys, watch.clone());
        Self {
            router: portal.router(),
            watch,
            published,
            key,
        }
    }
    async fn send(&self, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
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
    async fn begin(&self) -> (String, String) {
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
    async fn home(&self, cookie: &str) -> String {
        self.open("/", cookie).await.1
    }
    async fn open(&self, path: &str, cookie: &str) -> (StatusCode, String) {
        let request = Request::get(path)
            .header(header::COOKIE, cookie)
            .body(Body::empty())
            .unwrap();
        let (status, _, text) = self.send(request).await;
        (status, text)
    }
    /// The verifier sends a browser back with a code; where the portal answers with a page, its text.
    async fn back_with(&self, cookie: &str, response_code: &str) -> (StatusCode, String) {
        self.open(&format!("/?state=s&response_code={response_code}"), cookie)
            .await
    }
    /// The browser that began comes back and is signed in.
    async fn back(&self, cookie: &str) {
        assert_eq!(
            self.back_with(cookie, RESPONSE_CODE).await.0,
            StatusCode::SEE_OTHER
        );
    }
    async fn notify_by(&self, secret: &str, token: &str, state: &str) -> (StatusCode, String) {
        let form = [
            ("access_token", token),
            ("state", state),
            ("response_code", RESPONSE_CODE),
        ];
        self.post(secret, &form).await
    }
    async fn post(&self, secret: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = Request::post("/notify")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::AUTHORIZATION, format!("Bearer {secret}"))
            .body(Body::from(body))
            .unwrap();
        let (status, _, body) = self.send(request).await;
        let code = serde_json::from_str::<Value>(&body)
            .map(|body| body["code"].as_str().unwrap().to_owned())
            .unwrap_or_default();
        (status, code)
    }
    async fn notify(&self, token: &str, state: &str) -> (StatusCode, String) {
        self.notify_by(SECRET, token, state).await
    }
    fn mint(&self, token: &AccessToken) -> String {
        mint(&self.key, Algorithm::Es256, "k1", token).unwrap()
    }
    /// A good token in which one thing was changed before it was signed.
    fn changed(&self, change: impl FnOnce(&mut Map<String, Value>, &mut Map<String, Value>)) -> String {
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
    async fn refused(&self, token: &str, code: &str) {
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
fn vc(shape: Shape) -> Value {
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
fn token_named(id: &str) -> AccessToken {
    AccessToken {
        id: id.to_owned(),
        ..token("")
    }
}
fn token(id: &str) -> AccessToken {
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
async fn on_each(test: impl AsyncFn(&World)) {
    on_each_database(Schema::Portal, async |database| {
        test(&World::new(&database.store).await).await;
    })
    .await;
}

#[tokio::test]
async fn a_login_leads_to_the_verifier_with_a_fresh_state_and_a_cookie_that_scripts_cannot_read() {
    on_each(async |world| {
        let (_, headers, _) = world
            .send(Request::get("/login").body(Body::empty()).unwrap())
            .await;
        let cookie = headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with("__Host-portal="), "{cookie}");
        for part in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        let location = headers[header::LOCATION].to_str().unwrap();
        assert!(location.starts_with(&format!(
            "{}/login?client_id=portal&scope=dome.credentials.presentation.LEARCredential&state=",
            world.published.origin
        )));
        let (first, second) = (world.begin().await, world.begin().await);
        assert!(first.0 != second.0 && first.1 != second.1);
        assert!(first.1.len() >= 22);
    })
    .await;
}

#[tokio::test]
async fn over_plain_http_the_cookie_is_not_marked_secure() {
    on_each_database(Schema::Portal, async |database| {
        let published = Published::start().await;
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
        let world = World::with(&database.store, published, key, "http://127.0.0.1:4715/");
        let (_, headers, _) = world
            .send(Request::get("/login").body(Body::empty()).unwrap())
            .await;
        let cookie = headers[header::SET_COOKIE].to_str().unwrap();
        assert!(
            cookie.starts_with("portal=") && !cookie.contains("Secure"),
            "{cookie}"
        );
    })
    .await;
}

#[tokio::test]
async fn who_signed_in_is_greeted_by_name_organisation_and_powers() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        assert!(world.home(&cookie).await.contains("not signed in yet"));
        let token = world.mint(&token("t1"));
        assert_eq!(
            world.notify(&token, &state).await,
            (StatusCode::NO_CONTENT, String::new())
        );
        world.back(&cookie).await;
        let page = world.home(&cookie).await;
        for text in [
            "Good day, John Doe",
            "GoodAir",
            "VATES-12345678",
            "Onboarding: Execute (DOME)",
        ] {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert!(world.home("").await.contains("Sign in with your wallet"));
    })
    .await;
}

#[tokio::test]
async fn the_browser_of_a_session_and_no_other_sees_what_the_token_said() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        let session = async |cookie: &str| {
            let request = Request::get("/session")
                .header(header::COOKIE, cookie)
                .body(Body::empty())
                .unwrap();
            world.send(request).await
        };
        assert_eq!(session(&cookie).await.0, StatusCode::NOT_FOUND);
        let token = world.mint(&token("t1"));
        assert_eq!(world.notify(&token, &state).await.0, StatusCode::NO_CONTENT);
        assert_eq!(session(&cookie).await.0, StatusCode::NOT_FOUND, "announced only");
        world.back(&cookie).await;
        let (status, _, body) = session(&cookie).await;
        let said: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (status, &said["access_token"]["header"]["typ"]),
            (StatusCode::OK, &json!("at+jwt"))
        );
        assert_eq!(said["access_token"]["claims"]["jti"], "t1");
        assert!(
            !body.contains(token.rsplit('.').next().unwrap()),
            "no signature: nobody can use it"
        );
        assert_eq!(session("").await.0, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn the_credential_of_the_dome_document_is_greeted_too() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        let token = AccessToken {
            vc: vc(Shape::LearCredential),
            ..token("t1")
        };
        assert_eq!(
            world.notify(&world.mint(&token), &state).await.0,
            StatusCode::NO_CONTENT
        );
        world.back(&cookie).await;
        let page = world.home(&cookie).await;
        assert!(
            page.contains("Good day, John Doe") && page.contains("Roles and duties described at"),
            "{page}"
        );
    })
    .await;
}

#[tokio::test]
async fn names_are_text_and_never_markup() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        let mut vc = vc(Shape::EmployeeV3);
        vc["credentialSubject"]["mandate"]["mandatee"]["firstName"] = json!("<script>alert(1)</script>");
        assert_eq!(
            world
                .notify(&world.mint(&AccessToken { vc, ..token("t1") }), &state)
                .await
                .0,
            StatusCode::NO_CONTENT
        );
        world.back(&cookie).await;
        let page = world.home(&cookie).await;
        assert!(!page.contains("<script>") && page.contains("script"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_or_missing_secret_completes_nothing() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        let token = world.mint(&token("t1"));
        for secret in [
            "",
            "k2Yl0M1Z0b2cV8lH9vQw5gAB",
            &SECRET[..23],
            &SECRET.to_lowercase(),
        ] {
            let (status, code) = world.notify_by(secret, &token, &state).await;
            assert_eq!(
                (status, code.as_str()),
                (StatusCode::UNAUTHORIZED, "PRO-5001"),
                "{secret}"
            );
        }
        assert!(world.home(&cookie).await.contains("not signed in yet"));
        assert_eq!(
            world.notify(&token, &state).await.0,
            StatusCode::NO_CONTENT,
            "the control passes"
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_of_another_type_is_refused() {
    on_each(async |world| {
        let token = world.changed(|header, _| drop(header.insert("typ".to_owned(), json!("JWT"))));
        world.refused(&token, "PRO-5010").await;
    })
    .await;
}

#[tokio::test]
async fn a_token_by_an_unknown_key_is_refused_after_one_look_at_fresh_keys() {
    on_each(async |world| {
        let token = world.changed(|header, _| drop(header.insert("kid".to_owned(), json!("k9"))));
        world.refused(&token, "PRO-5011").await;
        assert_eq!(
            world.published.fetched.load(Ordering::SeqCst),
            2,
            "once when first needed, once for k9"
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_for_another_resource_is_refused() {
    on_each(async |world| {
        let token =
            world.changed(|_, claims| drop(claims.insert("aud".to_owned(), json!("https://other.example/"))));
        world.refused(&token, "PRO-5012").await;
    })
    .await;
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    on_each(async |world| {
        let token = world.changed(|_, claims| {
            claims.insert("iss".to_owned(), json!(GOODAIR_DID));
            claims.insert("client_id".to_owned(), json!(GOODAIR_DID));
        });
        world.refused(&token, "PRO-5013").await;
    })
    .await;
}

#[tokio::test]
async fn an_expired_token_and_one_from_the_future_are_refused() {
    on_each(async |world| {
        let at = |minutes| json!((start() + SignedDuration::from_mins(minutes)).as_second());
        let expired = world.changed(|_, claims| drop(claims.insert("exp".to_owned(), at(-1))));
        world.refused(&expired, "PRO-5014").await;
        let early = world.changed(|_, claims| drop(claims.insert("iat".to_owned(), at(2))));
        let (_, state) = world.begin().await;
        assert_eq!(
            world.notify(&early, &state).await,
            (StatusCode::BAD_REQUEST, "PRO-5014".to_owned())
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_by_an_algorithm_that_is_not_allowed_is_refused() {
    on_each(async |world| {
        let strong = PrivateKey::generate(KeyKind::Ec(Curve::P384)).unwrap();
        world.published.publish(&strong, "k384");
        let token = mint(&strong, Algorithm::Es384, "k384", &token("t1")).unwrap();
        world.refused(&token, "PRO-5015").await;
    })
    .await;
}

#[tokio::test]
async fn a_token_that_a_stranger_signed_is_refused() {
    on_each(async |world| {
        let stranger = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
        let token = mint(&stranger, Algorithm::Es256, "k1", &token("t1")).unwrap();
        world.refused(&token, "PRO-5015").await;
    })
    .await;
}

#[tokio::test]
async fn a_token_of_another_scope_is_refused() {
    on_each(async |world| {
        let token = world.changed(|_, claims| drop(claims.insert("scope".to_owned(), json!("vp_token"))));
        world.refused(&token, "PRO-5017").await;
    })
    .await;
}

#[tokio::test]
async fn a_notification_for_another_session_does_not_complete_this_one() {
    on_each(async |world| {
        let (mine, my_state) = world.begin().await;
        let (other, other_state) = world.begin().await;
        assert_eq!(
            world.notify(&world.mint(&token("t1")), &other_state).await.0,
            StatusCode::NO_CONTENT
        );
        world.back(&other).await;
        assert!(world.home(&mine).await.contains("not signed in yet"));
        assert!(world.home(&other).await.contains("Good day"));
        let made_up = world
            .notify(&world.mint(&token("t2")), "AAAAAAAAAAAAAAAAAAAAAA")
            .await;
        assert_eq!(made_up, (StatusCode::CONFLICT, "PRO-5020".to_owned()));
        let again = world.notify(&world.mint(&token("t1")), &my_state).await;
        assert_eq!(
            again,
            (StatusCode::CONFLICT, "PRO-5019".to_owned()),
            "a token completes one session"
        );
        assert!(world.home(&mine).await.contains("not signed in yet"));
    })
    .await;
}

#[tokio::test]
async fn a_state_completes_once_and_a_repeated_notification_is_heard_quietly() {
    on_each(async |world| {
        let (_, state) = world.begin().await;
        let first = world.mint(&token("t1"));
        assert_eq!(world.notify(&first, &state).await.0, StatusCode::NO_CONTENT);
        assert_eq!(
            world.notify(&first, &state).await.0,
            StatusCode::NO_CONTENT,
            "our answer was lost"
        );
        let second = world.notify(&world.mint(&token("t2")), &state).await;
        assert_eq!(second, (StatusCode::CONFLICT, "PRO-5020".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a_login_that_took_too_long_is_not_completed() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        *world.watch.0.lock().unwrap() = start() + SignedDuration::from_mins(10);
        let late = world.notify(&world.mint(&token("t1")), &state).await;
        assert_eq!(late, (StatusCode::CONFLICT, "PRO-5020".to_owned()));
        assert!(world.home(&cookie).await.contains("Sign in with your wallet"));
    })
    .await;
}

#[tokio::test]
async fn a_key_that_the_verifier_begins_to_use_is_found() {
    on_each(async |world| {
        let (_, state) = world.begin().await;
        assert_eq!(
            world.notify(&world.mint(&token("t1")), &state).await.0,
            StatusCode::NO_CONTENT
        );
        let next = PrivateKey::generate(KeyKind::Rsa(2048)).unwrap();
        world.published.publish(&next, "k2");
        let (cookie, state) = world.begin().await;
        let token = mint(&next, Algorithm::Rs256, "k2", &token("t2")).unwrap();
        assert_eq!(world.notify(&token, &state).await.0, StatusCode::NO_CONTENT);
        world.back(&cookie).await;
        assert!(world.home(&cookie).await.contains("Good day"));
    })
    .await;
}

#[tokio::test]
async fn while_keys_are_out_of_reach_the_verifier_is_asked_to_try_again() {
    on_each_database(Schema::Portal, async |database| {
        let mut published = Published::start().await;
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        published.origin = format!("http://{}", closed.local_addr().unwrap());
        drop(closed);
        let key = PrivateKey::generate(KeyKind::Ec(Curve::P256)).unwrap();
        let world = World::with(&database.store, published, key, "https://portal.example/");
        let (_, state) = world.begin().await;
        let answer = world.notify(&world.mint(&token("t1")), &state).await;
        assert_eq!(answer, (StatusCode::SERVICE_UNAVAILABLE, "PRO-5030".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        assert_eq!(
            world.notify(&world.mint(&token("t1")), &state).await.0,
            StatusCode::NO_CONTENT
        );
        world.back(&cookie).await;
        let request = Request::post("/logout")
            .header(header::COOKIE, &cookie)
            .body(Body::empty())
            .unwrap();
        let (status, headers, _) = world.send(request).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(
            headers[header::SET_COOKIE]
                .to_str()
                .unwrap()
                .contains("Max-Age=0")
        );
        assert!(world.home(&cookie).await.contains("Sign in with your wallet"));
    })
    .await;
}

#[tokio::test]
async fn two_session_cookies_are_as_none() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        assert_eq!(
            world.notify(&world.mint(&token("t1")), &state).await.0,
            StatusCode::NO_CONTENT
        );
        world.back(&cookie).await;
        assert!(
            world
                .home(&format!("{cookie}; {cookie}"))
                .await
                .contains("Sign in with your wallet")
        );
    })
    .await;
}

#[tokio::test]
async fn a_session_is_completed_only_by_its_own_browser_with_the_code_of_the_notification() {
    on_each(async |world| {
        let (attacker, state) = world.begin().await;
        let (victim, _) = world.begin().await;
        let token = world.mint(&token("t1"));
        assert_eq!(world.notify(&token, &state).await.0, StatusCode::NO_CONTENT);
        assert!(world.home(&attacker).await.contains("not signed in yet"));
        // The victim's browser has the code and not the session; the attacker's has the session and not the code.
        for browser in ["", &victim] {
            world.back_with(browser, RESPONSE_CODE).await;
            assert!(!world.home(browser).await.contains("Good day"));
        }
        let other_code = RESPONSE_CODE.to_lowercase();
        for code in ["", "A", &RESPONSE_CODE[..42], &other_code] {
            let (status, _) = world.back_with(&attacker, code).await;
            assert_eq!(status, StatusCode::OK, "{code}");
            assert!(world.home(&attacker).await.contains("not signed in yet"));
        }
        world.back(&attacker).await;
        assert!(
            world.home(&attacker).await.contains("Good day"),
            "the control: both together"
        );
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_is_back_before_the_notification_looks_again() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        let (status, page) = world.back_with(&cookie, RESPONSE_CODE).await;
        assert_eq!(status, StatusCode::OK);
        assert!(
            page.contains("One moment") && page.contains("http-equiv=\"refresh\""),
            "{page}"
        );
        let token = world.mint(&token("t1"));
        assert_eq!(world.notify(&token, &state).await.0, StatusCode::NO_CONTENT);
        world.back(&cookie).await;
        assert!(world.home(&cookie).await.contains("Good day"));
        assert_eq!(
            world.notify(&token, &state).await.0,
            StatusCode::NO_CONTENT,
            "a repetition is heard quietly"
        );
    })
    .await;
}

#[tokio::test]
async fn a_notification_without_a_response_code_is_refused() {
    on_each(async |world| {
        let (_, state) = world.begin().await;
        let token = world.mint(&token("t1"));
        let form = [("access_token", token.as_str()), ("state", &state)];
        let refused = (StatusCode::BAD_REQUEST, "PRO-5002".to_owned());
        assert_eq!(world.post(SECRET, &form).await, refused);
        for code in ["", "short"] {
            let form = [form[0], form[1], ("response_code", code)];
            assert_eq!(world.post(SECRET, &form).await, refused);
        }
        assert_eq!(
            world.notify(&token, &state).await.0,
            StatusCode::NO_CONTENT,
            "the control"
        );
    })
    .await;
}

#[tokio::test]
async fn a_browser_that_is_back_too_late_is_not_signed_in() {
    on_each(async |world| {
        let (cookie, state) = world.begin().await;
        let token = world.mint(&token("t1"));
        assert_eq!(world.notify(&token, &state).await.0, StatusCode::NO_CONTENT);
        *world.watch.0.lock().unwrap() = start() + SignedDuration::from_mins(10);
        let (status, page) = world.back_with(&cookie, RESPONSE_CODE).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Sign in with your wallet"), "{page}");
    })
    .await;
}
