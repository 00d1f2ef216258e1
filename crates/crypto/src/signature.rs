//! Signature schemes.
use crate::{digest::Digest, key::PublicKey};

/// How an ECDSA signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EcdsaEncoding {
    /// r ‖ s, each as long as the field (JWS, XML-DSig).
    Fixed,
    /// DER SEQUENCE (X.509, CMS).
    Der,
}
/// A signature scheme with every parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(Digest),
    /// RSASSA-PSS with MGF1 over the same digest; `None` salt: any length.
    RsaPss {
        /// Digest of message and mask.
        digest: Digest,
        /// Salt length in bytes.
        salt: Option<usize>,
    },
    /// ECDSA.
    Ecdsa {
        /// Digest of the message.
        digest: Digest,
        /// Wire form.
        encoding: EcdsaEncoding,
    },
    /// Ed25519.
    Ed25519,
}
/// A signature was not verified.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum VerifyError {
    /// The signature does not verify.
    #[error("the signature does not verify")]
    BadSignature,
    /// The scheme does not fit the key.
    #[error("the signature scheme does not fit the key")]
    WrongKeyType,
    /// Key or scheme are outside of what is supported.
    #[error("unsupported key or scheme")]
    Unsupported,
}
/// Signing failed.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum SignError {
    /// The scheme does not fit the key.
    #[error("the signature scheme does not fit the key")]
    WrongKeyType,
    /// The provider failed.
    #[error("signing failed")]
    Provider,
}
/// Verifies `signature` over `message`. RSA bounds: modulus 1024–8192 bits, exponent odd, ≥ 3, ≤ 2³³; policy
/// on sizes is the caller's.
pub fn verify(_key: &PublicKey, _scheme: Scheme, _message: &[u8], _signature: &[u8]) -> Result<(), VerifyError> {
    todo!()
}
