//! Strangers who send too much, too deep, too slowly or too often, to the routes of each service as they are served.
use procura_credential::lear::Shape;
use procura_service::{
    Listener, Shutdown,
    config::Listen,
    serve,
    server::{ConnectionLimits, Trigger},
};
use procura_tests::{Stage, place::Place};
use serde_json::Value;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use url::Url;

/// More than any service reads.
const TOO_MUCH: usize = 300 * 1024;
/// For what must end by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// A service, where it takes bodies from those who may post there.
struct Door<'a> {
    place: &'a Place,
    path: &'static str,
    /// Header lines with which its bodies are read.
    key: String,
    /// Of a form that is complete but for the rest of its last value.
    form: &'static str,
    /// What is said of a body that turns out to be too large: status and words.
    too_large: [&'static str; 2],
}

/// Every service that takes bodies. The ecosystem takes none.
fn doors(stage: &Stage) -> [Door<'_>; 6] {
    let places = &stage.places;
    let portal = stage.portal("portal");
    let door = |place, path, secret: Option<&str>| Door {
        place,
        path,
        key: secret.map_or_else(String::new, |secret| {
            format!("authorization: Bearer {secret}\r\n")
        }),
        form: "",
        too_large: ["HTTP/1.1 413", ""],
    };
    [
        door(&places.issuer, "/token", None),
        // Its token is looked at after the body.
        door(&places.issuer, "/credential", None),
        door(&places.management, "/api/v1/issuances", Some(stage.operator())),
        door(&places.wallet, "/api/v1/accounts", None),
        door(&places.verifier, "/api/authentication_response", None),
        Door {
            form: "state=AAAAAAAAAAAAAAAAAAAAAA&response_code=AAAAAAAAAAAAAAAAAAAAAA&access_token=",
            too_large: ["HTTP/1.1 413", "PRO-5002"],
            ..door(&portal.place, "/notify", Some(&portal.secret))
        },
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
    for Door { place, path, key, .. } in doors(stage) {
        let (address, _trigger) = served(place).await;
        // Announced, and not even sent.
        let announced = head(path, &format!("{key}content-length: {TOO_MUCH}\r\n"));
        let answer = ask(address, &announced, b"").await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {answer}");
        let small = head(path, &format!("{key}content-length: 0\r\n"));
        let answer = ask(address, &small, b"").await;
        assert!(
            answer.starts_with("HTTP/1.1 4") && !answer.starts_with("HTTP/1.1 413"),
            "the control: {path}: {answer}"
        );
    }
}

async fn a_body_that_does_not_say_how_large_it_is_is_bounded_too(stage: &mut Stage) {
    for door in doors(stage) {
        let (address, _trigger) = served(door.place).await;
        let path = door.path;
        let head = head(path, &format!("{}transfer-encoding: chunked\r\n", door.key));
        let [status, words] = door.too_large;
        for (size, is_bounded) in [(TOO_MUCH, true), (100, false)] {
            let mut form = door.form.as_bytes().to_vec();
            form.resize(size, b'a');
            let body = [format!("{size:x}\r\n").as_bytes(), &form, b"\r\n0\r\n\r\n"].concat();
            let answer = ask(address, &head, &body).await;
            let refused = answer.starts_with(status) && answer.contains(words);
            assert_eq!(refused, is_bounded, "{path}: {size} bytes: {answer}");
            assert!(!answer.is_empty(), "{path}: {size} bytes");
        }
    }
}

async fn who_takes_no_bodies_answers_without_waiting_for_one(stage: &mut Stage) {
    let (address, _trigger) = served(&stage.places.ecosystem).await;
    for more in ["transfer-encoding: chunked\r\n", "content-length: 100\r\n"] {
        let answer = ask(address, &head("/lotl.xml", more), b"").await;
        assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    }
}

async fn headers_and_bodies_that_never_end_are_given_up(stage: &mut Stage) {
    stage
        .restart_with_limits(|limits| limits.request_seconds = 1)
        .await;
    for Door { place, path, key, .. } in doors(stage) {
        let (address, _trigger) = served(place).await;
        let unfinished = format!("POST {path} HTTP/1.1\r\nhost: x\r\nx-slow:");
        let began = Instant::now();
        let answer = ask(address, &unfinished, b"").await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
            "{path}: {answer}"
        );
        assert!(
            began.elapsed() < ConnectionLimits::default().patience,
            "{path}: it hangs up when its own patience is over"
        );
        let half = head(path, &format!("{key}content-length: 100\r\n"));
        let answer = ask(address, &half, b"half").await;
        assert!(
            answer.starts_with("HTTP/1.1 503") && answer.contains("PRO-9503"),
            "{path}: {answer}"
        );
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

/// John Doe's token, up to which everything went well.
async fn redeemed(stage: &Stage) -> String {
    let issuance = stage.issue(Shape::LearCredential).await;
    let link = Url::parse(&issuance.link).expect("a link");
    let (_, offer) = link.query_pairs().next().expect("the address of the offer");
    let offer: Value = serde_json::from_str(&stage.client.text(&offer).await).expect("an offer");
    let grant = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
    let code = offer["grants"][grant]["pre-authorized_code"].as_str();
    let form = [
        ("grant_type", grant),
        ("pre-authorized_code", code.expect("a code")),
        ("user_pin", &issuance.pin),
    ];
    let url = stage.places.issuer.at("token");
    let (status, token) = stage.client.post_form(&url, None, &form).await;
    assert_eq!(status, 200, "{token}");
    token["access_token"].as_str().expect("a token").to_owned()
}

/// Every refused proof costs its issuer a durable commit: so many, and no more, in a minute.
async fn who_floods_with_a_token_is_told_to_wait_as_well(stage: &mut Stage) {
    const BURST: usize = 5;
    let token = redeemed(stage).await;
    stage
        .restart_with_limits(|limits| {
            limits.requests_per_minute = 1;
            limits.burst = u32::try_from(BURST).expect("a few");
        })
        .await;
    let (address, _trigger) = served(&stage.places.issuer).await;
    let body = r#"{"format":"jwt_vc_json"}"#;
    let head = format!(
        "POST /credential HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut answers = Vec::new();
    for _ in 0..BURST + 5 {
        answers.push(ask(address, &head, body.as_bytes()).await);
    }
    let (read, refused) = answers.split_at(BURST);
    for answer in read {
        assert!(
            answer.starts_with("HTTP/1.1 400") && answer.contains("invalid_or_missing_proof"),
            "the token is good: {answer}"
        );
    }
    for answer in refused {
        let words = ["HTTP/1.1 429", "retry-after:", "PRO-9429"];
        assert!(words.iter().all(|word| answer.contains(word)), "{answer}");
        assert!(!answer.contains("c_nonce"), "{answer}");
    }
}

procura_tests::on_stage!(
    sqlite,
    Some(procura_tests::Storage::Sqlite),
    Http,
    a_body_that_is_too_large_is_refused_before_it_is_read,
    a_body_that_does_not_say_how_large_it_is_is_bounded_too,
    who_takes_no_bodies_answers_without_waiting_for_one,
    headers_and_bodies_that_never_end_are_given_up,
    json_that_is_too_deep_is_refused,
    who_asks_too_often_is_told_to_wait,
    who_floods_with_a_token_is_told_to_wait_as_well,
);
