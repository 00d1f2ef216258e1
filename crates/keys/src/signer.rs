//! Signers.
use crate::file::{self, FileError};
use jiff::Timestamp;
use procura_crypto::{PrivateKey, PublicKey};
use procura_jose::Algorithm;
use procura_pki::{Certificate, CertificateError};
use std::path::{Path, PathBuf};

/// A signer of ours: file, PKCS#11 or a remote QTSP.
#[async_trait::async_trait]
pub trait Signer: Send + Sync {
    /// The algorithm it signs with.
    fn algorithm(&self) -> Algorithm;
    /// Signing certificate first; empty for bare keys.
    fn chain(&self) -> &[Certificate];
    /// Public key.
    fn public_key(&self) -> &PublicKey;
    /// Signs the bytes (not a digest). ECDSA is r ‖ s.
    async fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError>;
    /// Asks whether it would sign now, as far as that can be told without a signature. A key at hand is proved by
    /// signing; one whose signatures are counted or paid for says what its keeper says.
    async fn readiness(&self, _now: Timestamp) -> Result<Readiness, SignerError> {
        Ok(Readiness::SignToProve)
    }
}

/// What a signer can say of itself without signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Readiness {
    /// Nothing; a signature proves it and costs nothing.
    SignToProve,
    /// Who keeps the key says that it is ready; a signature only for proof is not to be made.
    Proved,
}

/// The signer failed; what is safe to log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignerError {
    /// Not available now.
    #[error("signer unavailable: {0}")]
    Unavailable(String),
    /// Refused.
    #[error("signer refused: {0}")]
    Refused(String),
    /// What came back does not verify.
    #[error("the signature that came back does not verify")]
    NotVerified,
    /// A file of the key cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key file holds no usable PKCS#8 key.
    #[error("{path}: not a PKCS#8 PEM key of a supported kind: {reason}")]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: procura_crypto::key::KeyError,
    },
    /// The key in a PKCS#11 module cannot be used.
    #[cfg(feature = "pkcs11")]
    #[error("{module}: {reason}")]
    Pkcs11 {
        /// The module.
        module: PathBuf,
        /// Why, and the mend.
        reason: crate::pkcs11::Pkcs11Error,
    },
    /// The PKCS#12 file cannot be used.
    #[error("{path}: {reason}")]
    Pkcs12 {
        /// The file.
        path: PathBuf,
        /// Why, and the mend.
        reason: crate::pkcs12::Pkcs12Error,
    },
    /// The chain file cannot be read.
    #[error("{path}: {reason}")]
    Chain {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: CertificateError,
    },
    /// The first certificate of the chain is of another key.
    #[error("the first certificate of the chain is not that of the key")]
    OtherKey,
    /// No algorithm of ours signs with this kind of key.
    #[error("no algorithm fits this kind of key")]
    NoAlgorithm,
}

/// A key in memory: of a file, or a service's own token key.
pub struct MemorySigner {
    key: PrivateKey,
    algorithm: Algorithm,
    chain: Vec<Certificate>,
}

impl core::fmt::Debug for MemorySigner {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("MemorySigner")
            .field("algorithm", &self.algorithm)
            .field("chain", &self.chain)
            .finish_non_exhaustive()
    }
}

impl MemorySigner {
    /// A key with its chain (signing certificate first; empty for bare keys) and the default algorithm of its kind.
    pub fn new(key: PrivateKey, chain: Vec<Certificate>) -> Result<Self, SignerError> {
        let algorithm = Algorithm::default_for(key.public_key()).ok_or(SignerError::NoAlgorithm)?;
        Self::with_algorithm(key, algorithm, chain)
    }

    /// The same with another algorithm (`PS256` in place of `RS256`).
    pub fn with_algorithm(
        key: PrivateKey,
        algorithm: Algorithm,
        chain: Vec<Certificate>,
    ) -> Result<Self, SignerError> {
        if !algorithm.fits(key.public_key()) {
            return Err(SignerError::NoAlgorithm);
        }
        let other = chain
            .first()
            .is_some_and(|certificate| certificate.public_key() != Ok(key.public_key()));
        if other {
            return Err(SignerError::OtherKey);
        }
        Ok(Self {
            key,
            algorithm,
            chain,
        })
    }
}

#[async_trait::async_trait]
impl Signer for MemorySigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
    fn chain(&self) -> &[Certificate] {
        &self.chain
    }
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }
    async fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.key
            .sign(self.algorithm.scheme(), bytes)
            .map_err(|error| SignerError::Refused(error.to_string()))
    }
}

/// Key and chain from files: PKCS#8 PEM (mode 0600) and PEM chain.
#[derive(Debug)]
pub struct FileSigner(MemorySigner);

impl FileSigner {
    /// Opens key and chain; without a chain it is a bare key.
    ///
    /// # Errors
    /// Names the file and the mend: a mode that lets others read the key, content that is no key or chain, a chain of
    /// another key.
    pub fn open(key: &Path, chain: Option<&Path>) -> Result<Self, SignerError> {
        let private = read_key(key)?;
        Ok(Self(MemorySigner::new(private, read_chain(chain)?)?))
    }

    /// The same with another algorithm than the default of the key's kind.
    pub fn open_with_algorithm(
        key: &Path,
        chain: Option<&Path>,
        algorithm: Algorithm,
    ) -> Result<Self, SignerError> {
        let private = read_key(key)?;
        Ok(Self(MemorySigner::with_algorithm(
            private,
            algorithm,
            read_chain(chain)?,
        )?))
    }

    /// Writes a new key file of mode 0600; an existing file is never overwritten.
    pub fn create(path: &Path, key: &PrivateKey) -> Result<(), SignerError> {
        Ok(file::create_secret(path, &key.to_pkcs8_pem())?)
    }
}

fn read_key(path: &Path) -> Result<PrivateKey, SignerError> {
    PrivateKey::from_pkcs8_pem(&file::read_secret(path)?).map_err(|reason| SignerError::Key {
        path: path.to_owned(),
        reason,
    })
}

pub(crate) fn read_chain(path: Option<&Path>) -> Result<Vec<Certificate>, SignerError> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let refused = |reason| SignerError::Chain {
        path: path.to_owned(),
        reason,
    };
    let chain = Certificate::from_pem(&file::read_public(path)?).map_err(refused)?;
    if chain.is_empty() {
        return Err(refused(CertificateError::Malformed(
            "no certificate in this file",
        )));
    }
    Ok(chain)
}

#[async_trait::async_trait]
impl Signer for FileSigner {
    fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }
    fn chain(&self) -> &[Certificate] {
        self.0.chain()
    }
    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }
    async fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.0.sign(bytes).await
    }
}
