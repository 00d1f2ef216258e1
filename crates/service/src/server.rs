//! Listeners, TLS and graceful shutdown.
//!
//! A connection costs its peer something, too: one address holds a bounded number of them, and who asks nothing is closed
//! ([`ConnectionLimits`]). HTTP/2 is spoken only where TLS negotiated it.
//!
//! ```no_run
//! # use procura_service::{Listener, Shutdown, serve, config::Listen, server::ServeError};
//! # async fn run(public: axum::Router, management: axum::Router, a: Listen, b: Listen) -> Result<(), ServeError> {
//! let shutdown = Shutdown::on_signals()?;
//! let served = vec![(Listener::bind(&a).await?, public), (Listener::bind(&b).await?, management)];
//! serve(served, shutdown, std::time::Duration::from_secs(20)).await;
//! # Ok(()) }
//! ```
use crate::config::{Listen, TlsFiles, read_secret, read_text};
use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::{Semaphore, watch},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// Open connections of a listener; more wait in the kernel's queue.
const CONNECTIONS: usize = 4096;

/// What connections may cost a listener.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// Open connections of one address (IPv6: of one /64 network); one more is closed at once.
    pub per_peer: usize,
    /// For a TLS handshake, until a connection has asked its first request, and until it has left once told to.
    pub patience: Duration,
    /// How long a connection that has asked may be without an open request.
    pub idle: Duration,
    /// Addresses of proxies, which hold the connections of everybody: `per_peer` does not count for them.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            per_peer: 256,
            patience: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            trusted_proxies: Vec::new(),
        }
    }
}

/// Why a service cannot be reached.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("listen.address {address}: {reason}")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Why.
        reason: io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("listen.tls: {0}")]
    Tls(String),
    /// Signals cannot be listened for.
    #[error("signals: {0}")]
    Signals(io::Error),
}

/// A bound socket, with TLS where configured.
pub struct Listener {
    tcp: TcpListener,
    tls: Option<TlsAcceptor>,
    address: SocketAddr,
    limits: ConnectionLimits,
}

impl core::fmt::Debug for Listener {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Listener({}, tls: {})", self.address, self.tls.is_some())
    }
}

impl Listener {
    /// Binds.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn bind(listen: &Listen) -> Result<Self, ServeError> {
        let tls = listen.tls.as_ref().map(acceptor).transpose()?;
        let refused = |reason| ServeError::Bind {
            address: listen.address,
            reason,
        };
        let tcp = TcpListener::bind(listen.address).await.map_err(refused)?;
        let address = tcp.local_addr().map_err(refused)?;
        Ok(Self {
            tcp,
            tls,
            address,
            limits: ConnectionLimits::default(),
        })
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: ConnectionLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Behind these proxies, which may open any number of connections.
    #[must_use]
    pub fn with_trusted_proxies(mut self, proxies: &[IpAddr]) -> Self {
        self.limits.trusted_proxies = proxies.to_vec();
        self
    }

    /// Where it listens: with the port that was free where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://…` or `https://…` of the address.
    pub fn origin(&self) -> String {
        format!(
            "{}://{}",
            if self.tls.is_some() { "https" } else { "http" },
            self.address
        )
    }
}

fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, ServeError> {
    let text = |path| read_text(path).map_err(|e| ServeError::Tls(e.to_string()));
    let refused = |what: &str| ServeError::Tls(what.to_owned());
    let chain = CertificateDer::pem_slice_iter(text(&files.certificate)?.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| refused("the certificate file is not PEM"))?;
    let key = read_secret(&files.key).map_err(|e| ServeError::Tls(e.to_string()))?;
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|_| refused("the key file holds no private key in PEM"))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| ServeError::Tls(e.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|e| ServeError::Tls(e.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Tells everything that runs that it is time to end. Clones hear the same.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Receiver<bool>);

/// Begins a [`Shutdown`]; so does dropping it.
#[derive(Debug)]
pub struct Trigger(watch::Sender<bool>);

impl Trigger {
    /// It is time to end.
    pub fn fire(&self) {
        self.0.send_replace(true);
    }
}

impl Shutdown {
    /// One that is begun by hand.
    #[must_use]
    pub fn new() -> (Trigger, Self) {
        let (trigger, heard) = watch::channel(false);
        (Trigger(trigger), Self(heard))
    }

    /// One that SIGTERM and Ctrl-C begin.
    ///
    /// # Errors
    /// [`ServeError::Signals`].
    pub fn on_signals() -> Result<Self, ServeError> {
        let (trigger, shutdown) = Self::new();
        #[cfg(unix)]
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
            .map_err(ServeError::Signals)?;
        tokio::spawn(async move {
            #[cfg(unix)]
            let terminated = terminate.recv();
            #[cfg(not(unix))]
            let terminated = std::future::pending::<Option<()>>();
            tokio::select! {
                _ = terminated => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            tracing::info!("shutting down");
            trigger.fire();
        });
        Ok(shutdown)
    }

    /// Waits until it is time to end.
    pub async fn wait(&self) {
        let mut heard = self.0.clone();
        // An error says that the trigger is gone: time to end as well.
        heard.wait_for(|ended| *ended).await.ok();
    }

    /// Whether it is time to end.
    pub fn has_begun(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

/// Serves each router on its listener until `shutdown`; requests that are open then get `drain` to finish.
pub async fn serve(served: Vec<(Listener, Router)>, shutdown: Shutdown, drain: Duration) {
    let graceful = GracefulShutdown::new();
    let loops = served
        .into_iter()
        .map(|(listener, router)| accept(listener, router, &shutdown, &graceful));
    futures_util::future::join_all(loops).await;
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            seconds = drain.as_secs(),
            "requests were still open after the drain and were cut"
        );
    }
}

async fn accept(listener: Listener, router: Router, shutdown: &Shutdown, graceful: &GracefulShutdown) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    let peers = Arc::new(Peers::default());
    let limits = Arc::new(listener.limits);
    loop {
        let accepted = async {
            let permit = connections.clone().acquire_owned().await.ok()?;
            Some((listener.tcp.accept().await, permit))
        };
        let (stream, peer, permit) = tokio::select! {
            () = shutdown.wait() => return,
            accepted = accepted => match accepted {
                Some((Ok((stream, peer)), permit)) => (stream, peer, permit),
                Some((Err(error), _)) => {
                    // Out of descriptors: give connections a moment to end instead of spinning.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
                None => return,
            },
        };
        let Some(place) = peers.admit(peer.ip(), &limits) else {
            continue;
        };
        // Answers are small and waited for.
        stream.set_nodelay(true).ok();
        let watcher = graceful.watcher();
        let (router, tls, limits) = (router.clone(), listener.tls.clone(), limits.clone());
        let shutdown = shutdown.clone();
        tokio::spawn(async move {
            match tls {
                None => speak(stream, Version::Http1, peer, router, &limits, &shutdown).await,
                Some(tls) => {
                    if let Ok(Ok(stream)) = tokio::time::timeout(limits.patience, tls.accept(stream)).await {
                        let version = match stream.get_ref().1.alpn_protocol() {
                            Some(b"h2") => Version::Http2,
                            _ => Version::Http1,
                        };
                        speak(stream, version, peer, router, &limits, &shutdown).await;
                    }
                }
            }
            drop((place, permit));
            // The drain waits for this.
            drop(watcher);
        });
    }
}

/// How many connections each address holds.
#[derive(Debug, Default)]
struct Peers(Mutex<HashMap<IpAddr, usize>>);

/// A connection's place among those of its address; dropping it frees it.
struct Place {
    peers: Arc<Peers>,
    peer: IpAddr,
}

impl Peers {
    #[expect(
        clippy::option_option,
        reason = "refused; admitted without a place of its own; admitted with one"
    )]
    fn admit(self: &Arc<Self>, address: IpAddr, limits: &ConnectionLimits) -> Option<Option<Place>> {
        let trusted = [address, address.to_canonical()];
        if trusted
            .iter()
            .any(|address| limits.trusted_proxies.contains(address))
        {
            return Some(None);
        }
        let peer = crate::shell::network(address);
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(peer).or_default();
        if *count >= limits.per_peer {
            return None;
        }
        *count += 1;
        let peers = self.clone();
        Some(Some(Place { peers, peer }))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.peers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = held.get_mut(&self.peer) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                held.remove(&self.peer);
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Version {
    Http1,
    Http2,
}

/// What a connection's requests do.
#[derive(Clone, Copy, Default)]
struct Activity {
    open: usize,
    has_asked: bool,
}

/// A request that is being answered.
struct Open(Arc<watch::Sender<Activity>>);

impl Open {
    fn new(activity: &Arc<watch::Sender<Activity>>) -> Self {
        activity.send_modify(|activity| {
            activity.open += 1;
            activity.has_asked = true;
        });
        Self(activity.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0
            .send_modify(|activity| activity.open = activity.open.saturating_sub(1));
    }
}

/// Waits until a connection has been without an open request for too long.
async fn idle(mut seen: watch::Receiver<Activity>, limits: &ConnectionLimits) {
    loop {
        let Activity { open, has_asked } = *seen.borrow_and_update();
        let wait = match (open, has_asked) {
            (0, false) => limits.patience,
            (0, true) => limits.idle,
            _ => Duration::MAX,
        };
        if !matches!(tokio::time::timeout(wait, seen.changed()).await, Ok(Ok(()))) {
            return;
        }
    }
}

async fn speak<S>(
    stream: S,
    version: Version,
    peer: SocketAddr,
    router: Router,
    limits: &ConnectionLimits,
    shutdown: &Shutdown,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Arc::new(watch::channel(Activity::default()).0);
    let idle = idle(activity.subscribe(), limits);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let open = Open::new(&activity);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.clone().oneshot(request);
        async move {
            let answer = answer.await;
            drop(open);
            answer
        }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    // Finding out the version from the first bytes would wait for them without limit.
    let mut builder = match version {
        Version::Http1 => builder.http1_only(),
        Version::Http2 => builder.http2_only(),
    };
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.patience)
        .max_buf_size(64 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(limits.idle))
        .keep_alive_timeout(limits.patience)
        .max_concurrent_streams(64);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // However it ends: a peer that breaks off is its own affair.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = shutdown.wait() => {
            connection.as_mut().graceful_shutdown();
            connection.await.ok();
            return;
        }
        () = idle => connection.as_mut().graceful_shutdown(),
    }
    tokio::time::timeout(limits.patience, connection).await.ok();
}

#[cfg(test)]
mod tests {
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
}
