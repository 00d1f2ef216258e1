//! Algorithms, and nothing that decides which of them may be used: allow-lists come from the caller.
//! SKELETON: signatures are the contract, bodies are to be written.

pub mod aead;
pub mod digest;
pub mod key;
pub mod random;
pub mod signature;

pub use digest::Digest;
pub use key::{Curve, KeyKind, PrivateKey, PublicKey};
pub use random::Rng;
pub use signature::{EcdsaEncoding, Scheme};

/// Compares two byte strings in time that depends on their lengths only.
#[must_use]
pub fn constant_time_eq(_a: &[u8], _b: &[u8]) -> bool {
    todo!()
}
