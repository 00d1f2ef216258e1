//! The one outbound HTTP client: per purpose rules on scheme, addresses, redirects, size, time, content types.
//!
//! Strangers' URLs reach it (offers, status lists, CRL distribution points), so it goes to public addresses only, and
//! checks the address that it connects to, not one that a name had a moment before. No proxies, no cookies, no referrer,
//! no transparent decompression. The sole exception is an exact origin listed in `development.origins`.
mod address;
mod purpose;
mod resolver;
mod transport;

pub use address::is_public;
pub use purpose::Purpose;
pub use transport::Transport;

use reqwest::{Client, ClientBuilder, Request, Response, header, redirect};
use resolver::{NotPublic, PublicOnly, system_lookup};
use std::{collections::BTreeSet, error::Error as _, sync::Arc, time::Duration};
use url::{Host, Url};

/// The client. Clones share their connections.
#[derive(Clone, Debug)]
pub struct GuardedClient {
    public: Client,
    development: Client,
    development_origins: Arc<BTreeSet<String>>,
    time_limit: Option<Duration>,
}

/// Settings.
#[derive(Clone, Debug, Default)]
pub struct GuardedConfig {
    /// `development.origins`: exact origins that may be private and plain http.
    pub development_origins: BTreeSet<String>,
    /// Extra root certificates (PEM) for private deployments and tests.
    pub extra_roots_pem: Vec<String>,
}

/// An answer, read within bounds.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status; 304 only answers a conditional request, other redirects are errors.
    pub status: u16,
    /// Content type.
    pub content_type: Option<String>,
    /// `ETag`, for the next conditional request.
    pub etag: Option<String>,
    /// `Cache-Control`, for who keeps the answer.
    pub cache_control: Option<String>,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Why nothing was fetched. The first field shows where: the origin only where paths are secrets.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GuardError {
    /// The URL is refused before any packet.
    #[error("{0}: refused: {1}")]
    Refused(String, &'static str),
    /// The answer is larger than allowed.
    #[error("{0}: larger than {1} bytes")]
    TooLarge(String, usize),
    /// Redirect refused.
    #[error("{0}: redirects are not followed here")]
    Redirect(String),
    /// The answer is of another media type than such an answer can be.
    #[error("{0}: content type {1:?} is not expected here")]
    ContentType(String, String),
    /// No answer in time or broken transport.
    #[error("{0}: no answer: {1}")]
    Transport(String, String),
    /// Settings cannot be used.
    #[error("outbound client: {0}")]
    Config(String),
}

impl GuardedClient {
    /// Builds.
    ///
    /// # Errors
    /// [`GuardError::Config`]: a root is not a PEM certificate, or a development origin is not an origin.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "settings are handed over, as to any constructor"
    )]
    pub fn new(config: GuardedConfig) -> Result<Self, GuardError> {
        Self::with_lookup(&config, &system_lookup())
    }

    fn with_lookup(config: &GuardedConfig, lookup: &resolver::Lookup) -> Result<Self, GuardError> {
        let mut origins = BTreeSet::new();
        for text in &config.development_origins {
            origins.insert(origin(text)?);
        }
        let mut roots = Vec::new();
        for pem in &config.extra_roots_pem {
            let found = reqwest::Certificate::from_pem_bundle(pem.as_bytes())
                .map_err(|_| GuardError::Config("an extra root is not a PEM certificate".into()))?;
            if found.is_empty() {
                return Err(GuardError::Config(
                    "a file of extra roots holds no certificate".into(),
                ));
            }
            roots.extend(found);
        }
        Ok(Self {
            public: build(&roots, |b| b.dns_resolver(PublicOnly(lookup.clone())))?,
            development: build(&roots, |b| b)?,
            development_origins: Arc::new(origins),
            time_limit: None,
        })
    }

    /// The same client with this limit for a whole exchange where a purpose's own is longer.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// Judges a URL as far as it can be judged without asking for addresses; identifiers are held to the same rules as
    /// fetches.
    ///
    /// # Errors
    /// [`GuardError::Refused`].
    pub fn check(&self, purpose: Purpose, url: &Url) -> Result<(), GuardError> {
        let refused = |reason| Err(GuardError::Refused(shown(purpose, url), reason));
        if !url.username().is_empty() || url.password().is_some() {
            return refused("the URL names a user");
        }
        if url.fragment().is_some() {
            return refused("the URL has a fragment");
        }
        if self.is_development(url) {
            return Ok(());
        }
        match (url.scheme(), purpose.allows_http()) {
            ("https", _) | ("http", true) => {}
            ("http", false) => return refused("https is required"),
            _ => return refused("https is required, other schemes are not spoken"),
        }
        if url
            .port()
            .is_some_and(|port| port < 1024 && port != 80 && port != 443)
        {
            return refused("the port belongs to another service");
        }
        match url.host() {
            Some(Host::Domain(name)) if !name.trim_end_matches('.').contains('.') => {
                refused("the host has no domain")
            }
            Some(Host::Domain(_)) => Ok(()),
            Some(Host::Ipv4(ip)) if is_public(ip.into()) => Ok(()),
            Some(Host::Ipv6(ip)) if is_public(ip.into()) => Ok(()),
            Some(_) => refused(NOT_PUBLIC),
            None => refused("the URL names no host"),
        }
    }

    /// GET; with `etag` a conditional one, which may be answered 304.
    ///
    /// # Errors
    /// Refused, no answer, or not within bounds. An HTTP error is an [`Answer`].
    pub async fn get(
        &self,
        purpose: Purpose,
        url: &Url,
        etag: Option<&str>,
        bearer: Option<&str>,
    ) -> Result<Answer, GuardError> {
        self.exchange(purpose, url, bearer, |client, url| {
            let request = client.get(url);
            match etag {
                Some(etag) => request.header(header::IF_NONE_MATCH, etag),
                None => request,
            }
        })
        .await
    }

    /// POST of a form.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn post_form(
        &self,
        purpose: Purpose,
        url: &Url,
        form: &[(&str, &str)],
        bearer: Option<&str>,
    ) -> Result<Answer, GuardError> {
        self.exchange(purpose, url, bearer, |client, url| client.post(url).form(form))
            .await
    }

    /// POST of JSON.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn post_json(
        &self,
        purpose: Purpose,
        url: &Url,
        json: &serde_json::Value,
        bearer: Option<&str>,
    ) -> Result<Answer, GuardError> {
        self.exchange(purpose, url, bearer, |client, url| client.post(url).json(json))
            .await
    }

    async fn exchange(
        &self,
        purpose: Purpose,
        url: &Url,
        bearer: Option<&str>,
        request: impl Fn(&Client, Url) -> reqwest::RequestBuilder + Send,
    ) -> Result<Answer, GuardError> {
        let limit = self
            .time_limit
            .map_or(purpose.time(), |limit| limit.min(purpose.time()));
        let exchange = async {
            let mut url = url.clone();
            let mut redirects = purpose.redirects();
            loop {
                self.check(purpose, &url)?;
                let client = self.client_for(&url);
                let mut prepared = request(client, url.clone()).header(header::ACCEPT, purpose.accept());
                if let Some(token) = bearer {
                    prepared = prepared.bearer_auth(token);
                }
                let prepared = prepared.build().map_err(|e| failed(purpose, &url, &e))?;
                let response = send(client, prepared)
                    .await
                    .map_err(|e| failed(purpose, &url, &e))?;
                match next_hop(&response, &url) {
                    Hop::Stay => return read(purpose, &url, response).await,
                    Hop::Follow(next) if redirects > 0 => {
                        redirects -= 1;
                        url = next;
                    }
                    Hop::Follow(_) | Hop::Refuse => return Err(GuardError::Redirect(shown(purpose, &url))),
                }
            }
        };
        tokio::time::timeout(limit, exchange).await.unwrap_or_else(|_| {
            Err(GuardError::Transport(
                shown(purpose, url),
                format!("not complete after {limit:?}"),
            ))
        })
    }

    /// The transport of the clients in `procura_keys`, for a purpose.
    ///
    /// ```
    /// use procura_keys::Http;
    /// use procura_service::{GuardedClient, Purpose, guarded::GuardedConfig};
    /// let client = GuardedClient::new(GuardedConfig::default())?;
    /// let http: std::sync::Arc<dyn Http> = std::sync::Arc::new(client.transport(Purpose::RemoteSigning));
    /// # Ok::<(), procura_service::guarded::GuardError>(())
    /// ```
    pub fn transport(&self, purpose: Purpose) -> Transport {
        Transport::new(self.clone(), purpose)
    }

    fn client_for(&self, url: &Url) -> &Client {
        if self.is_development(url) {
            &self.development
        } else {
            &self.public
        }
    }

    fn is_development(&self, url: &Url) -> bool {
        self.development_origins
            .contains(&url.origin().ascii_serialization())
    }
}

async fn send(client: &Client, request: Request) -> Result<Response, reqwest::Error> {
    client.execute(request).await
}

fn build(
    roots: &[reqwest::Certificate],
    resolve: impl Fn(ClientBuilder) -> ClientBuilder,
) -> Result<Client, GuardError> {
    #[expect(clippy::disallowed_methods, reason = "this is the guarded client")]
    let builder = || {
        resolve(Client::builder())
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            // A request that a peer may have seen is not sent again behind the caller's back.
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("procura/", env!("CARGO_PKG_VERSION")))
    };
    builder()
        .tls_certs_merge(roots.iter().cloned())
        .build()
        .or_else(|_| {
            tracing::warn!(
                "no root certificates on this machine: only the configured ones are trusted for https"
            );
            builder()
                .tls_certs_only(roots.iter().cloned())
                .build()
                .map_err(|e| GuardError::Config(e.to_string()))
        })
}

/// `https://host:port` and nothing else.
fn origin(text: &str) -> Result<String, GuardError> {
    let malformed = || {
        GuardError::Config(format!(
            "development.origins: {text:?} is not an origin such as http://127.0.0.1:8080"
        ))
    };
    let url = Url::parse(text).map_err(|_| malformed())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if plain {
        Ok(url.origin().ascii_serialization())
    } else {
        Err(malformed())
    }
}

enum Hop {
    Stay,
    Follow(Url),
    Refuse,
}

fn next_hop(response: &Response, url: &Url) -> Hop {
    if !response.status().is_redirection() || response.status() == http::StatusCode::NOT_MODIFIED {
        return Hop::Stay;
    }
    response
        .headers()
        .get(header::LOCATION)
        .and_then(|location| url.join(location.to_str().ok()?).ok())
        .filter(|next| next.origin() == url.origin())
        .map_or(Hop::Refuse, Hop::Follow)
}

async fn read(purpose: Purpose, url: &Url, mut response: Response) -> Result<Answer, GuardError> {
    let text = |name| {
        response
            .headers()
            .get(name)
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned)
    };
    let content_type = text(header::CONTENT_TYPE);
    let etag = text(header::ETAG);
    let cache_control = text(header::CACHE_CONTROL);
    let status = response.status();
    let limit = purpose.bytes();
    let body = read_body(&mut response, limit)
        .await
        .map_err(|error| failed(purpose, url, &error))?
        .ok_or_else(|| GuardError::TooLarge(shown(purpose, url), limit))?;
    if status.is_success() && !body.is_empty() && !purpose.accepts(content_type.as_deref()) {
        return Err(GuardError::ContentType(
            shown(purpose, url),
            content_type.unwrap_or_default(),
        ));
    }
    Ok(Answer {
        status: status.as_u16(),
        content_type,
        etag,
        cache_control,
        body,
    })
}

/// The body, or `None` where it is larger than `limit` bytes.
async fn read_body(response: &mut Response, limit: usize) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let announced = response.content_length();
    if announced.is_some_and(|length| usize::try_from(length).map_or(true, |l| l > limit)) {
        return Ok(None);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// What is refused where a name resolves to an address that is not public.
const NOT_PUBLIC: &str = "the address is not public";

/// Why an exchange failed; `None` where it was refused because of its address, before any packet.
fn reason(error: &reqwest::Error) -> Option<String> {
    let mut cause = error.source();
    let mut reason = if error.is_connect() {
        "cannot connect".to_owned()
    } else {
        "broken".to_owned()
    };
    while let Some(deeper) = cause {
        if deeper.is::<NotPublic>() {
            return None;
        }
        // The innermost cause says what happened; the outer ones repeat the URL, which may be a secret.
        reason = deeper.to_string();
        cause = deeper.source();
    }
    Some(reason)
}

fn failed(purpose: Purpose, url: &Url, error: &reqwest::Error) -> GuardError {
    let at = shown(purpose, url);
    match reason(error) {
        Some(reason) => GuardError::Transport(at, reason),
        None => GuardError::Refused(at, NOT_PUBLIC),
    }
}

/// What of a URL may stand in an error or a log: offers, requests and notifications carry secrets in their paths.
fn shown(purpose: Purpose, url: &Url) -> String {
    match purpose {
        Purpose::Protocol | Purpose::Notification => url.origin().ascii_serialization(),
        _ => procura_keys::http::shown(url),
    }
}

#[cfg(test)]
mod tests;
