//! A key that seals, with what its certificate says of whose it is.
use jiff::Timestamp;
use procura_credential::lear::LearCredential;
use procura_did::{Did, elsi};
use procura_jades::{
    Sealing,
    validate::{self, Profile},
};
use procura_jose::AlgorithmSet;
use procura_keys::{Readiness, Signer, SignerError};
use procura_pki::{Certificate, OrganizationIdentifier};
use std::sync::Arc;

const COMMON_NAME: &str = "2.5.4.3";
const SURNAME: &str = "2.5.4.4";
const SERIAL_NUMBER: &str = "2.5.4.5";
const ORGANIZATION: &str = "2.5.4.10";
const GIVEN_NAME: &str = "2.5.4.42";

/// Why a key cannot seal, or why what it sealed is not released. Nothing of what was sealed is said.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The certificate lacks what an issuer needs.
    #[error("signing certificate: {0}")]
    Certificate(String),
    /// The signer failed.
    #[error("signer: {0}")]
    Signer(#[from] SignerError),
    /// What came back does not hold.
    #[error("the seal that was made is not released: {0}")]
    NotReleased(String),
}

/// A signer whose certificate names its organisation.
#[derive(Clone)]
pub struct SealKey {
    signer: Arc<dyn Signer>,
    certificate: Certificate,
    organization: OrganizationIdentifier,
    did: Did,
    legal_name: String,
    person: Option<Person>,
}
/// The natural person whose signature it is.
#[derive(Clone)]
struct Person {
    common_name: String,
    serial_number: String,
}
impl core::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SealKey")
            .field("did", &self.did)
            .finish_non_exhaustive()
    }
}

impl SealKey {
    /// Reads the certificate.
    ///
    /// # Errors
    /// [`SealError::Certificate`]: there is none, or it names no organisation.
    pub fn new(signer: Arc<dyn Signer>) -> Result<Self, SealError> {
        let lacking = |what: &str| SealError::Certificate(what.to_owned());
        let certificate = signer
            .chain()
            .first()
            .cloned()
            .ok_or_else(|| lacking("there is none"))?;
        let organization = certificate
            .organization_identifier()
            .map_err(|error| lacking(&error.to_string()))?
            .ok_or_else(|| lacking("it has no organizationIdentifier"))?;
        let subject = certificate.subject();
        let text = |oid: &str| subject.first(oid).unwrap_or_default().to_owned();
        let legal_name = subject.first(ORGANIZATION).or_else(|| subject.first(COMMON_NAME));
        let legal_name = legal_name
            .ok_or_else(|| lacking("it names no organisation"))?
            .to_owned();
        let is_person = subject.first(GIVEN_NAME).is_some() || subject.first(SURNAME).is_some();
        let person = is_person.then(|| Person {
            common_name: text(COMMON_NAME),
            serial_number: text(SERIAL_NUMBER),
        });
        let did = elsi::derive(&organization);
        Ok(Self {
            signer,
            certificate,
            organization,
            did,
            legal_name,
            person,
        })
    }
    /// did:elsi of the organisation.
    pub fn did(&self) -> &Did {
        &self.did
    }
    /// Its organizationIdentifier.
    pub fn organization(&self) -> &OrganizationIdentifier {
        &self.organization
    }
    /// Its name.
    pub fn legal_name(&self) -> &str {
        &self.legal_name
    }
    /// JWS algorithm.
    pub fn algorithm(&self) -> procura_jose::Algorithm {
        self.signer.algorithm()
    }
    /// End of the certificate's validity.
    pub fn not_after(&self) -> Timestamp {
        self.certificate.not_after()
    }
    /// Whether a natural person signs.
    pub fn is_person(&self) -> bool {
        self.person.is_some()
    }
    /// Whether this key may seal the credential: a natural person signs only what names it as the representative.
    pub fn represents(&self, credential: &LearCredential) -> bool {
        let Some(person) = &self.person else { return true };
        let stated = &credential.representative;
        let serial = stated.serial_number.as_deref().unwrap_or_default();
        // EN 319 412-1 §5.1.3 puts `IDCES-` before what the DOME document writes bare.
        let bare = person.serial_number.split_once('-').map(|(_, bare)| bare);
        !serial.is_empty()
            && (serial == person.serial_number || Some(serial) == bare)
            && stated.common_name.as_deref() == Some(person.common_name.as_str())
    }

    /// Seals a payload as compact JAdES B-B and validates the result like a stranger's before it is given out.
    ///
    /// # Errors
    /// [`SealError`].
    pub async fn seal(&self, typ: &str, payload: &[u8], now: Timestamp) -> Result<String, SealError> {
        let sealed = procura_keys::seal(self.signer.as_ref(), typ, None, payload, now).await?;
        let allowed = AlgorithmSet::new(&[self.signer.algorithm()]);
        let signature = validate::validate(&sealed, Profile::Credential, &allowed, now)
            .map_err(|error| SealError::NotReleased(error.to_string()))?;
        if signature.payload() != payload || signature.certificate != self.certificate {
            return Err(SealError::NotReleased("it is not over what was asked".to_owned()));
        }
        Ok(sealed)
    }

    /// Proves that the key signs, and that its certificate is within its validity. Who keeps a key for us and counts
    /// its signatures is asked, and makes none.
    ///
    /// # Errors
    /// [`SealError`].
    pub async fn prove(&self, now: Timestamp) -> Result<(), SealError> {
        if !self.certificate.is_valid_at(now) {
            return Err(SealError::Certificate("it is not within its validity".to_owned()));
        }
        match self.signer.readiness(now).await? {
            Readiness::Proved => self.prepares(now),
            _ => self.seal("JWT", b"{}", now).await.map(drop),
        }
    }

    /// Whether everything but the signature is in order.
    fn prepares(&self, now: Timestamp) -> Result<(), SealError> {
        let sealing = Sealing {
            algorithm: self.signer.algorithm(),
            typ: "JWT",
            kid: None,
            time: now,
            chain: self.signer.chain(),
        };
        procura_jades::prepare(&sealing, b"{}")
            .map(drop)
            .map_err(|error| SealError::NotReleased(error.to_string()))
    }
}
