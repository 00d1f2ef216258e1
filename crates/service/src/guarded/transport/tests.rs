use super::*;
use crate::guarded::{
    GuardedConfig, resolver,
    tests::{Server, client, server},
};
use axum::{Router, http::StatusCode, response::Redirect, routing::post};
use core::time::Duration;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use url::Url;

const JSON: &[&str] = &["application/json"];

fn request(url: Url) -> HttpRequest {
    let mut request = HttpRequest::new(url, "application/json", b"{}".to_vec());
    request.accepted = JSON;
    request
}

async fn posted(server: &Server, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    client(&[server])
        .transport(Purpose::RemoteSigning)
        .post(request)
        .await
}

#[tokio::test]
async fn body_headers_and_answer_are_carried_over() {
    let echo = post(|headers: http::HeaderMap, body: String| async move {
        let text = |name| headers.get(name).unwrap().to_str().unwrap().to_owned();
        let (sent, accept) = (text(header::CONTENT_TYPE), text(header::ACCEPT));
        let bearer = text(header::AUTHORIZATION);
        axum::Json(serde_json::json!([sent, accept, bearer, body]))
    });
    let server = server(Router::new().route("/", echo)).await;
    let mut request = HttpRequest::new(server.url("/"), "application/timestamp-query", b"ask".to_vec())
        .with_header("authorization", Zeroizing::new("Bearer abc".to_owned()));
    request.accepted = &["application/timestamp-reply", "application/json"];
    let answer = posted(&server, request).await.unwrap();
    assert!(answer.is_success());
    let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        told,
        serde_json::json!([
            "application/timestamp-query",
            "application/timestamp-reply, application/json",
            "Bearer abc",
            "ask"
        ])
    );
}

#[tokio::test]
async fn an_error_status_is_an_answer_whatever_its_media_type() {
    let refuse = post(|| async { (StatusCode::UNAUTHORIZED, axum::response::Html("<p>no")) });
    let server = server(Router::new().route("/", refuse)).await;
    let answer = posted(&server, request(server.url("/"))).await.unwrap();
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (401, b"<p>no".as_slice())
    );
}

#[tokio::test]
async fn an_error_page_is_not_taken_for_an_answer() {
    let page = post(|| async { axum::response::Html("<p>maintenance") });
    let server = server(Router::new().route("/", page)).await;
    let refused = posted(&server, request(server.url("/"))).await.unwrap_err();
    assert!(matches!(&refused, HttpError::MediaType { found, .. } if found.starts_with("text/html")));
}

#[tokio::test]
async fn plain_http_is_for_what_is_verified_before_use_only() {
    let nowhere: resolver::Lookup =
        Arc::new(|_| Box::pin(async { Err(std::io::Error::other("no such name")) }));
    let client = GuardedClient::with_lookup(&GuardedConfig::default(), &nowhere).unwrap();
    let url = Url::parse("http://tsa.example/").unwrap();
    let refused = client
        .transport(Purpose::RemoteSigning)
        .post(request(url.clone()))
        .await
        .unwrap_err();
    assert!(
        matches!(&refused, HttpError::Refused { reason, .. } if reason == "https is required"),
        "{refused}"
    );
    // That the name does not exist is learnt by those only who are let through.
    let tried = client
        .transport(Purpose::TimeStamping)
        .post(request(url))
        .await
        .unwrap_err();
    assert!(matches!(tried, HttpError::NotConnected { .. }), "{tried}");
}

#[tokio::test]
async fn private_addresses_are_refused_before_any_packet() {
    let server = server(Router::new()).await;
    let address = server.address;
    let lookup: resolver::Lookup = Arc::new(move |_| Box::pin(async move { Ok(vec![address]) }));
    let named = Url::parse(&format!("http://tsa.example:{}/", address.port())).unwrap();
    let resolving = GuardedClient::with_lookup(&GuardedConfig::default(), &lookup).unwrap();
    for (client, url) in [(client(&[]), server.url("/")), (resolving, named)] {
        let refused = client
            .transport(Purpose::TimeStamping)
            .post(request(url))
            .await
            .unwrap_err();
        assert!(
            matches!(&refused, HttpError::Refused { reason, .. } if reason == NOT_PUBLIC),
            "{refused}"
        );
        assert!(!refused.may_have_been_processed());
    }
    assert_eq!(server.seen(), 0);
}

#[tokio::test]
async fn a_redirect_is_not_followed_even_within_the_origin() {
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = seen.clone();
    let target = post(move || async move {
        counted.fetch_add(1, Ordering::SeqCst);
        axum::Json(())
    });
    let router = Router::new()
        .route("/", post(|| async { Redirect::temporary("/there") }))
        .route("/there", target);
    let server = server(router).await;
    let refused = posted(&server, request(server.url("/"))).await.unwrap_err();
    assert!(matches!(refused, HttpError::Redirect { .. }), "{refused}");
    assert_eq!(seen.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_answer_beyond_the_requests_bound_is_cut() {
    let router = Router::new()
        .route("/", post(|| async { axum::Json("x".repeat(2000)) }))
        .route("/huge", post(|| async { axum::Json("x".repeat(300 * 1024)) }));
    let server = server(router).await;
    let mut small = request(server.url("/"));
    small.max_response = 1000;
    let cut = posted(&server, small).await.unwrap_err();
    assert!(matches!(cut, HttpError::TooLarge { limit: 1000, .. }), "{cut}");
    assert!(cut.may_have_been_processed());
    // A request cannot raise the bound of its purpose.
    let mut greedy = request(server.url("/huge"));
    greedy.max_response = usize::MAX;
    let cut = client(&[&server])
        .transport(Purpose::TimeStamping)
        .post(greedy)
        .await
        .unwrap_err();
    assert!(matches!(cut, HttpError::TooLarge { limit: 262_144, .. }), "{cut}");
}

#[tokio::test]
async fn silence_is_given_up_in_time_and_never_asked_twice() {
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = seen.clone();
    let silent = post(move || async move {
        counted.fetch_add(1, Ordering::SeqCst);
        std::future::pending::<()>().await;
    });
    let server = server(Router::new().route("/", silent)).await;
    let mut late = request(server.url("/"));
    late.time_limit = Duration::from_millis(300);
    let given_up = posted(&server, late).await.unwrap_err();
    assert!(matches!(given_up, HttpError::NoAnswer { .. }), "{given_up}");
    assert!(given_up.may_have_been_processed());
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_broken_answer_is_no_answer_and_not_asked_again() {
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = seen.clone();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            use tokio::io::AsyncReadExt as _;
            counted.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 1024];
            // Hangs up as soon as the request has arrived.
            assert!(stream.read(&mut request).await.unwrap() > 0);
        }
    });
    let config = GuardedConfig {
        development_origins: [origin.clone()].into(),
        extra_roots_pem: vec![],
    };
    let client = GuardedClient::new(config).unwrap();
    let url = Url::parse(&format!("{origin}/")).unwrap();
    let broken = client
        .transport(Purpose::RemoteSigning)
        .post(request(url))
        .await
        .unwrap_err();
    assert!(matches!(broken, HttpError::NoAnswer { .. }), "{broken}");
    assert_eq!(seen.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn who_does_not_listen_has_processed_nothing() {
    // Bound and closed again: nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let nobody = Server {
        address,
        seen: Arc::default(),
    };
    let refused = posted(&nobody, request(nobody.url("/"))).await.unwrap_err();
    assert!(matches!(refused, HttpError::NotConnected { .. }), "{refused}");
    assert!(!refused.may_have_been_processed());
}

#[tokio::test]
async fn errors_and_debug_do_not_repeat_what_was_sent() {
    let url = Url::parse("https://127.0.0.1/sign?key=SECRET").unwrap();
    let request = request(url).with_header(
        "authorization",
        Zeroizing::new("Bearer SECRET\u{7f}\n".to_owned()),
    );
    let transport = client(&[]).transport(Purpose::RemoteSigning);
    let refused = transport.post(request).await.unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("SECRET"), "{refused}");
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_refused_before_any_packet() {
    let server = server(Router::new()).await;
    let smuggled = request(server.url("/"))
        .with_header("authorization", Zeroizing::new("Bearer a\r\nhost: b".to_owned()));
    let refused = posted(&server, smuggled).await.unwrap_err();
    assert!(matches!(refused, HttpError::Refused { .. }), "{refused}");
    assert_eq!(server.seen(), 0);
}
