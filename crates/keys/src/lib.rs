//! Signers behind an async trait, and key-encryption keys. SKELETON.
use procura_jose::Algorithm;
use procura_pki::Certificate;

/// A signer of ours: file, PKCS#11 or a remote QTSP.
#[async_trait::async_trait]
pub trait Signer: Send + Sync {
    /// The algorithm it signs with.
    fn algorithm(&self) -> Algorithm;
    /// Signing certificate first; empty for bare keys.
    fn chain(&self) -> &[Certificate];
    /// Public key.
    fn public_key(&self) -> &procura_crypto::PublicKey;
    /// Signs the bytes (not a digest).
    async fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignerError>;
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
}
/// Key and chain from files: PKCS#8 PEM (0600) and PEM chain.
pub struct FileSigner {
    _todo: (),
}
/// Seals a payload as compact JAdES B-B through a signer; verified by ourselves before it leaves.
pub async fn seal(
    _signer: &dyn Signer,
    _typ: &str,
    _kid: Option<&str>,
    _payload: &[u8],
    _now: jiff::Timestamp,
) -> Result<String, SignerError> {
    todo!()
}
