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
mod shutdown;
#[cfg(test)]
mod tests;

pub use shutdown::{Shutdown, Trigger};

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
