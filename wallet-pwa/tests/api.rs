//! The wallet's routes over a real database: who may come in, and what is refused before anything is fetched.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use jiff::{SignedDuration, Timestamp};
use procura_credential::judge::Expectations;
use procura_keys::KekRing;
use procura_service::underway::Underway;
use procura_service::{
    Clock, GuardedClient,
    gather::{GatherLimits, Gatherer, Registries},
    guarded::GuardedConfig,
};
use procura_store::{Schema, Store};
use procura_trust_list::SnapshotHandle;
use procura_wallet::{Resources, Time, Vault, World, config::Lifetimes, invite, router};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};
use tower::ServiceExt as _;

struct Hands(Mutex<Timestamp>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct Wallet {
    router: Router,
    store: Store,
    hands: Arc<Hands>,
    _folder: tempfile::TempDir,
}

impl Wallet {
    async fn new(origins: BTreeSet<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("wallet.db").display());
        let store = Store::connect(&url, Schema::Wallet).await.unwrap();
        let hands = Arc::new(Hands(Mutex::new("2026-11-22T12:00:00Z".parse().unwrap())));
        let client = GuardedClient::new(GuardedConfig {
            development_origins: origins.clone(),
            extra_roots_pem: Vec::new(),
        })
        .unwrap();
        let registries = Registries {
            participants: Vec::new(),
            issuers: Vec::new(),
        };
        let gatherer = Gatherer::new(
            client.clone(),
            SnapshotHandle::default(),
            registries,
            GatherLimits::default(),
            hands.clone(),
        );
        let router = router(Resources {
            time: Time(hands.clone()),
            store: store.clone(),
            vault: Vault(Arc::new(KekRing::single("test", [7; 32]).unwrap())),
            world: World {
                client,
                gatherer,
                expectations: Expectations::strict([]),
                credential_schemas: "https://ecosystem.example/schemas".parse().unwrap(),
                development_origins: Arc::new(origins),
            },
            lifetimes: Lifetimes::default(),
            underway: Underway::default(),
        });
        Self {
            router,
            store,
            hands,
            _folder: folder,
        }
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> (StatusCode, Value) {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request
            .body(Body::from(body.unwrap_or_default().to_owned()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn session(&self) -> String {
        let invitation = invite(&self.store, &Lifetimes::default(), self.hands.now())
            .await
            .unwrap();
        let body = json!({ "invitation": invitation }).to_string();
        let (status, session) = self
            .call(Method::POST, "/api/v1/accounts", None, Some(&body))
            .await;
        assert_eq!(status, StatusCode::CREATED);
        session["session_token"].as_str().unwrap().to_owned()
    }

    fn wait(&self, duration: SignedDuration) {
        let mut now = self.hands.0.lock().unwrap();
        *now = now.checked_add(duration).unwrap();
    }
}

#[tokio::test]
async fn an_invitation_opens_one_account() {
    let wallet = Wallet::new(BTreeSet::new()).await;
    let invitation = invite(&wallet.store, &Lifetimes::default(), wallet.hands.now())
        .await
        .unwrap();
    let body = json!({ "invitation": invitation }).to_string();
    let (first, _) = wallet
        .call(Method::POST, "/api/v1/accounts", None, Some(&body))
        .await;
    let (second, refusal) = wallet
        .call(Method::POST, "/api/v1/accounts", None, Some(&body))
        .await;
    assert_eq!((first, second), (StatusCode::CREATED, StatusCode::FORBIDDEN));
    let unknown = json!({ "invitation": "guessed" }).to_string();
    let (_, guessed) = wallet
        .call(Method::POST, "/api/v1/accounts", None, Some(&unknown))
        .await;
    assert_eq!(refusal["code"], "PRO-3002");
    assert_eq!(refusal, guessed, "who guesses learns nothing");
}

#[tokio::test]
async fn nothing_is_reached_without_a_session() {
    let wallet = Wallet::new(BTreeSet::new()).await;
    for (method, path) in [
        (Method::GET, "/api/v1/credentials"),
        (Method::GET, "/api/v1/credentials/x"),
        (Method::DELETE, "/api/v1/credentials/x"),
        (Method::DELETE, "/api/v1/sessions/current"),
        (Method::POST, "/api/v1/offers"),
        (Method::POST, "/api/v1/offers/x/accept"),
        (Method::POST, "/api/v1/requests"),
        (Method::POST, "/api/v1/requests/x/confirm"),
        (Method::POST, "/api/v1/requests/x/present"),
        (Method::POST, "/api/v1/requests/x/decline"),
    ] {
        for token in [None, Some("guessed")] {
            let (status, refusal) = wallet.call(method.clone(), path, token, None).await;
            assert_eq!(
                (status, &refusal["code"]),
                (StatusCode::UNAUTHORIZED, &json!("PRO-3001")),
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn a_session_ends_by_revocation_and_by_time() {
    let wallet = Wallet::new(BTreeSet::new()).await;
    let (revoked, expired) = (wallet.session().await, wallet.session().await);
    let (status, _) = wallet
        .call(Method::DELETE, "/api/v1/sessions/current", Some(&revoked), None)
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = wallet
        .call(Method::GET, "/api/v1/credentials", Some(&revoked), None)
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, _) = wallet
        .call(Method::GET, "/api/v1/credentials", Some(&expired), None)
        .await;
    assert_eq!(status, StatusCode::OK);
    wallet.wait(SignedDuration::from_hours(13));
    let (status, _) = wallet
        .call(Method::GET, "/api/v1/credentials", Some(&expired), None)
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_body_with_a_member_twice_or_unknown_is_refused() {
    let wallet = Wallet::new(BTreeSet::new()).await;
    for body in [
        r#"{"invitation":"a","invitation":"b"}"#,
        r#"{"invitation":"a","admin":true}"#,
        r#"{"invitation":1}"#,
        r#"["invitation"]"#,
        "",
    ] {
        let (status, refusal) = wallet
            .call(Method::POST, "/api/v1/accounts", None, Some(body))
            .await;
        assert_eq!(
            (status, &refusal["code"]),
            (StatusCode::BAD_REQUEST, &json!("PRO-3003")),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_for_a_route_is_refused_as_such() {
    let wallet = Wallet::new(BTreeSet::new()).await;
    for (padding, status, code) in [
        (0, StatusCode::FORBIDDEN, "PRO-3002"),
        (64 * 1024, StatusCode::PAYLOAD_TOO_LARGE, "PRO-9413"),
        // More than is read at all.
        (3 << 20, StatusCode::PAYLOAD_TOO_LARGE, "PRO-9413"),
    ] {
        let body = format!(r#"{{"invitation":"a"{}}}"#, " ".repeat(padding));
        let (answered, refusal) = wallet
            .call(Method::POST, "/api/v1/accounts", None, Some(&body))
            .await;
        assert_eq!(
            (answered, &refusal["code"]),
            (status, &json!(code)),
            "{padding} more"
        );
    }
}

#[tokio::test]
async fn an_offer_at_a_private_address_is_refused_before_any_packet() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let wallet = Wallet::new(BTreeSet::new()).await;
    let session = wallet.session().await;
    for scheme in ["http", "https"] {
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"] {
            let origin = format!("{scheme}://{host}:{port}");
            let uri = format!("{origin}/credential-offer?credential_offer_uri={origin}/credential-offer/x");
            let body = json!({ "uri": uri }).to_string();
            let (status, refusal) = wallet
                .call(Method::POST, "/api/v1/offers", Some(&session), Some(&body))
                .await;
            let code = refusal["code"].as_str().unwrap();
            assert!(
                ["PRO-3010", "PRO-3027"].contains(&code),
                "{origin}: {status} {refusal}"
            );
        }
    }
    assert_eq!(
        listener.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
}

#[tokio::test]
async fn a_request_link_has_its_path_and_exactly_one_state() {
    let wallet = Wallet::new(BTreeSet::new()).await;
    let session = wallet.session().await;
    let good = "https://verifier.example/authorization-requests?state=af0ifjsldkj";
    let (status, named) = wallet
        .call(
            Method::POST,
            "/api/v1/requests",
            Some(&session),
            Some(&json!({ "uri": good }).to_string()),
        )
        .await;
    assert_eq!(
        (status, &named["host"]),
        (StatusCode::CREATED, &json!("verifier.example"))
    );
    for wrong in [
        "verifier.example",
        "https://verifier.example/authorization-requests",
        "https://verifier.example/authorization-requests?state=",
        "https://verifier.example/authorization-requests?state=a&state=b",
        "https://verifier.example/authorization-requests?state=a&next=b",
        "https://verifier.example/login?state=a",
    ] {
        let body = json!({ "uri": wrong }).to_string();
        let (status, refusal) = wallet
            .call(Method::POST, "/api/v1/requests", Some(&session), Some(&body))
            .await;
        assert_eq!(
            (status, &refusal["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("PRO-3020")),
            "{wrong}"
        );
    }
    for refused in [
        "http://verifier.example/authorization-requests?state=a",
        "https://10.0.0.1/authorization-requests?state=a",
        "https://user@verifier.example/authorization-requests?state=a",
    ] {
        let body = json!({ "uri": refused }).to_string();
        let (_, refusal) = wallet
            .call(Method::POST, "/api/v1/requests", Some(&session), Some(&body))
            .await;
        assert_eq!(refusal["code"], "PRO-3027", "{refused}");
    }
}
