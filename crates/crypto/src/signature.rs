//! Signature schemes.
use crate::{
    digest::Digest,
    key::{Curve, PublicKey},
    rsa_verify::{self, Padding},
};
use aws_lc_rs::signature as provider;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytesSize,
    array::ArraySize,
    sec1::{FromSec1Point, ModulusSize, ToSec1Point},
};

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
impl core::fmt::Display for Scheme {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::RsaPkcs1(digest) => write!(f, "RSASSA-PKCS1-v1_5 over {digest}"),
            Self::RsaPss { digest, .. } => write!(f, "RSASSA-PSS over {digest}"),
            Self::Ecdsa { digest, .. } => write!(f, "ECDSA over {digest}"),
            Self::Ed25519 => f.write_str("Ed25519"),
        }
    }
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
    /// This key never signs with this scheme here (SHA-1, free salt).
    #[error("unsupported scheme for signing")]
    Unsupported,
    /// The provider failed.
    #[error("signing failed")]
    Provider,
}
/// Verifies `signature` over `message`. RSA bounds: modulus 1024–8192 bits, exponent odd, ≥ 3, ≤ 2³³; policy
/// on sizes is the caller's.
pub fn verify(key: &PublicKey, scheme: Scheme, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
    match (key, scheme) {
        (PublicKey::Rsa { n, e }, Scheme::RsaPkcs1(digest)) => {
            rsa_verify::verify((n, e), Padding::Pkcs1, digest, message, signature)
        }
        (PublicKey::Rsa { n, e }, Scheme::RsaPss { digest, salt }) => {
            rsa_verify::verify((n, e), Padding::Pss { salt }, digest, message, signature)
        }
        (PublicKey::Ec { curve, point }, Scheme::Ecdsa { digest, encoding }) => {
            verify_ecdsa(*curve, point, encoding, &digest.of(message), signature)
        }
        (PublicKey::Ed25519(key), Scheme::Ed25519) => {
            provider::UnparsedPublicKey::new(&provider::ED25519, key)
                .verify(message, signature)
                .map_err(|_| VerifyError::BadSignature)
        }
        _ => Err(VerifyError::WrongKeyType),
    }
}
fn verify_ecdsa(
    curve: Curve,
    point: &[u8],
    encoding: EcdsaEncoding,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    use EcdsaEncoding::{Der, Fixed};
    let (algorithm, carrier): (&'static provider::EcdsaVerificationAlgorithm, _) = match (curve, encoding) {
        (Curve::P256, Fixed) => (&provider::ECDSA_P256_SHA256_FIXED, Digest::Sha256),
        (Curve::P256, Der) => (&provider::ECDSA_P256_SHA256_ASN1, Digest::Sha256),
        (Curve::P384, Fixed) => (&provider::ECDSA_P384_SHA384_FIXED, Digest::Sha384),
        (Curve::P384, Der) => (&provider::ECDSA_P384_SHA384_ASN1, Digest::Sha384),
        (Curve::P521, Fixed) => (&provider::ECDSA_P521_SHA512_FIXED, Digest::Sha512),
        (Curve::P521, Der) => (&provider::ECDSA_P521_SHA512_ASN1, Digest::Sha512),
        (Curve::Secp256k1, Fixed) => (&provider::ECDSA_P256K1_SHA256_FIXED, Digest::Sha256),
        (Curve::Secp256k1, Der) => (&provider::ECDSA_P256K1_SHA256_ASN1, Digest::Sha256),
        (Curve::BrainpoolP256r1, _) => {
            return verify_in_rust::<bp256::r1::BrainpoolP256r1>(point, encoding, digest, signature);
        }
        (Curve::BrainpoolP384r1, _) => {
            return verify_in_rust::<bp384::r1::BrainpoolP384r1>(point, encoding, digest, signature);
        }
    };
    let digest = carry(digest, carrier).ok_or(VerifyError::Unsupported)?;
    provider::UnparsedPublicKey::new(algorithm, point)
        .verify_digest(&digest, signature)
        .map_err(|_| VerifyError::BadSignature)
}
/// ECDSA signs an integer: the leftmost bits of the digest, as many as the order has (FIPS 186-5 §6.4.1). The
/// provider pairs each curve with one digest; the same integer in that digest's length makes every pair work.
/// All four orders are as long as their carrier or (P-521) longer than any digest.
pub(crate) fn carry(digest: &[u8], carrier: Digest) -> Option<aws_lc_rs::digest::Digest> {
    let length = carrier.len();
    let leftmost = digest.get(..length).unwrap_or(digest);
    let mut integer = vec![0; length.checked_sub(leftmost.len())?];
    integer.extend_from_slice(leftmost);
    aws_lc_rs::digest::Digest::import_less_safe(&integer, carrier.provider()).ok()
}
fn verify_in_rust<C>(
    point: &[u8],
    encoding: EcdsaEncoding,
    digest: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError>
where
    C: ecdsa::EcdsaCurve + CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
    ecdsa::SignatureSize<C>: ArraySize,
    ecdsa::der::MaxSize<C>: ArraySize,
    <FieldBytesSize<C> as core::ops::Add>::Output: core::ops::Add<ecdsa::der::MaxOverhead> + ArraySize,
{
    let key = ecdsa::VerifyingKey::<C>::from_sec1_bytes(point).map_err(|_| VerifyError::Unsupported)?;
    let signature = match encoding {
        EcdsaEncoding::Fixed => ecdsa::Signature::<C>::from_slice(signature),
        EcdsaEncoding::Der => ecdsa::Signature::<C>::from_der(signature),
    };
    signature
        .and_then(|signature| key.verify_prehash(digest, &signature))
        .map_err(|_| VerifyError::BadSignature)
}
/// r ‖ s as a DER SEQUENCE of two INTEGERs (RFC 3279 §2.2.3).
#[must_use]
pub fn fixed_to_der(fixed: &[u8]) -> Vec<u8> {
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let integers = [crate::spki::magnitude(r), crate::spki::magnitude(s)].concat();
    crate::spki::element(0x30, &integers)
}
