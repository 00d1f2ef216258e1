//! The verifier's configuration: one TOML file, unknown keys refused, secrets by file path.

use jiff::Timestamp;
use procura_credential::judge::{StatusPolicy, TrustPolicy};
use procura_jades::Profile;
use procura_jose::Algorithm;
use procura_pki::OrganizationIdentifier;
use procura_service::{
    config::{ConfigError, Database, Development, Limits, Listen, Log, within},
    gather::{GatherLimits, Registries},
    trust::Trust,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};
use url::Url;

/// Everything that an operator decides. Variables `PROCURA_VERIFIER_…` override the file
/// (`PROCURA_VERIFIER_DATABASE__URL`).
///
/// ```
/// let text = r#"
/// public_url = "https://verifier.example"
/// key_encryption_key_file = "kek"                  # mode 0600, lines id:base64url
/// representative_policies = ["1.3.6.1.4.1.99999.1"]  # natural persons with these represent their organisation
/// issues_for_others = []                           # organizationIdentifiers
/// status = "required"                              # or "allow-absent"
/// wallet_scan_url = "https://wallet.example/scan"  # for people whose wallet is on the device that they sign in with
/// trust_policy = "eu-qualified"                    # or "eu-advanced"
///
/// [listen]
/// address = "0.0.0.0:8443"
/// [listen.tls]
/// certificate = "tls.pem"
/// key = "tls.key"
/// [operations]                                     # /metrics, for operators only
/// address = "127.0.0.1:9443"
/// [database]
/// url = "sqlite:verifier.db"                       # or url_file with postgres://user:password@host/database
/// [seal]                                           # our did:elsi follows from its certificate
/// key_file = "seal.key"
/// chain_file = "seal.pem"
///
/// [[clients]]
/// client_id = "portal"
/// name = "DOME Marketplace"
/// resource = "https://portal.example/"             # aud of its tokens
/// scopes = ["dome.credentials.presentation.LEARCredential"]
/// notify_url = "https://portal.example/notify"
/// return_url = "https://portal.example/"
/// secret_file = "portal.secret"                    # mode 0600, a bearer token of 22 to 512 characters
/// [clients.accepted_types]                         # where a scope means more, or less, than it says
/// "dome.credentials.presentation.LEARCredential" = ["LEARCredential", "LEARCredentialEmployee"]
///
/// [trust]
/// lotl_url = "https://ec.europa.eu/tools/lotl/eu-lotl.xml"
/// lotl_signers = ["0000000000000000000000000000000000000000000000000000000000000000"]
/// territories = ["DE", "ES"]
/// [registries]
/// participants = ["https://registry.example/"]
/// issuers = ["https://registry.example/"]
/// [tokens]
/// algorithm = "ES256"                              # or RS256
/// rotation_days = 90
/// [lifetimes]
/// transaction_seconds = 300
/// access_token_seconds = 900
/// [document_validation]                            # for verifiers that call DSS; off without it
/// token_file = "validation.secret"                 # mode 0600; needed unless it listens on a loopback address
/// # anchors_file = "seals.pem"                     # for JSON forms, detached signatures and levels above B-B
/// # time_stamp_anchors_file = "time-stamps.pem"
/// [document_validation.listen]
/// address = "127.0.0.1:8444"
/// "#;
/// let config: procura_verifier::Config =
///     procura_service::config::parse("verifier.toml", text, "PROCURA_VERIFIER_", std::iter::empty())?;
/// config.check()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where wallets and browsers reach this verifier, without a path of its own: `https://verifier.example`.
    pub public_url: Url,
    /// Address of a wallet that takes what a code says as its parameter `uri`: the login page links to it for people whose
    /// wallet is on the same device. Without it the page links to the request, which an installed wallet may take over.
    #[serde(default)]
    pub wallet_scan_url: Option<Url>,
    /// Where it listens.
    pub listen: Listen,
    /// Where `/metrics` is served, for operators only; without it, nowhere.
    #[serde(default)]
    pub operations: Option<Listen>,
    /// Where logins and keys are kept.
    pub database: Database,
    /// File (mode 0600) with the keys that encrypt what is stored.
    pub key_encryption_key_file: PathBuf,
    /// The seal that requests are sealed with; the organisation's did:elsi follows from its certificate.
    pub seal: Seal,
    /// Relying parties that may begin a login.
    pub clients: Vec<Client>,
    /// Whose lists are believed.
    pub trust: Trust,
    /// `eu-qualified` or `eu-advanced`.
    #[serde(default = "qualified")]
    pub trust_policy: TrustPolicy,
    /// Where participants and issuers are looked up.
    pub registries: Registries,
    /// How long facts may take, and how long they are believed.
    #[serde(default)]
    pub gather: GatherLimits,
    /// Policy OIDs of certificates under which a natural person represents an organisation. None: no such certificate
    /// is accepted.
    #[serde(default)]
    pub representative_policies: BTreeSet<String>,
    /// Issuers that may issue for mandators other than themselves.
    #[serde(default)]
    pub issues_for_others: BTreeSet<OrganizationIdentifier>,
    /// What to do about a credential without status: `required` (refuse) or `allow-absent`.
    #[serde(default = "required")]
    pub status: StatusPolicy,
    /// Access tokens.
    #[serde(default)]
    pub tokens: Tokens,
    /// Life-times.
    #[serde(default)]
    pub lifetimes: Lifetimes,
    /// What a caller may cost.
    #[serde(default)]
    pub limits: Limits,
    /// Validation of seals for other verifiers, in the messages of the Commission's DSS; without it, off.
    #[serde(default)]
    pub document_validation: Option<DocumentValidation>,
    /// Logs.
    #[serde(default)]
    pub log: Log,
    /// Exceptions for development; never set in production.
    #[serde(default)]
    pub development: Development,
}

/// A seal in files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// PKCS#8 PEM, mode 0600.
    pub key_file: PathBuf,
    /// PEM chain, signing certificate first.
    pub chain_file: PathBuf,
}

/// A relying party.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its name in `/login?client_id=…`.
    pub client_id: String,
    /// Its name for people.
    pub name: String,
    /// `aud` of its access tokens.
    pub resource: String,
    /// Scopes that it may ask for; the first is what it asks for when it names none.
    pub scopes: Vec<String>,
    /// Credential types that are accepted for a scope, where that is not what the scope says itself.
    #[serde(default)]
    pub accepted_types: BTreeMap<String, BTreeSet<String>>,
    /// Where it is notified of a completed login.
    pub notify_url: Url,
    /// Where the browser is sent when its login is over.
    pub return_url: Url,
    /// File (mode 0600) with the secret by which we authenticate to it.
    pub secret_file: PathBuf,
}

/// Validation of documents for other verifiers: `POST /services/rest/validation/validateSignature`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentValidation {
    /// Where it listens; never where the public does.
    pub listen: Listen,
    /// File (mode 0600) with the bearer token that callers send. Needed unless it listens on a loopback address: callers
    /// that cannot send one, as those that call DSS cannot, reach it there, or by a proxy of theirs that adds it.
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// By which rules of the header: `strict`; `credential` and `deployed` take compact seals only.
    #[serde(default)]
    pub profile: HeaderProfile,
    /// PEM: certificates to which signers must lead where a document is no compact seal. Without it none of these is valid.
    #[serde(default)]
    pub anchors_file: Option<PathBuf>,
    /// PEM: certificates to which the signers of time-stamps must lead. They serve for nothing else.
    #[serde(default)]
    pub time_stamp_anchors_file: Option<PathBuf>,
    /// How many judgements are made at once; whoever comes beyond them is asked to come again.
    #[serde(default = "four")]
    pub judgements_at_once: usize,
    /// Largest request in bytes.
    #[serde(default = "megabyte")]
    pub body_bytes: usize,
    /// Requests a minute and address; 0: no limit.
    #[serde(default = "sixty")]
    pub requests_per_minute: u32,
}

/// Rules of the header, by the names of [`Profile`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeaderProfile {
    /// [`Profile::Credential`].
    Credential,
    /// [`Profile::Strict`].
    #[default]
    Strict,
    /// [`Profile::Deployed`].
    Deployed,
}

impl From<HeaderProfile> for Profile {
    fn from(profile: HeaderProfile) -> Self {
        match profile {
            HeaderProfile::Credential => Self::Credential,
            HeaderProfile::Strict => Self::Strict,
            HeaderProfile::Deployed => Self::Deployed,
        }
    }
}

const fn four() -> usize {
    4
}

const fn megabyte() -> usize {
    1024 * 1024
}

const fn sixty() -> u32 {
    60
}

/// How access tokens are minted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tokens {
    /// Algorithm.
    pub algorithm: TokenAlgorithm,
    /// Days after which a new key signs.
    pub rotation_days: i64,
    /// Seconds for which a new key is published before it signs, so that caches of resource servers know it.
    pub publish_ahead_seconds: i64,
}

/// Algorithms that access tokens are minted with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum TokenAlgorithm {
    /// ECDSA on P-256.
    #[default]
    #[serde(rename = "ES256")]
    Es256,
    /// RSA PKCS#1 v1.5, which RFC 9068 §4 makes every resource server understand.
    #[serde(rename = "RS256")]
    Rs256,
}

impl From<TokenAlgorithm> for Algorithm {
    fn from(algorithm: TokenAlgorithm) -> Self {
        match algorithm {
            TokenAlgorithm::Es256 => Self::Es256,
            TokenAlgorithm::Rs256 => Self::Rs256,
        }
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            algorithm: TokenAlgorithm::default(),
            rotation_days: 90,
            publish_ahead_seconds: 3600,
        }
    }
}

/// Life-times in seconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// Of a login, at most 300.
    pub transaction_seconds: i64,
    /// Of an access token.
    pub access_token_seconds: i64,
    /// Oldest presentation that is accepted.
    pub presentation_seconds: i64,
    /// Tolerated difference of clocks.
    pub skew_seconds: i64,
    /// How long an ended login is remembered, for the record.
    pub record_days: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            transaction_seconds: procura_protocol::vp::transaction::TRANSACTION_SECONDS,
            access_token_seconds: 900,
            presentation_seconds: 300,
            skew_seconds: 60,
            record_days: 30,
        }
    }
}

const fn required() -> StatusPolicy {
    StatusPolicy::Required
}

const fn qualified() -> TrustPolicy {
    TrustPolicy::EuQualified
}

impl Config {
    /// Checks what types do not say.
    ///
    /// # Errors
    /// [`ConfigError`] names the key.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.development.demand_https("public_url", &self.public_url)?;
        if self.public_url.path() != "/"
            || self.public_url.query().is_some()
            || self.public_url.fragment().is_some()
        {
            return Err(ConfigError::new(
                "public_url",
                "must have no path, query or fragment",
            ));
        }
        if let Some(url) = &self.wallet_scan_url {
            self.development.demand_https("wallet_scan_url", url)?;
        }
        if self.clients.is_empty() {
            return Err(ConfigError::new("clients", "names no relying party"));
        }
        let mut names = BTreeSet::new();
        for (index, client) in self.clients.iter().enumerate() {
            let key = |name: &str| format!("clients[{index}].{name}");
            if client.client_id.is_empty() || !names.insert(&client.client_id) {
                return Err(ConfigError::new(key("client_id"), "must be there and unique"));
            }
            if client.scopes.is_empty() {
                return Err(ConfigError::new(key("scopes"), "names no scope"));
            }
            for scope in &client.scopes {
                let known = procura_protocol::vp::scope::credential_types(scope).is_ok();
                if !known {
                    return Err(ConfigError::new(
                        key("scopes"),
                        format!("{scope:?} stands for no credential type"),
                    ));
                }
            }
            for (name, url) in [
                ("notify_url", &client.notify_url),
                ("return_url", &client.return_url),
            ] {
                self.development.demand_https(&key(name), url)?;
            }
        }
        for (name, value, range) in [
            (
                "lifetimes.transaction_seconds",
                self.lifetimes.transaction_seconds,
                60..=300,
            ),
            (
                "lifetimes.access_token_seconds",
                self.lifetimes.access_token_seconds,
                60..=3600,
            ),
            (
                "lifetimes.presentation_seconds",
                self.lifetimes.presentation_seconds,
                30..=600,
            ),
            ("lifetimes.skew_seconds", self.lifetimes.skew_seconds, 0..=300),
            ("lifetimes.record_days", self.lifetimes.record_days, 0..=3650),
            ("tokens.rotation_days", self.tokens.rotation_days, 1..=730),
            (
                "tokens.publish_ahead_seconds",
                self.tokens.publish_ahead_seconds,
                0..=86_400,
            ),
        ] {
            within(name, value, range)?;
        }
        if let Some(validation) = &self.document_validation {
            within(
                "document_validation.body_bytes",
                validation.body_bytes,
                1024..=16 * 1024 * 1024,
            )?;
            within(
                "document_validation.judgements_at_once",
                validation.judgements_at_once,
                1..=64,
            )?;
            if validation.token_file.is_none() && !validation.listen.address.ip().is_loopback() {
                return Err(ConfigError::new(
                    "document_validation.token_file",
                    "must be there unless it listens on a loopback address: whoever reaches it may call it",
                ));
            }
            if validation.listen.address.port() != 0 && validation.listen.address == self.listen.address {
                return Err(ConfigError::new(
                    "document_validation.listen.address",
                    "must be another than listen.address, which the public reaches",
                ));
            }
        }
        self.trust.sync().map(drop)
    }

    /// `{public_url}` without a slash at its end.
    #[must_use]
    pub fn base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }
}

impl Client {
    /// Credential types accepted for a scope.
    #[must_use]
    pub fn credential_types(&self, scope: &str) -> BTreeSet<String> {
        match self.accepted_types.get(scope) {
            Some(types) => types.clone(),
            None => procura_protocol::vp::scope::credential_types(scope).unwrap_or_default(),
        }
    }
}

/// When something that lives for `seconds` from `now` ends.
pub(crate) fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(jiff::SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

/// The point in time `seconds` before `now`.
pub(crate) fn before(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_sub(jiff::SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MIN)
}
