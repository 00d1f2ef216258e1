//! Asymmetric JWS algorithms; `none` and HMAC have no value here.
use procura_crypto::{KeyKind, PublicKey, Scheme};

/// A JWS algorithm (RFC 7518 §3.1, RFC 8037, RFC 8812).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// ECDSA P-256 SHA-256.
    Es256,
    /// ECDSA P-384 SHA-384.
    Es384,
    /// ECDSA P-521 SHA-512.
    Es512,
    /// ECDSA secp256k1 SHA-256.
    Es256K,
    /// RSASSA-PKCS1-v1_5 SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 SHA-512.
    Rs512,
    /// RSASSA-PSS SHA-256, salt 32.
    Ps256,
    /// RSASSA-PSS SHA-384, salt 48.
    Ps384,
    /// RSASSA-PSS SHA-512, salt 64.
    Ps512,
    /// Ed25519.
    EdDsa,
}
impl Algorithm {
    /// The registered name, if it is one of ours.
    #[must_use]
    pub fn from_name(_name: &str) -> Option<Self> {
        todo!()
    }
    /// The registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        todo!()
    }
    /// The scheme (ECDSA in fixed form).
    #[must_use]
    pub fn scheme(self) -> Scheme {
        todo!()
    }
    /// Whether type, curve and size (RSA ≥ 2048 unless the set says otherwise) of `key` fit.
    #[must_use]
    pub fn fits(self, _key: &PublicKey) -> bool {
        todo!()
    }
    /// The algorithm a key of ours signs with by default.
    #[must_use]
    pub fn default_for(_key: &PublicKey) -> Option<Self> {
        todo!()
    }
    /// What to generate for this algorithm.
    #[must_use]
    pub fn key_kind(self) -> KeyKind {
        todo!()
    }
}
/// An allow-list of algorithms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmSet(Vec<Algorithm>);
impl AlgorithmSet {
    /// These and no others.
    #[must_use]
    pub fn new(algorithms: &[Algorithm]) -> Self {
        Self(algorithms.to_vec())
    }
    /// Whether it is allowed.
    #[must_use]
    pub fn contains(&self, algorithm: Algorithm) -> bool {
        self.0.contains(&algorithm)
    }
}
