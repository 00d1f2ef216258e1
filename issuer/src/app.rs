//! What every handler shares: the organisation, what it issues, keys, store, clock.
use crate::{
    config::{Config, EmittedShape, Lifetimes, PinPolicy},
    seal_key::{SealError, SealKey},
    signers::OpenError,
    status_lists::StatusLists,
    time_stamping::OpenTimeStamping,
};
use jiff::Timestamp;
use procura_credential::{envelope::Envelope, lear::Shape};
use procura_did::Did;
use procura_jose::AlgorithmSet;
use procura_keys::{KekError, KekRing, SignerError};
use procura_pki::OrganizationIdentifier;
use procura_protocol::{Secret, vci::IssuerIdentifier};
use procura_service::{Clock, SystemRng, config::ConfigError, underway::Underway};
use procura_store::{Schema, Store, StoreError, issuer::issuances};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

/// Why the issuer does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration.
    #[error("configuration: {0}")]
    Config(#[from] ConfigError),
    /// A signer's files, or who keeps its key.
    #[error("signers.{name}: {reason}")]
    Signer {
        /// Which.
        name: String,
        /// Why.
        reason: SignerError,
    },
    /// A signer's certificate.
    #[error("signers.{name}: {reason}")]
    SealKey {
        /// Which.
        name: String,
        /// Why.
        reason: SealError,
    },
    /// The key-encryption keys.
    #[error("key_encryption_key_file: {0}")]
    KeyEncryptionKey(#[from] KekError),
    /// The database.
    #[error("database: {0}")]
    Store(#[from] StoreError),
    /// Logging.
    #[error("log: {0}")]
    Telemetry(#[from] procura_service::telemetry::TelemetryError),
    /// Listeners.
    #[error("{0}")]
    Serve(#[from] procura_service::server::ServeError),
}

/// A credential that can be issued.
#[derive(Debug)]
pub(crate) struct Configuration {
    pub(crate) id: String,
    pub(crate) shape: Shape,
    pub(crate) envelope: Envelope,
    pub(crate) key: SealKey,
    pub(crate) valid_days: u32,
    pub(crate) schema_url: Option<String>,
    pub(crate) issues_for: BTreeSet<OrganizationIdentifier>,
}
impl Configuration {
    pub(crate) fn types(&self) -> [&'static str; 2] {
        ["VerifiableCredential", self.shape.credential_type()]
    }
}

/// An open issuer; clones share it.
#[derive(Clone, Debug)]
pub struct App(Arc<Inner>);

/// What the clones of an [`App`] share.
pub struct Inner {
    pub(crate) issuer: IssuerIdentifier,
    pub(crate) did: Did,
    pub(crate) organization: OrganizationIdentifier,
    pub(crate) legal_name: String,
    pub(crate) configurations: Vec<Arc<Configuration>>,
    pub(crate) status: StatusLists,
    pub(crate) store: Store,
    pub(crate) keks: KekRing,
    kek_file: PathBuf,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) pin: PinPolicy,
    pub(crate) holder_algorithms: AlgorithmSet,
    pub(crate) https: bool,
    pub(crate) limits: procura_service::config::Limits,
    seal_keys: Vec<SealKey>,
    pub(crate) time_stamping: Option<OpenTimeStamping>,
    /// Rung when evidence is wanted.
    pub(crate) evidence_wanted: tokio::sync::Notify,
    pub(crate) keep_evidence_days: u32,
    /// Seals in the making: they go on when whoever asked has hung up.
    pub(crate) underway: Underway,
    /// How long a run may take to seal a credential.
    pub(crate) sealing: Duration,
}
impl core::fmt::Debug for Inner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Issuer")
            .field("issuer", &self.issuer)
            .field("did", &self.did)
            .finish_non_exhaustive()
    }
}
impl core::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Opens keys and database.
    ///
    /// # Errors
    /// [`StartError`] names what is wrong and where.
    pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        config.check()?;
        let mut keys = BTreeMap::new();
        for (name, signer) in &config.signers {
            let opened = signer.open(&config.development, clock.now()).await;
            let signer = opened.map_err(|error| match error {
                OpenError::Config(error) => error.into(),
                OpenError::Signer(reason) => StartError::Signer {
                    name: name.clone(),
                    reason,
                },
            })?;
            let key = SealKey::new(signer).map_err(|reason| StartError::SealKey {
                name: name.clone(),
                reason,
            })?;
            keys.insert(name.as_str(), key);
        }
        let key = |name: &str, place: &str| {
            keys.get(name)
                .cloned()
                .ok_or_else(|| ConfigError::new(place, "is none of [signers]"))
        };
        let status_key = key(config.status_signer()?, "status.signer")?;
        if status_key.is_person() {
            return Err(ConfigError::new("status.signer", "must be the seal of a legal person").into());
        }
        if keys
            .values()
            .any(|key| key.organization() != status_key.organization())
        {
            return Err(
                ConfigError::new("signers", "their certificates are of different organisations").into(),
            );
        }
        let mut configurations = Vec::new();
        for (index, credential) in config.credentials.iter().enumerate() {
            let place = format!("credentials[{index}].signer");
            let key = key(&credential.signer, &place)?;
            if key.is_person() && credential.shape != EmittedShape::LearCredential {
                let problem = "must be a legal person's seal: only a LEARCredential names its representative";
                return Err(ConfigError::new(place, problem).into());
            }
            configurations.push(Arc::new(Configuration {
                id: credential.id.clone(),
                shape: credential.shape.into(),
                envelope: credential.envelope,
                key,
                valid_days: credential.valid_days,
                schema_url: credential.schema_url.clone(),
                issues_for: credential.issues_for.clone(),
            }));
        }
        let issuer = config.issuer()?;
        let time_stamping = config
            .time_stamping
            .as_ref()
            .map(|time_stamping| time_stamping.open(&config.development))
            .transpose()?;
        Ok(Self(Arc::new(Inner {
            did: status_key.did().clone(),
            organization: status_key.organization().clone(),
            legal_name: status_key.legal_name().to_owned(),
            status: StatusLists::new(&issuer, status_key, config.status.clone()),
            issuer,
            configurations,
            store: Store::connect(&config.database.resolve()?, Schema::Issuer).await?,
            keks: KekRing::open(&config.key_encryption_key_file)?,
            kek_file: config.key_encryption_key_file.clone(),
            clock,
            lifetimes: config.lifetimes.clone(),
            pin: config.pin.clone(),
            holder_algorithms: AlgorithmSet::new(&config.algorithms()?),
            https: config.is_https(),
            limits: config.limits.clone(),
            seal_keys: keys.into_values().collect(),
            time_stamping,
            evidence_wanted: tokio::sync::Notify::new(),
            keep_evidence_days: config.evidence.keep_days,
            underway: Underway::default(),
            sealing: Duration::from_secs(config.run_seconds()),
        })))
    }
    /// The database: for tests that count commits, and for shutting down.
    pub fn store(&self) -> &Store {
        &self.0.store
    }
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
    pub(crate) fn configuration(&self, id: &str) -> Option<&Arc<Configuration>> {
        self.configurations
            .iter()
            .find(|configuration| configuration.id == id)
    }
    /// A fresh secret of 256 bits.
    pub(crate) fn draw() -> Secret {
        Secret::new(procura_crypto::random::token(&mut SystemRng, 32))
    }
    pub(crate) fn seal_value(&self, what: &str, id: &str, value: &[u8]) -> Result<Vec<u8>, KekError> {
        self.keks
            .seal_value(&mut SystemRng, &format!("issuer/{what}/{id}"), value)
    }
    pub(crate) fn open_value(
        &self,
        what: &str,
        id: &str,
        sealed: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, KekError> {
        self.keks.open_value(&format!("issuer/{what}/{id}"), sealed)
    }
    /// Proves that every key signs (or that who keeps it says so), and that what is sealed can be opened by the keys in the file.
    pub(crate) async fn prove_keys(&self) -> Result<(), String> {
        let now = self.now();
        for key in &self.seal_keys {
            key.prove(now)
                .await
                .map_err(|error| format!("{}: {error}", key.did()))?;
        }
        self.keks
            .prove_kept(&self.kek_file, &mut SystemRng)
            .map_err(|error| error.to_string())
    }
    /// Erases what nobody can fetch any more, and evidence whose time is over; how many issuances that were. What fails of
    /// the one does not keep the other.
    ///
    /// # Errors
    /// The database's.
    pub async fn erase_expired(&self) -> Result<u64, StoreError> {
        let issuances = self.erase_issuances().await;
        let evidence = self.erase_evidence().await;
        Ok(issuances?.saturating_add(evidence?))
    }

    async fn erase_issuances(&self) -> Result<u64, StoreError> {
        let now = self.now();
        let is_due = self
            .store
            .read(now, |tx, now| Box::pin(issuances::has_expired(tx, *now)))
            .await?;
        if !is_due {
            return Ok(0);
        }
        self.store
            .write(now, |tx, now| Box::pin(issuances::erase_expired(tx, *now)))
            .await
    }
}
