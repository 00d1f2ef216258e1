//! Strangers who send too much, too deep, too slowly or too often, to the routes of each service as they are served.
use procura_service::{
    Listener, Shutdown,
    config::Listen,
    serve,
    server::{ConnectionLimits, Trigger},
};
use procura_tests::{Stage, place::Place};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// More than any service reads.
const TOO_MUCH: usize = 300 * 1024;
/// For what must end by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// Every service, where it takes bodies, and what reads them from anybody.
fn services(stage: &Stage) -> [(&Place, &'static str, bool); 7] {
    let places = &stage.places;
    [
        (&places.issuer, "/token", true),
        (&places.issuer, "/credential", false),
        (&places.management, "/api/v1/issuances", false),
        (&places.wallet, "/api/v1/accounts", true),
        (&places.verifier, "/api/authentication_response", true),
        (&stage.portal("portal").place, "/notify", false),
        (&places.ecosystem, "/lotl.xml", false),
    ]
}

/// Serves what stands behind a place, without the place, which reads bodies by itself.
async fn served(place: &Place) -> (SocketAddr, Trigger) {
    let listen = Listen {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        tls: None,
    };
    let limits = ConnectionLimits {
        patience: Duration::from_millis(200),
        idle: Duration::from_millis(200),
        ..ConnectionLimits::default()
    };
    let listener = Listener::bind(&listen)
        .await
        .expect("a free port")
        .with_limits(limits);
    let address = listener.address();
    let (trigger, shutdown) = Shutdown::new();
    tokio::spawn(serve(vec![(listener, place.router())], shutdown, Duration::ZERO));
    (address, trigger)
}

/// Sends as much as is taken; what is answered until the service hangs up.
async fn ask(address: SocketAddr, head: &str, body: &[u8]) -> String {
    let stream = TcpStream::connect(address).await.expect("a connection");
    let (mut reading, mut writing) = stream.into_split();
    let request = [head.as_bytes(), body].concat();
    let sender = tokio::spawn(async move {
        // A service that has answer enough does not take the rest.
        writing.write_all(&request).await.ok();
        writing
    });
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, reading.read_to_end(&mut answer))
        .await
        .expect("the connection ends")
        .ok();
    drop(sender.await);
    String::from_utf8_lossy(&answer).into_owned()
}

fn head(path: &str, more: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\n{more}\r\n"
    )
}

async fn a_body_that_is_too_large_is_refused_before_it_is_read(stage: &mut Stage) {
    for (place, path, _) in services(stage) {
        let (address, _trigger) = served(place).await;
        // Announced, and not even sent.
        let announced = head(path, &format!("content-length: {TOO_MUCH}\r\n"));
        let answer = ask(address, &announced, b"").await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {answer}");
        let small = head(path, "content-length: 0\r\n");
        let answer = ask(address, &small, b"").await;
        assert!(
            answer.starts_with("HTTP/1.1 4") && !answer.starts_with("HTTP/1.1 413"),
            "the control: {path}: {answer}"
        );
    }
}

async fn a_body_that_does_not_say_how_large_it_is_is_bounded_too(stage: &mut Stage) {
    for (place, path, reads) in services(stage) {
        let (address, _trigger) = served(place).await;
        let mut body = format!("{TOO_MUCH:x}\r\n").into_bytes();
        body.resize(body.len() + TOO_MUCH, b'a');
        body.extend_from_slice(b"\r\n0\r\n\r\n");
        let answer = ask(address, &head(path, "transfer-encoding: chunked\r\n"), &body).await;
        let bounded = answer.starts_with("HTTP/1.1 413") || answer.contains("too large");
        // Who is refused before the body is read may find the connection reset instead.
        let unread = !reads && (answer.starts_with("HTTP/1.1 4") || answer.is_empty());
        assert!(bounded || unread, "{path}: {answer}");
    }
}

async fn headers_and_bodies_that_never_end_are_given_up(stage: &mut Stage) {
    stage
        .restart_with_limits(|limits| limits.request_seconds = 1)
        .await;
    for (place, path, reads) in services(stage) {
        let (address, _trigger) = served(place).await;
        let unfinished = format!("POST {path} HTTP/1.1\r\nhost: x\r\nx-slow:");
        let answer = ask(address, &unfinished, b"").await;
        assert!(!answer.contains("200 OK"), "{path}: {answer}");
        if reads {
            let answer = ask(address, &head(path, "content-length: 100\r\n"), b"half").await;
            assert!(
                answer.starts_with("HTTP/1.1 503") && answer.contains("PRO-9503"),
                "{path}: {answer}"
            );
        }
    }
}

async fn json_that_is_too_deep_is_refused(stage: &mut Stage) {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let places = &stage.places;
    for (place, path) in [
        (&places.wallet, "/api/v1/accounts"),
        (&places.verifier, "/api/authentication_response"),
    ] {
        let (address, _trigger) = served(place).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n",
            deep.len()
        );
        let answer = ask(address, &head, deep.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
    }
}

async fn who_asks_too_often_is_told_to_wait(stage: &mut Stage) {
    stage
        .restart_with_limits(|limits| {
            limits.requests_per_minute = 1;
            limits.burst = 2;
        })
        .await;
    let places = &stage.places;
    for (place, path) in [
        (&places.issuer, "/.well-known/openid-credential-issuer"),
        (&places.management, "/api/v1/issuances/x"),
        (&places.wallet, "/api/v1/credentials"),
        (&places.verifier, "/jwks"),
        (&stage.portal("portal").place, "/"),
        (&places.ecosystem, "/schemas"),
    ] {
        let (address, _trigger) = served(place).await;
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let mut limited = false;
        for _ in 0..4 {
            let answer = ask(address, &get(path), b"").await;
            limited = answer.starts_with("HTTP/1.1 429") && answer.contains("retry-after:");
        }
        assert!(limited, "{path}");
        let answer = ask(address, &get("/health/live"), b"").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    }
}

procura_tests::on_stage!(
    sqlite,
    Some(procura_tests::Storage::Sqlite),
    Http,
    a_body_that_is_too_large_is_refused_before_it_is_read,
    a_body_that_does_not_say_how_large_it_is_is_bounded_too,
    headers_and_bodies_that_never_end_are_given_up,
    json_that_is_too_deep_is_refused,
    who_asks_too_often_is_told_to_wait,
);
