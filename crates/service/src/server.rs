//! Listeners, TLS and graceful shutdown.
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
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::{Semaphore, watch},
};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// Open connections of a listener; more wait in the kernel's queue.
const CONNECTIONS: usize = 4096;
/// From the first byte to the last header, and for a TLS handshake.
const PATIENCE: Duration = Duration::from_secs(10);

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
        Ok(Self { tcp, tls, address })
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
        // Answers are small and waited for.
        stream.set_nodelay(true).ok();
        let watcher = graceful.watcher();
        let (router, tls) = (router.clone(), listener.tls.clone());
        tokio::spawn(async move {
            match tls {
                None => speak(stream, peer, router, watcher).await,
                Some(tls) => {
                    if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, tls.accept(stream)).await {
                        speak(stream, peer, router, watcher).await;
                    }
                }
            }
            drop(permit);
        });
    }
}

async fn speak<S>(stream: S, peer: SocketAddr, router: Router, watcher: hyper_util::server::graceful::Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(64 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(Duration::from_secs(30)))
        .max_concurrent_streams(64);
    let connection = builder
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    // A peer that breaks off is its own affair.
    watcher.watch(connection).await.ok();
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use std::sync::atomic::{AtomicBool, Ordering};
    use tokio::sync::Notify;

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
