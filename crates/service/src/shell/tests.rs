use super::*;
use axum::{Json, body::Body, routing::get, routing::post};
use http::header;
use tower::ServiceExt as _;

async fn ask(router: &Router, request: http::request::Builder, body: impl Into<Body>) -> (Response, String) {
    let response = router
        .clone()
        .oneshot(request.body(body.into()).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    (
        Response::from_parts(parts, Body::empty()),
        String::from_utf8(bytes.to_vec()).unwrap(),
    )
}

fn to(path: &str) -> http::request::Builder {
    Request::builder().uri(path)
}

fn shell() -> Shell {
    Shell::new(
        "issuer",
        Limits {
            body_bytes: 16,
            ..Limits::default()
        },
    )
}

#[tokio::test]
async fn pages_carry_the_headers_that_restrain_browsers() {
    let router = shell().with_https(true).wrap(
        Router::new().route("/", get(|| async { "x" })).route(
            "/cached",
            get(|| async { ([(header::CACHE_CONTROL, "max-age=60")], "x") }),
        ),
        Health::new(),
    );
    let (response, _) = ask(&router, to("/"), "").await;
    let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
    assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("strict-transport-security"), "max-age=31536000");
    assert_eq!(header("x-request-id").len(), 36);
    let (cached, _) = ask(&router, to("/cached"), "").await;
    assert_eq!(cached.headers()["cache-control"], "max-age=60");
}

#[tokio::test]
async fn a_problem_names_code_and_request() {
    let router = shell().wrap(
        Router::new().route("/", get(|| async { Problem::not_found() })),
        Health::new(),
    );
    let (response, body) = ask(&router, to("/"), "").await;
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["code"], "PRO-9404");
    assert_eq!(body["status"], 404);
    assert_eq!(
        body["request_id"],
        response.headers()["x-request-id"].to_str().unwrap()
    );
}

#[tokio::test]
async fn an_oauth_error_is_ascii_and_not_stored() {
    let refusal = || async {
        crate::OAuthErrorResponse::new("invalid_or_missing_proof")
            .with_description("the \"proof\" of Zoë")
            .with("c_nonce", "n")
            .with("c_nonce_expires_in", 300)
    };
    let router = shell().wrap(Router::new().route("/", get(refusal)), Health::new());
    let (response, body) = ask(&router, to("/"), "").await;
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["cache-control"], "no-store");
    let expected = r#"{"c_nonce":"n","c_nonce_expires_in":300,"error":"invalid_or_missing_proof","error_description":"the ?proof? of Zo?"}"#;
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(parse(&body), parse(expected));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let echo = post(|body: bytes::Bytes| async move { body });
    let router = shell().wrap(Router::new().route("/", echo), Health::new());
    let posted = |body: &'static str| ask(&router, to("/").method("POST"), body);
    assert_eq!(posted("sixteen bytes ok").await.0.status(), 200);
    let (refused, body) = posted("seventeen bytes !").await;
    assert_eq!(refused.status(), 413);
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    assert!(body.contains("PRO-9413"), "{body}");
    let unannounced = Body::from_stream(futures_util::stream::iter(
        (0..8).map(|_| Ok::<_, std::io::Error>("chunk of a stream")),
    ));
    let (refused, body) = ask(&router, to("/").method("POST"), unannounced).await;
    assert_eq!(refused.status(), 413);
    assert!(body.contains("PRO-9413"), "{body}");
}

#[tokio::test]
async fn refusals_of_the_router_are_problems_and_those_of_handlers_stay() {
    let own = get(|| async { (StatusCode::NOT_FOUND, "own words") });
    let router = shell().wrap(
        Router::new().route("/", get(|| async { "x" })).route("/own", own),
        Health::new(),
    );
    let (unknown, body) = ask(&router, to("/nowhere"), "").await;
    assert_eq!(unknown.status(), 404);
    assert_eq!(unknown.headers()["content-type"], "application/problem+json");
    assert!(body.contains("PRO-9404"), "{body}");
    let (method, body) = ask(&router, to("/").method("DELETE"), "").await;
    assert_eq!(method.status(), 405);
    assert_eq!(method.headers()["content-type"], "application/problem+json");
    assert_eq!(method.headers()["allow"], "GET,HEAD");
    assert!(body.contains("PRO-9405"), "{body}");
    let (own, body) = ask(&router, to("/own"), "").await;
    assert_eq!(
        (own.status(), body.as_str()),
        (StatusCode::NOT_FOUND, "own words")
    );
}

/// A health that counts how often it is proven.
fn counted(keep: Duration) -> (Router, Arc<std::sync::atomic::AtomicUsize>) {
    let proven = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = proven.clone();
    let health = Health::new().with_memory(keep).with_proof("seal", move || {
        count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async {
            tokio::task::yield_now().await;
            Ok::<(), String>(())
        }
    });
    (shell().wrap(Router::new(), health), proven)
}

#[tokio::test]
async fn a_hundred_who_ask_for_readiness_prove_it_once() {
    let (router, proven) = counted(Duration::from_mins(1));
    let answers =
        futures_util::future::join_all((0..100).map(|_| ask(&router, to("/health/ready"), ""))).await;
    assert!(answers.iter().all(|(response, _)| response.status() == 200));
    assert_eq!(proven.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn readiness_is_proven_again_once_the_outcome_is_old() {
    let (router, proven) = counted(Duration::ZERO);
    for _ in 0..3 {
        ask(&router, to("/health/ready"), "").await;
    }
    assert_eq!(proven.load(std::sync::atomic::Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let limits = Limits {
        request_seconds: 0,
        ..Limits::default()
    };
    let never = get(|| async { std::future::pending::<()>().await });
    let router = Shell::new("issuer", limits).wrap(Router::new().route("/", never), Health::new());
    let (response, body) = ask(&router, to("/"), "").await;
    assert_eq!(response.status(), 503);
    assert!(body.contains("PRO-9503"), "{body}");
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back_and_health_is_not_counted() {
    let limits = Limits {
        requests_per_minute: 1,
        burst: 1,
        ..Limits::default()
    };
    let router =
        Shell::new("issuer", limits).wrap(Router::new().route("/", get(|| async { "x" })), Health::new());
    assert_eq!(ask(&router, to("/"), "").await.0.status(), 200);
    let (limited, body) = ask(&router, to("/"), "").await;
    assert_eq!(limited.status(), 429);
    assert!(limited.headers().contains_key("retry-after"));
    assert!(body.contains("PRO-9429"));
    for _ in 0..5 {
        assert_eq!(ask(&router, to("/health/live"), "").await.0.status(), 200);
    }
}

#[tokio::test]
async fn readiness_names_what_is_down_and_not_why() {
    let health = Health::new()
        .with_proof("database", || async { Ok::<(), String>(()) })
        .with_proof("keys", || async { Err("the file key.pem of Zoë") });
    let router = shell().wrap(Router::new(), health);
    let (response, body) = ask(&router, to("/health/ready"), "").await;
    assert_eq!(response.status(), 503);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({"status": "down", "proofs": {"database": "up", "keys": "down"}})
    );
    let ready = shell().wrap(Router::new(), Health::new());
    assert_eq!(ask(&ready, to("/health/ready"), "").await.0.status(), 200);
}

#[tokio::test]
async fn without_trusted_lists_a_service_is_not_ready() {
    let clock = Arc::new(crate::SystemClock);
    let health = Health::new().with_trust(procura_trust_list::SnapshotHandle::default(), clock);
    let (response, body) = ask(&shell().wrap(Router::new(), health), to("/health/ready"), "").await;
    assert_eq!(response.status(), 503);
    assert!(body.contains(r#""trusted-lists":"down""#), "{body}");
}

#[tokio::test]
async fn metrics_carry_the_pattern_of_a_route_and_not_its_path() {
    let metrics = Metrics::start();
    let inner = Router::new()
        .route("/credential-offer/{nonce}", get(|| async { Json(1) }))
        .merge(metrics.routes());
    let router = shell().wrap(inner, Health::new());
    ask(&router, to("/credential-offer/SECRET"), "").await;
    ask(&router, to("/no/such/SECRET").method("BREW"), "").await;
    let (_, body) = ask(&router, to("/metrics"), "").await;
    assert!(body.contains(r#"route="/credential-offer/{nonce}""#), "{body}");
    assert!(
        body.contains(r#"method="other""#) && body.contains(r#"route="unmatched""#),
        "{body}"
    );
    assert!(!body.contains("SECRET"));
}
