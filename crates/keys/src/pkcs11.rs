//! Keys in hardware modules and tokens, by PKCS#11.
//!
//! The private key never leaves the module. What it signs is verified with the certificate's key before it is used, the
//! first time when the signer is opened. The module's calls block: they run beside the runtime, one at a time, and
//! nobody waits for them longer than the time limit.
mod device;

use crate::signer::{Signer, SignerError, read_chain};
use core::{fmt, time::Duration};
use device::{Device, State};
use procura_crypto::{PublicKey, Scheme, signature};
use procura_jose::Algorithm;
use procura_pki::{Certificate, CertificateError};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::Mutex;

/// What is signed to see whether the key fits its certificate: no JWS, no CMS, nothing that anybody could use.
const PROOF: &[u8] = b"procura: is this the key of this certificate?";

/// Which key, and how to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pkcs11Settings {
    /// The module: a shared library, by its absolute path.
    pub module: PathBuf,
    /// The token that holds the key.
    pub token: TokenName,
    /// The private key on the token.
    pub key: KeyName,
    /// A file of mode 0600 with the user's PIN, which may end with a line break.
    pub pin_file: PathBuf,
    /// PEM of the certificate and those above it; absent: they are on the token, under the id of the key.
    pub chain_file: Option<PathBuf>,
    /// Absent: the default of the key's kind.
    pub algorithm: Option<Algorithm>,
    /// How long a signature may take.
    pub time_limit: Duration,
}

/// How a token is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenName {
    /// By its label.
    Label(String),
    /// By its serial number.
    Serial(String),
}

/// How a key is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyName {
    /// By its label (`CKA_LABEL`).
    Label(String),
    /// By its id (`CKA_ID`).
    Id(Vec<u8>),
}

impl fmt::Display for TokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(label) => write!(f, "label {label:?}"),
            Self::Serial(serial) => write!(f, "serial number {serial:?}"),
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(label) => write!(f, "label {label:?}"),
            Self::Id(id) => write!(f, "id {}", procura_crypto::digest::hexadecimal(id)),
        }
    }
}

/// A token's key cannot be used; with the mend, never with the PIN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Pkcs11Error {
    /// The module cannot be loaded or started.
    #[error("the module cannot be loaded: {0}; check its path and that it is built for this machine")]
    Module(String),
    /// No token of that name is in any slot.
    #[error("no token with {wanted} is there, only {}", labels(.found))]
    NoToken {
        /// What was looked for.
        wanted: TokenName,
        /// Labels of the tokens that are there.
        found: Vec<String>,
    },
    /// Several tokens have that name.
    #[error("{count} tokens have {wanted}; name the one by its serial number")]
    SeveralTokens {
        /// What was looked for.
        wanted: TokenName,
        /// How many.
        count: usize,
    },
    /// The token refuses the PIN. It is not tried again before a restart, since few attempts lock a token.
    #[error(
        "the token refuses the PIN ({0}); correct the PIN file and start again, nothing is tried until then, for a few \
         wrong attempts lock the token"
    )]
    Pin(String),
    /// Somebody has given wrong PINs, and few attempts are left before the token locks; none is spent on trying ours.
    #[error(
        "the token tells of wrong PINs ({0}) and is not logged in to, lest it locks; check the PIN file, log in once with \
         the right PIN by the token's own program, which ends the count, and start again"
    )]
    FewAttempts(&'static str),
    /// No private key of that name is on the token.
    #[error("no private key with {0} is on the token")]
    NoKey(KeyName),
    /// Several private keys have that name.
    #[error("{count} private keys have {wanted}; name the one by its id")]
    SeveralKeys {
        /// What was looked for.
        wanted: KeyName,
        /// How many.
        count: usize,
    },
    /// The key wants the PIN for each signature (`CKA_ALWAYS_AUTHENTICATE`), as keys of persons do.
    #[error("the key wants the PIN for each signature; a service needs a key for which one login is enough")]
    AlwaysAuthenticate,
    /// No certificate is on the token under the id of the key.
    #[error(
        "no certificate is on the token under the id of its key; put it there or name a file with the chain"
    )]
    NoCertificate,
    /// Several certificates are on the token under the id of the key.
    #[error("{count} certificates are on the token under the id of its key; name a file with the chain")]
    SeveralCertificates {
        /// How many.
        count: usize,
    },
    /// The certificate of the key cannot be read.
    #[error("the certificate on the token: {0}")]
    Certificate(CertificateError),
    /// The key is not that of the certificate.
    #[error("the key is not that of the certificate: what it signed does not verify")]
    OtherKey,
    /// A call failed.
    #[error("{call} failed: {reason}")]
    Call {
        /// The function of PKCS#11.
        call: String,
        /// Its return value.
        reason: String,
    },
    /// The module did not answer in time.
    #[error("no answer within {0:?}")]
    TimeLimit(Duration),
}

/// A key that a PKCS#11 module keeps.
pub struct Pkcs11Signer {
    device: Arc<Device>,
    state: Arc<Mutex<State>>,
    module: PathBuf,
    time_limit: Duration,
    algorithm: Algorithm,
    key: PublicKey,
    chain: Vec<Certificate>,
}

impl fmt::Debug for Pkcs11Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Signer")
            .field("module", &self.module)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl Pkcs11Signer {
    /// Loads the module, logs in, finds key and certificate, and has the key sign once to see that they fit.
    ///
    /// # Errors
    /// [`SignerError::Pkcs11`] with what is wrong and its mend, [`SignerError::File`] and [`SignerError::Chain`] for
    /// files that cannot be used, [`SignerError::NoAlgorithm`] where the algorithm does not fit the key.
    pub async fn open(settings: Pkcs11Settings) -> Result<Self, SignerError> {
        let (module, time_limit) = (settings.module.clone(), settings.time_limit);
        let failed = |reason| SignerError::Pkcs11 {
            module: module.clone(),
            reason,
        };
        let chain = read_chain(settings.chain_file.as_deref())?;
        let algorithm = settings.algorithm;
        let pin = crate::file::read_password(&settings.pin_file)?;
        let opening = tokio::task::spawn_blocking(move || {
            let device = Device::load(settings, &pin)?;
            let open = device.open()?;
            let chain = if chain.is_empty() {
                device.chain(&open)?
            } else {
                chain
            };
            Ok((device, open, chain))
        });
        let (device, open, chain) = match tokio::time::timeout(time_limit, opening).await {
            Ok(Ok(opened)) => opened.map_err(failed)?,
            Ok(Err(_)) => {
                return Err(SignerError::Unavailable(
                    "the module's call was interrupted".to_owned(),
                ));
            }
            Err(_) => return Err(failed(Pkcs11Error::TimeLimit(time_limit))),
        };
        let key = chain
            .first()
            .ok_or_else(|| failed(Pkcs11Error::NoCertificate))?
            .public_key()
            .map_err(|reason| failed(Pkcs11Error::Certificate(reason)))?
            .clone();
        let algorithm = algorithm
            .or_else(|| Algorithm::default_for(&key))
            .filter(|algorithm| algorithm.fits(&key))
            .ok_or(SignerError::NoAlgorithm)?;
        let signer = Self {
            device: Arc::new(device),
            state: Arc::new(Mutex::new(State::Open(open))),
            module: module.clone(),
            time_limit,
            algorithm,
            key,
            chain,
        };
        match signer.sign(PROOF).await {
            Err(SignerError::NotVerified) => Err(failed(Pkcs11Error::OtherKey)),
            Err(error) => Err(error),
            Ok(_) => Ok(signer),
        }
    }

    async fn call(&self, scheme: Scheme, bytes: Vec<u8>) -> Result<Vec<u8>, Pkcs11Error> {
        let exchange = async {
            // Who waits for the module waits here, where waiting can end.
            let mut state = Arc::clone(&self.state).lock_owned().await;
            let device = Arc::clone(&self.device);
            tokio::task::spawn_blocking(move || device.sign(&mut state, scheme, &bytes)).await
        };
        match tokio::time::timeout(self.time_limit, exchange).await {
            Ok(Ok(signed)) => signed,
            Ok(Err(_)) => Err(Pkcs11Error::Call {
                call: "C_Sign".to_owned(),
                reason: "it was interrupted".to_owned(),
            }),
            Err(_) => Err(Pkcs11Error::TimeLimit(self.time_limit)),
        }
    }
}

#[async_trait::async_trait]
impl Signer for Pkcs11Signer {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
    fn chain(&self) -> &[Certificate] {
        &self.chain
    }
    fn public_key(&self) -> &PublicKey {
        &self.key
    }
    async fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError> {
        let scheme = self.algorithm.scheme();
        let signed = self
            .call(scheme, bytes.to_vec())
            .await
            .map_err(|reason| SignerError::Pkcs11 {
                module: self.module.clone(),
                reason,
            })?;
        signature::verify(&self.key, scheme, bytes, &signed).map_err(|_| SignerError::NotVerified)?;
        Ok(signed)
    }
}

fn labels(found: &[String]) -> String {
    if found.is_empty() {
        return "no token at all".to_owned();
    }
    let labels: Vec<_> = found.iter().map(|label| format!("{label:?}")).collect();
    labels.join(", ")
}
