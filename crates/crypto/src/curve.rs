//! What is peculiar to a curve: identifiers, sizes, proof of points.
use crate::key::{Curve, KeyError};
use der::asn1::ObjectIdentifier;
use p256::elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytesSize, PublicKey,
    sec1::{FromSec1Point, ModulusSize, ToSec1Point},
};

impl Curve {
    /// Its object identifier (RFC 5480 §2.1.1.1, SEC 2, RFC 5639 §4.1).
    pub(crate) const fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::P256 => "1.2.840.10045.3.1.7",
            Self::P384 => "1.3.132.0.34",
            Self::P521 => "1.3.132.0.35",
            Self::Secp256k1 => "1.3.132.0.10",
            Self::BrainpoolP256r1 => "1.3.36.3.3.2.8.1.1.7",
            Self::BrainpoolP384r1 => "1.3.36.3.3.2.8.1.1.11",
        })
    }
    pub(crate) fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        [
            Self::P256,
            Self::P384,
            Self::P521,
            Self::Secp256k1,
            Self::BrainpoolP256r1,
            Self::BrainpoolP384r1,
        ]
        .into_iter()
        .find(|curve| curve.oid() == oid)
    }
    /// Bits of a field element.
    #[must_use]
    pub const fn bits(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 | Self::BrainpoolP256r1 => 256,
            Self::P384 | Self::BrainpoolP384r1 => 384,
            Self::P521 => 521,
        }
    }
    /// Bytes of a field element, and of each half of a signature in fixed form.
    #[must_use]
    pub const fn field_bytes(self) -> usize {
        self.bits().div_ceil(8)
    }
    /// Proves that a SEC1 point (§2.3.4; compressed or not) is on the curve and not at infinity, and gives its
    /// uncompressed form.
    pub(crate) fn prove(self, point: &[u8]) -> Result<Vec<u8>, KeyError> {
        match point.first() {
            Some(2..=4) => {}
            _ => return Err(KeyError::Malformed("not a SEC1 point")),
        }
        match self {
            Self::P256 => uncompressed::<p256::NistP256>(point),
            Self::P384 => uncompressed::<p384::NistP384>(point),
            Self::P521 => uncompressed::<p521::NistP521>(point),
            Self::Secp256k1 => uncompressed::<k256::Secp256k1>(point),
            Self::BrainpoolP256r1 => uncompressed::<bp256::r1::BrainpoolP256r1>(point),
            Self::BrainpoolP384r1 => uncompressed::<bp384::r1::BrainpoolP384r1>(point),
        }
        .ok_or(KeyError::Malformed("the point is not on the curve"))
    }
}
fn uncompressed<C>(point: &[u8]) -> Option<Vec<u8>>
where
    C: CurveArithmetic,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    PublicKey::<C>::from_sec1_bytes(point)
        .ok()
        .map(|key| key.to_sec1_point(false).as_bytes().to_vec())
}
