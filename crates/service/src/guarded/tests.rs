use super::*;
use axum::{Router, response::Redirect, routing::get, serve::ListenerExt};
use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};
use tokio::net::TcpListener;

/// A server on loopback that counts the connections it sees.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) seen: Arc<AtomicUsize>,
}

pub(super) async fn server(router: Router) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = seen.clone();
    let listener = listener.tap_io(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Server { address, seen }
}

impl Server {
    pub(super) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }
    pub(super) fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

pub(super) fn client(listed: &[&Server]) -> GuardedClient {
    GuardedClient::new(GuardedConfig {
        development_origins: listed.iter().map(|s| format!("http://{}", s.address)).collect(),
        extra_roots_pem: vec![],
    })
    .unwrap()
}

/// A client whose names all resolve to `address`.
fn client_resolving_to(addresses: Vec<SocketAddr>) -> GuardedClient {
    let lookup: resolver::Lookup = Arc::new(move |_| {
        let addresses = addresses.clone();
        Box::pin(async move { Ok(addresses) })
    });
    GuardedClient::with_lookup(&GuardedConfig::default(), &lookup).unwrap()
}

fn json() -> Router {
    Router::new().route("/", get(|| async { axum::Json(serde_json::json!({"ok": true})) }))
}

async fn fetch(client: &GuardedClient, purpose: Purpose, url: &Url) -> Result<Answer, GuardError> {
    client.get(purpose, url, None, None).await
}

#[tokio::test]
async fn a_listed_origin_is_reached() {
    let server = server(json()).await;
    let answer = fetch(&client(&[&server]), Purpose::Protocol, &server.url("/"))
        .await
        .unwrap();
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (200, br#"{"ok":true}"#.as_slice())
    );
    assert_eq!(server.seen(), 1);
}

#[tokio::test]
async fn an_unlisted_private_address_is_refused_before_any_packet() {
    let server = server(json()).await;
    for purpose in [Purpose::TrustedList, Purpose::Crl] {
        let refused = fetch(&client(&[]), purpose, &server.url("/")).await.unwrap_err();
        assert!(
            matches!(refused, GuardError::Refused(_, "the address is not public")),
            "{refused}"
        );
    }
    assert_eq!(server.seen(), 0);
}

#[tokio::test]
async fn the_port_of_a_listed_origin_lists_no_other() {
    let (listed, other) = (server(json()).await, server(json()).await);
    let refused = fetch(&client(&[&listed]), Purpose::Crl, &other.url("/"))
        .await
        .unwrap_err();
    assert!(matches!(refused, GuardError::Refused(..)), "{refused}");
    assert_eq!(other.seen(), 0);
}

#[tokio::test]
async fn a_name_that_resolves_to_a_private_address_is_refused_before_any_packet() {
    let server = server(json()).await;
    for addresses in [
        vec![server.address],
        vec!["8.8.8.8:0".parse().unwrap(), server.address],
        vec!["[::ffff:127.0.0.1]:0".parse().unwrap()],
    ] {
        let url = Url::parse(&format!("http://lists.example:{}/", server.address.port())).unwrap();
        let refused = fetch(&client_resolving_to(addresses), Purpose::TrustedList, &url)
            .await
            .unwrap_err();
        assert!(
            matches!(refused, GuardError::Refused(_, "the address is not public")),
            "{refused}"
        );
    }
    assert_eq!(server.seen(), 0);
}

#[tokio::test]
async fn localhost_resolved_by_the_system_is_refused() {
    let server = server(json()).await;
    // `localhost.` has a dot, so it reaches the resolver, which answers loopback.
    for host in ["localhost", "localhost."] {
        let url = Url::parse(&format!("http://{host}:{}/", server.address.port())).unwrap();
        let refused = fetch(&client(&[]), Purpose::TrustedList, &url).await.unwrap_err();
        assert!(matches!(refused, GuardError::Refused(..)), "{refused}");
    }
    assert_eq!(server.seen(), 0);
}

#[test]
fn urls_are_refused_by_their_shape() {
    let client = client(&[]);
    for (purpose, url, reason) in [
        (Purpose::Protocol, "http://issuer.example/", "https is required"),
        (Purpose::StatusList, "http://issuer.example/", "https is required"),
        (
            Purpose::TrustedList,
            "ftp://issuer.example/",
            "https is required, other schemes are not spoken",
        ),
        (
            Purpose::TrustedList,
            "file:///etc/passwd",
            "https is required, other schemes are not spoken",
        ),
        (
            Purpose::Protocol,
            "https://user@issuer.example/",
            "the URL names a user",
        ),
        (
            Purpose::Protocol,
            "https://:pass@issuer.example/",
            "the URL names a user",
        ),
        (
            Purpose::Protocol,
            "https://issuer.example/#x",
            "the URL has a fragment",
        ),
        (
            Purpose::Protocol,
            "https://issuer.example:25/",
            "the port belongs to another service",
        ),
        (Purpose::Protocol, "https://issuer/", "the host has no domain"),
        (
            Purpose::Protocol,
            "https://127.0.0.1/",
            "the address is not public",
        ),
        (
            Purpose::Protocol,
            "https://2130706433/",
            "the address is not public",
        ),
        (Purpose::Protocol, "https://0x7f.1/", "the address is not public"),
        (Purpose::Protocol, "https://[::1]/", "the address is not public"),
        (
            Purpose::Protocol,
            "https://[::ffff:10.0.0.1]/",
            "the address is not public",
        ),
        (
            Purpose::Protocol,
            "https://169.254.169.254/latest/meta-data",
            "the address is not public",
        ),
    ] {
        let refused = client.check(purpose, &Url::parse(url).unwrap()).unwrap_err();
        assert!(
            matches!(&refused, GuardError::Refused(_, r) if *r == reason),
            "{url}: {refused}"
        );
    }
    for (purpose, url) in [
        (Purpose::Protocol, "https://issuer.example/a?b=c"),
        (Purpose::Protocol, "https://issuer.example:8443/"),
        (Purpose::TrustedList, "http://lists.example/tl.xml"),
    ] {
        client.check(purpose, &Url::parse(url).unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_redirect_is_refused_and_not_followed() {
    let target = server(json()).await;
    let to = target.url("/").to_string();
    let from = server(Router::new().route("/", get(move || async move { Redirect::temporary(&to) }))).await;
    let client = client(&[&from, &target]);
    for purpose in [Purpose::Protocol, Purpose::TrustedList] {
        let refused = fetch(&client, purpose, &from.url("/")).await.unwrap_err();
        assert!(matches!(refused, GuardError::Redirect(_)), "{refused}");
    }
    assert_eq!(target.seen(), 0);
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_for_lists_only_and_not_for_ever() {
    let router = Router::new()
        .route("/old", get(|| async { Redirect::permanent("/new") }))
        .route("/new", get(|| async { "list" }))
        .route("/loop", get(|| async { Redirect::permanent("/loop") }));
    let server = server(router).await;
    let client = client(&[&server]);
    assert_eq!(
        fetch(&client, Purpose::TrustedList, &server.url("/old"))
            .await
            .unwrap()
            .body,
        b"list"
    );
    for (purpose, path) in [(Purpose::Protocol, "/old"), (Purpose::Crl, "/loop")] {
        let refused = fetch(&client, purpose, &server.url(path)).await.unwrap_err();
        assert!(matches!(refused, GuardError::Redirect(_)), "{refused}");
    }
}

#[tokio::test]
async fn a_huge_body_is_cut_whether_its_length_is_announced_or_not() {
    let announced = get(|| async { vec![b' '; 600 * 1024] });
    let endless = get(|| async {
        let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 64 * 1024]));
        axum::body::Body::from_stream(chunks)
    });
    let server = server(
        Router::new()
            .route("/announced", announced)
            .route("/endless", endless),
    )
    .await;
    let client = client(&[&server]);
    for path in ["/announced", "/endless"] {
        let cut = fetch(&client, Purpose::Protocol, &server.url(path))
            .await
            .unwrap_err();
        assert!(matches!(cut, GuardError::TooLarge(_, 524_288)), "{cut}");
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up_in_time() {
    let silent = get(|| async {
        let chunks = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
        axum::body::Body::from_stream(chunks)
    });
    let server = server(Router::new().route("/", silent)).await;
    let client = client(&[&server]).with_time_limit(Duration::from_millis(200));
    let late = fetch(&client, Purpose::TrustedList, &server.url("/"))
        .await
        .unwrap_err();
    assert!(matches!(late, GuardError::Transport(..)), "{late}");
}

#[tokio::test]
async fn an_error_page_is_not_taken_for_an_answer() {
    let router = Router::new().route("/", get(|| async { axum::response::Html("<p>maintenance") }));
    let server = server(router).await;
    let client = client(&[&server]);
    for purpose in [
        Purpose::TrustedList,
        Purpose::Registry,
        Purpose::StatusList,
        Purpose::Protocol,
    ] {
        let refused = fetch(&client, purpose, &server.url("/")).await.unwrap_err();
        assert!(
            matches!(refused, GuardError::ContentType(..)),
            "{purpose:?}: {refused}"
        );
    }
}

#[tokio::test]
async fn a_list_that_did_not_change_is_answered_304() {
    let router = Router::new().route(
        "/",
        get(|headers: http::HeaderMap| async move {
            if headers.get("if-none-match").is_some_and(|v| v == "\"7\"") {
                return (http::StatusCode::NOT_MODIFIED, [("etag", "\"7\"")], "");
            }
            (http::StatusCode::OK, [("etag", "\"7\"")], "list")
        }),
    );
    let server = server(router).await;
    let client = client(&[&server]);
    let first = fetch(&client, Purpose::TrustedList, &server.url("/"))
        .await
        .unwrap();
    assert_eq!(first.etag.as_deref(), Some("\"7\""));
    let second = client
        .get(
            Purpose::TrustedList,
            &server.url("/"),
            first.etag.as_deref(),
            None,
        )
        .await
        .unwrap();
    assert_eq!((second.status, second.body.len()), (304, 0));
}

#[tokio::test]
async fn errors_do_not_repeat_secrets_of_the_url() {
    let client = client(&[]);
    let url = Url::parse("https://127.0.0.1/credential-offer/SECRET?state=SECRET").unwrap();
    for purpose in [Purpose::Protocol, Purpose::Notification] {
        let refused = fetch(&client, purpose, &url).await.unwrap_err().to_string();
        assert!(!refused.contains("SECRET"), "{refused}");
    }
    let refused = fetch(&client, Purpose::StatusList, &url)
        .await
        .unwrap_err()
        .to_string();
    assert!(!refused.contains("state"), "{refused}");
}

#[test]
fn a_development_origin_is_an_origin() {
    for text in [
        "http://127.0.0.1:8080/path",
        "127.0.0.1:8080",
        "ftp://h",
        "http://u@h",
        "http://h?x",
    ] {
        let config = GuardedConfig {
            development_origins: [text.to_owned()].into(),
            extra_roots_pem: vec![],
        };
        assert!(
            matches!(GuardedClient::new(config), Err(GuardError::Config(_))),
            "{text}"
        );
    }
}
