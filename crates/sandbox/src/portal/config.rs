use procura_crypto::digest::sha256;
use procura_service::config::{self, ConfigError, Database, Development, Limits, Listen, Log};
use serde::Deserialize;
use std::path::PathBuf;
use url::Url;

/// Settings of the portal.
///
/// ```
/// # let text = r#"
/// public_url = "https://portal.example/"
/// client_id = "portal"                       # how the verifier knows us
/// verifier = "https://verifier.example/"     # its metadata names its keys
/// verifier_did = "did:elsi:VATFR-99999999"   # `iss` of its tokens
/// resource = "https://portal.example/"       # `aud` of tokens for us
/// scope = "dome.credentials.presentation.LEARCredential"
/// notify_secret_file = "portal-notify.secret"
/// key_encryption_key_file = "portal.keys"    # mode 0600, lines id:base64url
/// [listen]
/// address = "127.0.0.1:4715"
/// [database]
/// url = "sqlite:portal.db"
/// # "#;
/// # let config: procura_sandbox::portal::Config = toml::from_str(text).unwrap();
/// # assert_eq!(config.session_minutes, 60);
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub listen: Listen,
    /// How browsers reach the portal; `https` makes cookies `Secure`.
    pub public_url: Url,
    /// The database.
    pub database: Database,
    /// The name under which the verifier knows the portal.
    pub client_id: String,
    /// The verifier's public URL.
    pub verifier: Url,
    /// The verifier's did:elsi.
    pub verifier_did: String,
    /// The audience of tokens for this portal.
    pub resource: String,
    /// What logins ask for.
    pub scope: String,
    /// What a login may ask for instead: `/login?scope=…`.
    #[serde(default)]
    pub further_scopes: Vec<String>,
    /// File with the secret by which the verifier authenticates its notifications.
    pub notify_secret_file: PathBuf,
    /// File (mode 0600) with the keys under which sessions are sealed.
    pub key_encryption_key_file: PathBuf,
    /// Minutes that a login may take.
    #[serde(default = "default_login_minutes")]
    pub login_minutes: u16,
    /// Minutes that a session lasts.
    #[serde(default = "default_session_minutes")]
    pub session_minutes: u16,
    /// Limits for callers.
    #[serde(default)]
    pub limits: Limits,
    /// Logs.
    #[serde(default)]
    pub log: Log,
    /// Exceptions for development.
    #[serde(default)]
    pub development: Development,
}
/// SHA-256 of the secret by which the verifier authenticates.
#[derive(Clone, Copy)]
pub struct NotifySecret(pub(super) [u8; 32]);
impl core::fmt::Debug for NotifySecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("NotifySecret(..)")
    }
}
impl NotifySecret {
    /// Of a secret.
    pub fn of(secret: &str) -> Self {
        Self(sha256(secret.as_bytes()))
    }
}
impl Config {
    /// Reads the secret.
    pub fn notify_secret(&self) -> Result<NotifySecret, ConfigError> {
        config::read_bearer_secret(&self.notify_secret_file).map(|secret| NotifySecret::of(&secret))
    }
    /// Whether a login may ask for this.
    pub(super) fn asks_for(&self, scope: &str) -> bool {
        self.scope == scope || self.further_scopes.iter().any(|further| further == scope)
    }
    pub(super) fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }
}
fn default_login_minutes() -> u16 {
    10
}
fn default_session_minutes() -> u16 {
    60
}
