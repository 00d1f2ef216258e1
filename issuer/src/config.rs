//! The issuer's configuration: one TOML file, unknown keys refused, secrets by file path.
use crate::{
    signers::SignerConfig,
    time_stamping::{Evidence, TimeStamping},
};
use jiff::Timestamp;
use procura_credential::{envelope::Envelope, lear::Shape};
use procura_jose::Algorithm;
use procura_pki::OrganizationIdentifier;
use procura_protocol::vci::{IssuerIdentifier, Pin};
use procura_service::config::{ConfigError, Database, Development, Limits, Listen, Log, within};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// A signer's usual requests fit into `limits.request_seconds`; in the longest run, each of them is refused once for an
/// access token or activation data that has expired, which is renewed.
const RUN_IN_REQUESTS: u64 = 3;
/// Seconds by which a claim outlives its run, so that clocks of replicas may differ.
pub(crate) const BEYOND_RUN: u64 = 10;

/// Everything that an operator decides.
///
/// ```
/// let config: procura_issuer::Config = toml::from_str(r#"
///     public_url = "https://issuer.goodair.example"
///     key_encryption_key_file = "/etc/procura/issuer.kek"
///     [listen]
///     address = "127.0.0.1:8100"
///     [management]
///     address = "127.0.0.1:8101"
///     [database]
///     url = "sqlite:/var/lib/procura/issuer.db"
///     [signers.seal]
///     key_file = "/etc/procura/seal.key.pem"
///     chain_file = "/etc/procura/seal.chain.pem"
///     [[credentials]]
///     id = "LEARCredentialEmployee"
///     shape = "employee-v3"
///     envelope = "root"
///     signer = "seal"
/// "#).unwrap();
/// config.check().unwrap();
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The Credential Issuer Identifier, and where wallets reach it. A path is allowed when a proxy removes it.
    pub public_url: String,
    /// Where wallets are served.
    pub listen: Listen,
    /// Where issuances are managed; needs a bearer token for everything but health.
    pub management: Listen,
    /// Where `/metrics` is served, for operators only; without it, nowhere.
    #[serde(default)]
    pub operations: Option<Listen>,
    /// Where issuances are kept.
    pub database: Database,
    /// File (mode 0600) with the keys that encrypt what is stored.
    pub key_encryption_key_file: PathBuf,
    /// Keys that seal, by name. All are of one organisation: its did:elsi follows from their certificates.
    pub signers: BTreeMap<String, SignerConfig>,
    /// What can be issued.
    pub credentials: Vec<Credential>,
    /// Status lists.
    #[serde(default)]
    pub status: Status,
    /// PINs.
    #[serde(default)]
    pub pin: PinPolicy,
    /// Life-times.
    #[serde(default)]
    pub lifetimes: Lifetimes,
    /// Evidence that is kept beside each credential.
    #[serde(default)]
    pub evidence: Evidence,
    /// Who time-stamps the evidence; without it, nobody.
    #[serde(default)]
    pub time_stamping: Option<TimeStamping>,
    /// Algorithms of holders' keys.
    #[serde(default = "holder_algorithms")]
    pub holder_algorithms: Vec<String>,
    /// What a caller may cost.
    #[serde(default)]
    pub limits: Limits,
    /// Logs.
    #[serde(default)]
    pub log: Log,
    /// Exceptions for development; never set in production.
    #[serde(default)]
    pub development: Development,
}

/// A credential that can be issued.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Its id in offers and metadata: `LEARCredentialEmployee`.
    pub id: String,
    /// Its shape.
    pub shape: EmittedShape,
    /// `vc-claim` (typ `JWT`) or `root` (typ `vc+jwt`).
    #[serde(default = "vc_claim")]
    pub envelope: Envelope,
    /// Name of the signer. The signature of a natural person is for `LEARCredential` only, and must be that of the
    /// `legalRepresentative`.
    pub signer: String,
    /// Days for which it is valid, and never longer than the certificate that seals it.
    #[serde(default = "a_year")]
    pub valid_days: u32,
    /// URL of its JSON Schema, to be named in it.
    #[serde(default)]
    pub schema_url: Option<String>,
    /// Other organisations for which it may be issued. None: for our own only.
    #[serde(default)]
    pub issues_for: BTreeSet<OrganizationIdentifier>,
}

/// Shapes that are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmittedShape {
    /// The DOME document's `LEARCredential`.
    LearCredential,
    /// `LEARCredentialEmployee`, version 2.
    EmployeeV2,
    /// `LEARCredentialEmployee`, version 3.
    EmployeeV3,
}
impl From<EmittedShape> for Shape {
    fn from(shape: EmittedShape) -> Self {
        match shape {
            EmittedShape::LearCredential => Self::LearCredential,
            EmittedShape::EmployeeV2 => Self::EmployeeV2,
            EmittedShape::EmployeeV3 => Self::EmployeeV3,
        }
    }
}

/// `[status]`: lists by which credentials are revoked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Status {
    /// Signer of the lists: a legal person's seal. Not needed where there is one only.
    pub signer: Option<String>,
    /// Length of a list in bits; at least 131072, a multiple of 8.
    pub bits: u32,
    /// Seconds for which a sealed list is valid: how long a revocation may take to reach every verifier.
    pub valid_seconds: u32,
    /// Seconds for which caches on the way may keep it.
    pub max_age_seconds: u32,
}
impl Default for Status {
    fn default() -> Self {
        Self {
            signer: None,
            bits: 131_072,
            valid_seconds: 900,
            max_age_seconds: 60,
        }
    }
}

/// `[pin]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PinPolicy {
    /// Whether offers need a PIN.
    pub required: bool,
    /// Digits: 1 to 8.
    pub digits: u8,
}
impl Default for PinPolicy {
    fn default() -> Self {
        Self {
            required: true,
            digits: 6,
        }
    }
}

/// `[lifetimes]`, in seconds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lifetimes {
    /// Of an offer and its code; at most a day.
    pub offer_seconds: u32,
    /// Of an access token; at most an hour, and no less than three times `limits.request_seconds` and ten seconds.
    pub token_seconds: u32,
    /// Of a `c_nonce`; never longer than its token.
    pub nonce_seconds: u32,
    /// How old a proof may be.
    pub proof_seconds: u32,
    /// Tolerated difference of clocks.
    pub skew_seconds: u32,
}
impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            offer_seconds: 600,
            token_seconds: 300,
            nonce_seconds: 300,
            proof_seconds: 300,
            skew_seconds: 60,
        }
    }
}

fn holder_algorithms() -> Vec<String> {
    vec!["ES256".to_owned()]
}
const fn vc_claim() -> Envelope {
    Envelope::VcClaim
}
const fn a_year() -> u32 {
    365
}

impl Config {
    /// Checks what types do not say.
    ///
    /// # Errors
    /// [`ConfigError`] names the key.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.issuer()?;
        self.algorithms()?;
        for (name, signer) in &self.signers {
            signer.check(name, &self.development, &self.limits)?;
        }
        if self.credentials.is_empty() {
            return Err(ConfigError::new("credentials", "nothing can be issued"));
        }
        let mut ids = BTreeSet::new();
        for (index, credential) in self.credentials.iter().enumerate() {
            let key = |name: &str| format!("credentials[{index}].{name}");
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
            if credential.id.is_empty() || credential.id.len() > 128 || !credential.id.bytes().all(plain) {
                return Err(ConfigError::new(key("id"), "has 1 to 128 of A-Z a-z 0-9 - . _"));
            }
            if !ids.insert(&credential.id) {
                return Err(ConfigError::new(key("id"), "stands twice"));
            }
            if !self.signers.contains_key(&credential.signer) {
                return Err(ConfigError::new(key("signer"), "is none of [signers]"));
            }
            within(&key("valid_days"), credential.valid_days, 1..=3660)?;
        }
        self.status_signer()?;
        self.evidence.check()?;
        if let Some(time_stamping) = &self.time_stamping {
            time_stamping.check()?;
        }
        self.check_numbers()
    }

    fn check_numbers(&self) -> Result<(), ConfigError> {
        let longest = u8::try_from(Pin::LONGEST).unwrap_or(u8::MAX);
        within("pin.digits", self.pin.digits, 1..=longest)?;
        let Lifetimes {
            offer_seconds,
            token_seconds,
            nonce_seconds,
            proof_seconds,
            skew_seconds,
        } = self.lifetimes;
        within("lifetimes.offer_seconds", offer_seconds, 10..=86_400)?;
        within("lifetimes.token_seconds", token_seconds, 10..=3_600)?;
        let claim = self.run_seconds().saturating_add(BEYOND_RUN);
        if u64::from(token_seconds) < claim {
            let problem = format!(
                "must be at least {claim}, the time for which a seal is claimed: three times limits.request_seconds and \
                 {BEYOND_RUN} seconds; lengthen the one or shorten the other"
            );
            return Err(ConfigError::new("lifetimes.token_seconds", problem));
        }
        within("lifetimes.nonce_seconds", nonce_seconds, 10..=3_600)?;
        within("lifetimes.proof_seconds", proof_seconds, 10..=3_600)?;
        within("lifetimes.skew_seconds", skew_seconds, 0..=300)?;
        let Status {
            valid_seconds,
            max_age_seconds,
            bits,
            ..
        } = self.status;
        within("status.valid_seconds", valid_seconds, 60..=86_400)?;
        within("status.max_age_seconds", max_age_seconds, 0..=valid_seconds)?;
        within("status.bits", bits, 131_072..=16 * 1024 * 1024)?;
        if !bits.is_multiple_of(8) {
            return Err(ConfigError::new("status.bits", "must be a multiple of 8"));
        }
        Ok(())
    }

    pub(crate) fn issuer(&self) -> Result<IssuerIdentifier, ConfigError> {
        IssuerIdentifier::parse(&self.public_url, &self.development.origins)
            .map_err(|error| ConfigError::new("public_url", error.to_string()))
    }

    pub(crate) fn algorithms(&self) -> Result<Vec<Algorithm>, ConfigError> {
        let read = |name: &String| {
            Algorithm::from_name(name).ok_or_else(|| {
                ConfigError::new(
                    "holder_algorithms",
                    format!("{name} is not an asymmetric algorithm"),
                )
            })
        };
        let algorithms = self
            .holder_algorithms
            .iter()
            .map(read)
            .collect::<Result<Vec<_>, _>>()?;
        if algorithms.is_empty() {
            return Err(ConfigError::new("holder_algorithms", "names no algorithm"));
        }
        Ok(algorithms)
    }

    pub(crate) fn status_signer(&self) -> Result<&str, ConfigError> {
        let mut names = self.signers.keys();
        match (&self.status.signer, names.next(), names.next()) {
            (Some(name), ..) if self.signers.contains_key(name) => Ok(name),
            (Some(_), ..) => Err(ConfigError::new("status.signer", "is none of [signers]")),
            (None, Some(only), None) => Ok(only),
            (None, None, _) => Err(ConfigError::new("signers", "names no signer")),
            (None, ..) => Err(ConfigError::new(
                "status.signer",
                "must be named where there are several signers",
            )),
        }
    }

    /// How long a run may take to seal a credential.
    pub(crate) fn run_seconds(&self) -> u64 {
        self.limits.request_seconds.saturating_mul(RUN_IN_REQUESTS)
    }

    /// Whether browsers may be told never to use anything but https.
    pub(crate) fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

impl Lifetimes {
    pub(crate) fn after(from: Timestamp, seconds: u32) -> Timestamp {
        from.checked_add(jiff::SignedDuration::from_secs(seconds.into()))
            .unwrap_or(Timestamp::MAX)
    }
}
