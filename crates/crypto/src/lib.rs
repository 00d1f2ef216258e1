//! Algorithms, and nothing that decides which of them may be used: allow-lists come from the caller.
//!
//! Signatures are made and verified by aws-lc-rs; what it lacks is verified in pure Rust (brainpool curves, RSA
//! moduli below 2048 bits or of unusual size, PSS with a salt of any length). Keys are parsed once and proved
//! to be on their curve; ECDSA takes any SHA-2 digest on any curve (FIPS 186-5 §6.4).
//!
//! Refused: points off the curve or at infinity, explicit curve parameters, RSA moduli outside 1024–8192 bits,
//! exponents that are even, below 3 or above 2³³, signatures of the wrong length, DER where fixed length is due
//! and the reverse. This crate does not know whether SHA-1 or 1024 bits are acceptable: that is policy.
//!
//! ```
//! use procura_crypto::{Curve, Digest, EcdsaEncoding, KeyKind, PrivateKey, Scheme, signature};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let scheme = Scheme::Ecdsa { digest: Digest::Sha256, encoding: EcdsaEncoding::Fixed };
//! let key = PrivateKey::generate(KeyKind::Ec(Curve::P256))?;
//! let signed = key.sign(scheme, b"a mandate")?;
//! assert!(signature::verify(key.public_key(), scheme, b"a mandate", &signed).is_ok());
//! assert!(signature::verify(key.public_key(), scheme, b"another", &signed).is_err());
//! # Ok(())
//! # }
//! ```

pub mod aead;
mod curve;
pub mod digest;
pub mod key;
pub mod pem;
mod private;
pub mod random;
mod rsa_verify;
pub mod signature;
mod spki;

pub use digest::Digest;
pub use key::{Curve, KeyKind, PrivateKey, PublicKey};
pub use random::Rng;
pub use signature::{EcdsaEncoding, Scheme};

/// Compares two byte strings in time that depends on their lengths only.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    use subtle::ConstantTimeEq as _;
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    #[test]
    fn equality_in_constant_time_agrees_with_equality() {
        let equal = super::constant_time_eq;
        assert!(equal(b"", b"") && equal(b"abc", b"abc"));
        assert!(!equal(b"abc", b"abd") && !equal(b"abc", b"abcd") && !equal(b"", b"a"));
    }
}
