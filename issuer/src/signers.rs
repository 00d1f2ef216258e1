//! `[signers.NAME]`: which key seals: in files, in a hardware module, or at a trust service provider.
mod local;

pub use local::{Pkcs11Token, Pkcs12File};

use jiff::Timestamp;
use procura_jose::Algorithm;
use procura_keys::{
    CscSigner, FileSigner, Http, Signer, SignerError,
    csc::{ClientAuthentication, Dialect, Quirk, Secret, Settings},
};
use procura_service::{
    GuardedClient, Purpose,
    config::{ConfigError, Development, Limits, within},
};
use serde::{Deserialize, Deserializer, de};
use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};
use url::Url;

/// A key that seals, by the `kind` that stands with it; without one it lies in files.
///
/// ```
/// use procura_issuer::SignerConfig;
/// let signer: SignerConfig = toml::from_str(r#"
///     kind = "csc"
///     base_url = "https://qtsp.example/csc/v2/"
///     client_id = "goodair"
///     client_secret_file = "/etc/procura/csc.client-secret"
///     credential_id = "GX0112348"
///     pin_file = "/etc/procura/csc.pin"
/// "#).unwrap();
/// assert!(matches!(signer, SignerConfig::Csc(_)));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SignerConfig {
    /// `kind = "file"`.
    File(SignerFiles),
    /// `kind = "csc"`: remote signing by the API of the Cloud Signature Consortium.
    Csc(Box<RemoteSigner>),
    /// `kind = "pkcs12"`: key and chain in one file, as providers hand them out.
    Pkcs12(Pkcs12File),
    /// `kind = "pkcs11"`: a hardware module keeps the key.
    Pkcs11(Box<Pkcs11Token>),
}

/// A key in files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerFiles {
    /// PKCS#8 PEM, mode 0600.
    pub key_file: PathBuf,
    /// PEM chain, signing certificate first.
    pub chain_file: PathBuf,
    /// JWS algorithm, where it is not the usual one of the key's kind: `PS256`.
    #[serde(default)]
    pub algorithm: Option<String>,
}

/// A key that a trust service provider keeps. Its chain comes from the provider, and so does the usual algorithm.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteSigner {
    /// The API's base: `https://qtsp.example/csc/v2/`.
    pub base_url: Url,
    /// The token endpoint, where it is of another origin than the API.
    #[serde(default)]
    pub token_url: Option<Url>,
    /// The client that the provider knows us as.
    pub client_id: String,
    /// File (mode 0600) with the client's secret.
    pub client_secret_file: PathBuf,
    /// How the secret is sent: `post` in the form, `basic` in the header.
    #[serde(default)]
    pub client_authentication: ClientAuthentication,
    /// `scope` of the access token, where the provider demands one.
    #[serde(default)]
    pub scope: Option<String>,
    /// `userID` of the credential's owner, where the client acts for several.
    #[serde(default)]
    pub user_id: Option<String>,
    /// The credential; not needed where only one can be used.
    #[serde(default)]
    pub credential_id: Option<String>,
    /// File (mode 0600) with the PIN, where the credential asks for one.
    #[serde(default)]
    pub pin_file: Option<PathBuf>,
    /// JWS algorithm, where it is not the usual one of the key's kind: `PS256`.
    #[serde(default)]
    pub algorithm: Option<String>,
    /// Version of the API: `v2`, `v1`.
    #[serde(default)]
    pub dialect: Dialect,
    /// What this provider does otherwise than the standard says: `generic-key-oids`, `url-safe-hashes`.
    #[serde(default)]
    pub quirks: BTreeSet<Quirk>,
    /// Whether signatures are asked for asynchronously.
    #[serde(default)]
    pub asynchronous: bool,
    /// Seconds for each request to the provider.
    #[serde(default = "ten")]
    pub time_limit_seconds: u64,
    /// Seconds for an asynchronous signature.
    #[serde(default = "ten")]
    pub poll_limit_seconds: u64,
}

const fn ten() -> u64 {
    10
}

/// The kind stands beside the rest, and need not stand there for files.
impl<'de> Deserialize<'de> for SignerConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = serde_json::Map::<String, serde_json::Value>::deserialize(deserializer)?;
        let kind = table.remove("kind");
        let kind = kind.as_ref().map_or(Some("file"), serde_json::Value::as_str);
        let table = serde_json::Value::Object(table);
        match kind {
            Some("file") => serde_json::from_value(table).map(Self::File),
            Some("csc") => serde_json::from_value(table).map(|remote| Self::Csc(Box::new(remote))),
            Some("pkcs12") => serde_json::from_value(table).map(Self::Pkcs12),
            Some("pkcs11") => serde_json::from_value(table).map(|token| Self::Pkcs11(Box::new(token))),
            _ => Err(de::Error::custom(
                "kind: is none of \"file\", \"pkcs12\", \"pkcs11\" and \"csc\"",
            )),
        }
        .map_err(de::Error::custom)
    }
}

impl SignerConfig {
    /// Checks what types do not say.
    pub(crate) fn check(
        &self,
        name: &str,
        development: &Development,
        limits: &Limits,
    ) -> Result<(), ConfigError> {
        let key = |member: &str| format!("signers.{name}.{member}");
        let remote = match self {
            Self::File(_) | Self::Pkcs12(_) => return Ok(()),
            Self::Pkcs11(token) => return token.check(key, limits),
            Self::Csc(remote) => remote,
        };
        development.demand_https(&key("base_url"), &remote.base_url)?;
        if let Some(url) = &remote.token_url {
            development.demand_https(&key("token_url"), url)?;
        }
        within(&key("time_limit_seconds"), remote.time_limit_seconds, 1..=60)?;
        within(&key("poll_limit_seconds"), remote.poll_limit_seconds, 1..=600)?;
        let (name, waits) = if remote.asynchronous {
            ("poll_limit_seconds", remote.poll_limit_seconds)
        } else {
            ("time_limit_seconds", 0)
        };
        // An access token, authorizing and signing: the wallet is to have the answer of the request that it sent.
        if 3 * remote.time_limit_seconds + waits > limits.request_seconds {
            let problem = "an access token, authorizing, signing and waiting for the signature may take longer than \
                           limits.request_seconds; shorten the one or raise the other";
            return Err(ConfigError::new(key(name), problem));
        }
        Ok(())
    }

    /// Checks and opens the key for a program in which no request waits: the command line. `name` is that of its table.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn opened(
        &self,
        name: &str,
        development: &Development,
        now: Timestamp,
    ) -> Result<Arc<dyn Signer>, OpenError> {
        let patient = Limits {
            request_seconds: u64::MAX,
            ..Limits::default()
        };
        self.check(name, development, &patient)?;
        self.open(development, now).await
    }

    /// Opens the key. One that a provider keeps is asked for; nothing is signed.
    pub(crate) async fn open(
        &self,
        development: &Development,
        now: Timestamp,
    ) -> Result<Arc<dyn Signer>, OpenError> {
        match self {
            Self::File(files) => Ok(Arc::new(files.open()?)),
            Self::Pkcs12(file) => Ok(file.open()?),
            Self::Pkcs11(token) => Ok(token.open().await?),
            Self::Csc(remote) => {
                let client = GuardedClient::new(development.guarded()?)
                    .map_err(|error| ConfigError::new("development", error.to_string()))?;
                let http: Arc<dyn Http> = Arc::new(client.transport(Purpose::RemoteSigning));
                let opened = CscSigner::open(remote.settings()?, http, now).await;
                Ok(Arc::new(opened.map_err(SignerError::from)?))
            }
        }
    }
}

/// A key cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Because of the key.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// Because of what is configured around it.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

fn algorithm(name: Option<&String>) -> Result<Option<Algorithm>, SignerError> {
    name.map(|name| Algorithm::from_name(name).ok_or(SignerError::NoAlgorithm))
        .transpose()
}

impl SignerFiles {
    fn open(&self) -> Result<FileSigner, SignerError> {
        match algorithm(self.algorithm.as_ref())? {
            None => FileSigner::open(&self.key_file, Some(&self.chain_file)),
            Some(algorithm) => {
                FileSigner::open_with_algorithm(&self.key_file, Some(&self.chain_file), algorithm)
            }
        }
    }
}

impl RemoteSigner {
    fn settings(&self) -> Result<Settings, SignerError> {
        let secret = Secret::from_file(&self.client_secret_file)?;
        let mut settings = Settings::new(self.base_url.clone(), &self.client_id, secret);
        settings.token_url.clone_from(&self.token_url);
        settings.client_authentication = self.client_authentication;
        settings.scope.clone_from(&self.scope);
        settings.user_id.clone_from(&self.user_id);
        settings.credential_id.clone_from(&self.credential_id);
        settings.pin = self.pin_file.as_deref().map(Secret::from_file).transpose()?;
        settings.algorithm = algorithm(self.algorithm.as_ref())?;
        settings.dialect = self.dialect;
        settings.quirks.clone_from(&self.quirks);
        settings.asynchronous = self.asynchronous;
        settings.time_limit = Duration::from_secs(self.time_limit_seconds);
        settings.poll_limit = Duration::from_secs(self.poll_limit_seconds);
        Ok(settings)
    }
}
