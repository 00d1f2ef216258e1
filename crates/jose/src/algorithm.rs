//! Asymmetric JWS algorithms; `none` and HMAC have no value here.
use procura_crypto::{Curve, Digest, EcdsaEncoding, KeyKind, PublicKey, Scheme};

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
/// The smallest RSA modulus for JWS (RFC 7518 §3.3, §3.5).
const MIN_RSA_BITS: usize = 2048;

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 11] = [
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Es256K,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::EdDsa,
    ];
    /// The registered name, if it is one of ours. Names are case-sensitive (RFC 7515 §4.1.1).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
    /// The registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Es256K => "ES256K",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::EdDsa => "EdDSA",
        }
    }
    /// The scheme (ECDSA in fixed form).
    #[must_use]
    pub fn scheme(self) -> Scheme {
        let ecdsa = |digest| Scheme::Ecdsa {
            digest,
            encoding: EcdsaEncoding::Fixed,
        };
        let pss = |digest: Digest| Scheme::RsaPss {
            digest,
            salt: Some(digest.len()),
        };
        match self {
            Self::Es256 | Self::Es256K => ecdsa(Digest::Sha256),
            Self::Es384 => ecdsa(Digest::Sha384),
            Self::Es512 => ecdsa(Digest::Sha512),
            Self::Rs256 => Scheme::RsaPkcs1(Digest::Sha256),
            Self::Rs384 => Scheme::RsaPkcs1(Digest::Sha384),
            Self::Rs512 => Scheme::RsaPkcs1(Digest::Sha512),
            Self::Ps256 => pss(Digest::Sha256),
            Self::Ps384 => pss(Digest::Sha384),
            Self::Ps512 => pss(Digest::Sha512),
            Self::EdDsa => Scheme::Ed25519,
        }
    }
    /// Whether type, curve and size (RSA ≥ 2048 unless the set says otherwise) of `key` fit.
    #[must_use]
    pub fn fits(self, key: &PublicKey) -> bool {
        self.fits_with(key, MIN_RSA_BITS)
    }
    fn fits_with(self, key: &PublicKey, min_rsa_bits: usize) -> bool {
        match (self, key) {
            (
                Self::Es256,
                PublicKey::Ec {
                    curve: Curve::P256, ..
                },
            )
            | (
                Self::Es384,
                PublicKey::Ec {
                    curve: Curve::P384, ..
                },
            )
            | (
                Self::Es512,
                PublicKey::Ec {
                    curve: Curve::P521, ..
                },
            )
            | (
                Self::Es256K,
                PublicKey::Ec {
                    curve: Curve::Secp256k1,
                    ..
                },
            )
            | (Self::EdDsa, PublicKey::Ed25519(_)) => true,
            (
                Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512,
                PublicKey::Rsa { .. },
            ) => key.bits() >= min_rsa_bits,
            _ => false,
        }
    }
    /// The algorithm a key of ours signs with by default.
    #[must_use]
    pub fn default_for(key: &PublicKey) -> Option<Self> {
        [
            Self::Es256,
            Self::Es384,
            Self::Es512,
            Self::Es256K,
            Self::EdDsa,
            Self::Rs256,
        ]
        .into_iter()
        .find(|algorithm| algorithm.fits(key))
    }
    /// What to generate for this algorithm.
    #[must_use]
    pub fn key_kind(self) -> KeyKind {
        match self {
            Self::Es256 => KeyKind::Ec(Curve::P256),
            Self::Es384 => KeyKind::Ec(Curve::P384),
            Self::Es512 => KeyKind::Ec(Curve::P521),
            Self::Es256K => KeyKind::Ec(Curve::Secp256k1),
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => {
                KeyKind::Rsa(3072)
            }
            Self::EdDsa => KeyKind::Ed25519,
        }
    }
}
impl core::fmt::Display for Algorithm {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}
/// An allow-list of algorithms, and the smallest RSA key that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlgorithmSet {
    algorithms: Vec<Algorithm>,
    min_rsa_bits: usize,
}
impl AlgorithmSet {
    /// These and no others, RSA from 2048 bits.
    #[must_use]
    pub fn new(algorithms: &[Algorithm]) -> Self {
        Self {
            algorithms: algorithms.to_vec(),
            min_rsa_bits: MIN_RSA_BITS,
        }
    }
    /// Every algorithm that this crate knows.
    #[must_use]
    pub fn all() -> Self {
        Self::new(&Algorithm::ALL)
    }
    /// With another lower bound for RSA moduli, in bits.
    #[must_use]
    pub fn with_min_rsa_bits(self, min_rsa_bits: usize) -> Self {
        Self { min_rsa_bits, ..self }
    }
    /// Whether it is allowed.
    #[must_use]
    pub fn contains(&self, algorithm: Algorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }
    /// Whether type, curve and size of `key` fit `algorithm` under the bounds of this set.
    #[must_use]
    pub fn fits(&self, algorithm: Algorithm, key: &PublicKey) -> bool {
        algorithm.fits_with(key, self.min_rsa_bits)
    }
    /// The registered names, for metadata.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.algorithms.iter().map(|algorithm| algorithm.name()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_hmac_and_other_spellings_are_no_algorithms() {
        for name in [
            "none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "es256", "ES521", "RSA1_5", "dir",
        ] {
            assert_eq!(Algorithm::from_name(name), None, "{name:?}");
        }
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::from_name(algorithm.name()), Some(algorithm));
        }
    }
    #[test]
    fn an_algorithm_fits_exactly_its_own_kind_of_key() {
        let keys: Vec<_> = [
            Algorithm::Es256,
            Algorithm::Es384,
            Algorithm::Es512,
            Algorithm::Es256K,
            Algorithm::EdDsa,
        ]
        .into_iter()
        .map(|algorithm| {
            let key = procura_crypto::PrivateKey::generate(algorithm.key_kind()).unwrap();
            (algorithm, key.public_key().clone())
        })
        .collect();
        for (own, key) in &keys {
            assert_eq!(Algorithm::default_for(key), Some(*own));
            for algorithm in Algorithm::ALL {
                assert_eq!(algorithm.fits(key), algorithm == *own, "{algorithm} {own}");
            }
        }
    }
    #[test]
    fn a_short_rsa_key_fits_only_where_the_set_says_so() {
        let short = PublicKey::from_rsa(&[0xff; 250], &[1, 0, 1]).unwrap();
        let set = AlgorithmSet::new(&[Algorithm::Rs256]);
        assert!(!Algorithm::Rs256.fits(&short) && !set.fits(Algorithm::Rs256, &short));
        assert!(set.with_min_rsa_bits(1900).fits(Algorithm::Rs256, &short));
    }
}
