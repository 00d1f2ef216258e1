use super::*;
use axum::routing::get;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    sync::Notify,
};

async fn local() -> Listener {
    Listener::bind(&Listen {
        address: "127.0.0.1:0".parse().unwrap(),
        tls: None,
    })
    .await
    .unwrap()
}

fn client(origin: &str) -> crate::GuardedClient {
    let config = crate::guarded::GuardedConfig {
        development_origins: [origin.to_owned()].into(),
        extra_roots_pem: vec![],
    };
    crate::GuardedClient::new(config).unwrap()
}

#[tokio::test]
async fn an_open_request_is_finished_before_the_service_ends() {
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (at_handler, leave) = (entered.clone(), release.clone());
    let router = Router::new().route(
        "/",
        get(move || async move {
            at_handler.notify_one();
            leave.notified().await;
            "done"
        }),
    );
    let listener = local().await;
    let origin = listener.origin();
    let (trigger, shutdown) = Shutdown::new();
    let ended = Arc::new(AtomicBool::new(false));
    let (mark, seen) = (ended.clone(), shutdown.clone());
    let server = tokio::spawn(async move {
        serve(vec![(listener, router)], shutdown, Duration::from_mins(1)).await;
        mark.store(true, Ordering::SeqCst);
    });
    let url: url::Url = format!("{origin}/").parse().unwrap();
    let request = {
        let (client, url) = (client(&origin), url.clone());
        tokio::spawn(async move { client.get(crate::Purpose::Protocol, &url, None, None).await })
    };
    entered.notified().await;
    trigger.fire();
    seen.wait().await;
    assert!(!ended.load(Ordering::SeqCst));
    release.notify_one();
    assert_eq!(request.await.unwrap().unwrap().body, b"done");
    server.await.unwrap();
    // Nobody listens any more.
    let late = client(&origin)
        .get(crate::Purpose::Protocol, &url, None, None)
        .await;
    assert!(
        matches!(late, Err(crate::guarded::GuardError::Transport(..))),
        "{late:?}"
    );
}

/// Serves `x` until the trigger is dropped.
async fn serving(limits: ConnectionLimits) -> (SocketAddr, Trigger) {
    let listener = local().await.with_limits(limits);
    let address = listener.address();
    let (trigger, shutdown) = Shutdown::new();
    let router = Router::new().route("/", get(|| async { "x" }));
    tokio::spawn(serve(vec![(listener, router)], shutdown, Duration::ZERO));
    (address, trigger)
}

fn impatient() -> ConnectionLimits {
    ConnectionLimits {
        patience: Duration::from_millis(50),
        idle: Duration::from_millis(50),
        ..ConnectionLimits::default()
    }
}

async fn connect(from: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

/// What the peer says until it closes.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let read = stream.read_to_end(&mut said);
    // A reset is an end, too.
    tokio::time::timeout(Duration::from_secs(5), read)
        .await
        .expect("the connection stays open")
        .ok();
    String::from_utf8_lossy(&said).into_owned()
}

async fn answered(stream: &mut TcpStream) -> bool {
    let sent = stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    let mut first = [0; 15];
    sent.is_ok() && stream.read_exact(&mut first).await.is_ok() && &first == b"HTTP/1.1 200 OK"
}

#[tokio::test]
async fn a_connection_that_asks_nothing_is_closed() {
    let (address, _trigger) = serving(impatient()).await;
    let settings = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for said in [&b""[..], b"PRI * HTTP/2.0", settings, b"GET / HTTP/1.1\r\nhost:"] {
        let mut stream = connect("127.0.0.1", address).await;
        stream.write_all(said).await.unwrap();
        let heard = until_closed(&mut stream).await;
        assert!(!heard.contains("200 OK"), "{heard}");
    }
}

#[tokio::test]
async fn a_connection_that_has_asked_is_closed_once_idle() {
    let (address, _trigger) = serving(impatient()).await;
    let mut stream = connect("127.0.0.1", address).await;
    assert!(answered(&mut stream).await);
    until_closed(&mut stream).await;
}

/// The limits of HTTP/2, without the TLS that would negotiate it.
#[tokio::test]
async fn an_http2_connection_without_requests_is_closed() {
    for said in [&b""[..], b"PRI * HTTP/2.0", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut stream = connect("127.0.0.1", listener.local_addr().unwrap()).await;
        stream.write_all(said).await.unwrap();
        let (accepted, peer) = listener.accept().await.unwrap();
        let (_trigger, shutdown) = Shutdown::new();
        let limits = impatient();
        let spoken = speak(accepted, Version::Http2, peer, Router::new(), &limits, &shutdown);
        tokio::time::timeout(Duration::from_secs(5), spoken)
            .await
            .expect("the connection stays open");
    }
}

#[tokio::test]
async fn connections_of_one_address_do_not_shut_out_another() {
    let limits = ConnectionLimits {
        per_peer: 2,
        ..ConnectionLimits::default()
    };
    let (address, _trigger) = serving(limits).await;
    let (mut one, mut two) = (
        connect("127.0.0.1", address).await,
        connect("127.0.0.1", address).await,
    );
    assert!(answered(&mut one).await && answered(&mut two).await);
    let mut third = connect("127.0.0.1", address).await;
    assert_eq!(until_closed(&mut third).await, "");
    assert!(answered(&mut connect("127.0.0.2", address).await).await);
}

#[tokio::test]
async fn a_place_is_free_again_once_its_connection_ended_and_proxies_need_none() {
    let (peers, proxy) = (Arc::new(Peers::default()), IpAddr::from([10, 0, 0, 1]));
    let limits = ConnectionLimits {
        per_peer: 1,
        trusted_proxies: vec![proxy],
        ..ConnectionLimits::default()
    };
    let peer = IpAddr::from([198, 51, 100, 1]);
    let place = peers.admit(peer, &limits);
    assert!(place.is_some() && peers.admit(peer, &limits).is_none());
    drop(place);
    assert!(peers.0.lock().unwrap().is_empty());
    assert!(peers.admit(peer, &limits).is_some());
    let held = [peers.admit(proxy, &limits), peers.admit(proxy, &limits)];
    assert!(held.iter().all(Option::is_some));
}

#[tokio::test]
async fn the_drain_ends_even_if_a_request_does_not() {
    let entered = Arc::new(Notify::new());
    let at_handler = entered.clone();
    let router = Router::new().route(
        "/",
        get(move || async move {
            at_handler.notify_one();
            std::future::pending::<()>().await;
        }),
    );
    let listener = local().await;
    let origin = listener.origin();
    let (trigger, shutdown) = Shutdown::new();
    let server = tokio::spawn(serve(
        vec![(listener, router)],
        shutdown,
        Duration::from_millis(50),
    ));
    let url = format!("{origin}/").parse().unwrap();
    let request = tokio::spawn(async move {
        client(&origin)
            .get(crate::Purpose::Protocol, &url, None, None)
            .await
    });
    entered.notified().await;
    drop(trigger);
    server.await.unwrap();
    request.abort();
}
