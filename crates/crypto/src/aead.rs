//! Authenticated encryption (AES-256-GCM, random 96-bit nonce in front).
use crate::random::Rng;
use zeroize::Zeroizing;

/// A 256-bit key.
pub struct AeadKey(Zeroizing<[u8; 32]>);
impl core::fmt::Debug for AeadKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("AeadKey(..)")
    }
}
/// The ciphertext was not sealed by this key for this context.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error("the sealed value cannot be opened")]
pub struct OpenError;
impl AeadKey {
    /// Wraps key bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
    /// nonce ‖ ciphertext ‖ tag, bound to `context` (associated data).
    #[must_use]
    pub fn seal(&self, _rng: &mut dyn Rng, _context: &[u8], _plaintext: &[u8]) -> Vec<u8> {
        let _ = &self.0;
        todo!()
    }
    /// The plaintext.
    pub fn open(&self, _context: &[u8], _sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        todo!()
    }
}
