//! Keys.
use crate::signature::{Scheme, SignError};
use zeroize::Zeroizing;

/// A named curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Curve {
    /// NIST P-256.
    P256,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// secp256k1.
    Secp256k1,
    /// brainpoolP256r1 (verify only).
    BrainpoolP256r1,
    /// brainpoolP384r1 (verify only).
    BrainpoolP384r1,
}

/// A public key, parsed and on its curve.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PublicKey {
    /// Elliptic curve key: uncompressed SEC1 point (0x04 ‖ x ‖ y).
    Ec {
        /// The curve.
        curve: Curve,
        /// The uncompressed point.
        point: Vec<u8>,
    },
    /// RSA key, big-endian without leading zeros.
    Rsa {
        /// Modulus.
        n: Vec<u8>,
        /// Public exponent.
        e: Vec<u8>,
    },
    /// Ed25519 key.
    Ed25519([u8; 32]),
}
/// Why a key cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum KeyError {
    /// The bytes are not a key of this form.
    #[error("not a usable key: {0}")]
    Malformed(&'static str),
    /// The algorithm or curve is not supported.
    #[error("unsupported key type")]
    Unsupported,
}
impl PublicKey {
    /// Reads a DER SubjectPublicKeyInfo. Lenient about a negative RSA modulus (German lists of 2019).
    pub fn from_spki_der(_der: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }
    /// Writes a DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn to_spki_der(&self) -> Vec<u8> {
        todo!()
    }
    /// Reads a SEC1 point, compressed or not, and proves that it is on the curve.
    pub fn from_sec1(_curve: Curve, _point: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }
    /// Size in bits (modulus, field).
    #[must_use]
    pub fn bits(&self) -> usize {
        todo!()
    }
}
/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// EC key on a curve (P-256, P-384, secp256k1).
    Ec(Curve),
    /// RSA key of this many bits (2048 to 8192).
    Rsa(usize),
    /// Ed25519.
    Ed25519,
}
/// A private key. `Debug` says nothing; zeroized on drop.
pub struct PrivateKey {
    _todo: (),
}
impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}
impl PrivateKey {
    /// Generates a key with the provider's own randomness.
    pub fn generate(_kind: KeyKind) -> Result<Self, KeyError> {
        todo!()
    }
    /// Reads PKCS#8 DER.
    pub fn from_pkcs8_der(_der: &[u8]) -> Result<Self, KeyError> {
        todo!()
    }
    /// Reads PKCS#8 PEM.
    pub fn from_pkcs8_pem(_pem: &str) -> Result<Self, KeyError> {
        todo!()
    }
    /// Writes PKCS#8 DER.
    #[must_use]
    pub fn to_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        todo!()
    }
    /// Its public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        todo!()
    }
    /// Signs `message` (the message, not its digest).
    pub fn sign(&self, _scheme: Scheme, _message: &[u8]) -> Result<Vec<u8>, SignError> {
        todo!()
    }
}
