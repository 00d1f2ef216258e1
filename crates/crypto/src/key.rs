//! Keys.
pub use crate::private::PrivateKey;

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
///
/// The variants are open for matching; make values through [`PublicKey::from_spki_der`],
/// [`PublicKey::from_sec1`] and [`PublicKey::from_rsa`], which prove them. A point that was put in by hand is
/// proved again before any signature counts. An Ed25519 point is proved when it verifies.
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
    /// Reads a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7, RFC 5480, RFC 8410). Lenient about a negative RSA
    /// modulus (German lists of 2019), strict about everything else.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        crate::spki::decode(der)
    }
    /// Writes a DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn to_spki_der(&self) -> Vec<u8> {
        crate::spki::encode(self)
    }
    /// Reads a SEC1 point, compressed or not, and proves that it is on the curve.
    pub fn from_sec1(curve: Curve, point: &[u8]) -> Result<Self, KeyError> {
        curve.prove(point).map(|point| Self::Ec { curve, point })
    }
    /// Reads big-endian modulus and exponent; leading zeros fall away. Sizes are judged where the key is used.
    pub fn from_rsa(n: &[u8], e: &[u8]) -> Result<Self, KeyError> {
        let (n, e) = (unsigned(n), unsigned(e));
        if n.is_empty() || e.is_empty() {
            return Err(KeyError::Malformed("an RSA modulus or exponent is zero"));
        }
        // 16384 bits: nothing in the trusted lists comes near, and the cost of a larger number is an attack.
        if n.len() > 2048 || e.len() > 8 {
            return Err(KeyError::Malformed("an RSA modulus or exponent is too large"));
        }
        Ok(Self::Rsa {
            n: n.to_vec(),
            e: e.to_vec(),
        })
    }
    /// Size in bits (modulus, field).
    #[must_use]
    pub fn bits(&self) -> usize {
        match self {
            Self::Ec { curve, .. } => curve.bits(),
            Self::Rsa { n, .. } => {
                let n = unsigned(n);
                let unused = n.first().map_or(0, |byte| byte.leading_zeros());
                (n.len() * 8).saturating_sub(usize::try_from(unused).unwrap_or(0))
            }
            Self::Ed25519(_) => 256,
        }
    }
    /// The affine coordinates x and y of an elliptic curve key, each as long as the field.
    #[must_use]
    pub fn coordinates(&self) -> Option<(&[u8], &[u8])> {
        match self {
            Self::Ec { curve, point } => point
                .get(1..)
                .and_then(|xy| xy.split_at_checked(curve.field_bytes())),
            Self::Rsa { .. } | Self::Ed25519(_) => None,
        }
    }
    /// The compressed SEC1 point (§2.3.3) of an elliptic curve key.
    #[must_use]
    pub fn compressed_point(&self) -> Option<Vec<u8>> {
        let (x, y) = self.coordinates()?;
        let odd = y.last()? & 1;
        Some([&[2 | odd], x].concat())
    }
}
/// Big-endian bytes without leading zeros.
pub(crate) fn unsigned(mut bytes: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}
/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// EC key on a curve (P-256, P-384, P-521, secp256k1).
    Ec(Curve),
    /// RSA key of 2048, 3072, 4096 or 8192 bits.
    Rsa(usize),
    /// Ed25519.
    Ed25519,
}
