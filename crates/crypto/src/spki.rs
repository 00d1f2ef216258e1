//! `SubjectPublicKeyInfo` in DER, both ways.
use crate::key::{Curve, KeyError, PublicKey};
use der::{
    Decode, Reader as _, SliceReader, Tag,
    asn1::{AnyRef, BitStringRef, ObjectIdentifier},
};

const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

const MALFORMED: KeyError = KeyError::Malformed("not a SubjectPublicKeyInfo");

struct Parts<'a> {
    algorithm: ObjectIdentifier,
    parameters: Option<AnyRef<'a>>,
    key: &'a [u8],
}
fn split(der: &[u8]) -> der::Result<Parts<'_>> {
    let mut reader = SliceReader::new(der)?;
    let parts = reader.sequence(|info| {
        let (algorithm, parameters) = info.sequence(|identifier| {
            let algorithm = ObjectIdentifier::decode(identifier)?;
            let parameters = if identifier.is_finished() {
                None
            } else {
                Some(AnyRef::decode(identifier)?)
            };
            Ok::<_, der::Error>((algorithm, parameters))
        })?;
        let key = BitStringRef::decode(info)?
            .as_bytes()
            .ok_or(der::ErrorKind::Failed)?;
        Ok::<_, der::Error>(Parts {
            algorithm,
            parameters,
            key,
        })
    })?;
    reader.finish()?;
    Ok(parts)
}
/// The two INTEGERs of an `RSAPublicKey` (RFC 8017 §A.1.1) as they stand, sign bit and all.
fn integers(der: &[u8]) -> der::Result<(&[u8], &[u8])> {
    let mut reader = SliceReader::new(der)?;
    let pair = reader.sequence(|key| Ok::<_, der::Error>((integer(key)?, integer(key)?)))?;
    reader.finish()?;
    Ok(pair)
}
fn integer<'a>(reader: &mut SliceReader<'a>) -> der::Result<&'a [u8]> {
    let any = AnyRef::decode(reader)?;
    der::Tagged::tag(&any).assert_eq(Tag::Integer)?;
    Ok(any.value())
}

pub(crate) fn decode(der: &[u8]) -> Result<PublicKey, KeyError> {
    let parts = split(der).map_err(|_| MALFORMED)?;
    if parts.algorithm == EC {
        let curve = parts
            .parameters
            .and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok())
            .and_then(Curve::from_oid)
            .ok_or(KeyError::Unsupported)?;
        PublicKey::from_sec1(curve, parts.key)
    } else if parts.algorithm == RSA || parts.algorithm == RSA_PSS {
        decode_rsa(parts.key)
    } else if parts.algorithm == ED25519 {
        match (parts.parameters, parts.key.try_into()) {
            (None, Ok(key)) => Ok(PublicKey::Ed25519(key)),
            _ => Err(KeyError::Malformed("not an Ed25519 key of RFC 8410")),
        }
    } else {
        Err(KeyError::Unsupported)
    }
}

/// An `RSAPublicKey`. A set top bit makes its INTEGER negative; the encoder meant a magnitude.
pub(crate) fn decode_rsa(der: &[u8]) -> Result<PublicKey, KeyError> {
    let (n, e) = integers(der).map_err(|_| KeyError::Malformed("not an RSAPublicKey"))?;
    PublicKey::from_rsa(n, e)
}

pub(crate) fn encode(key: &PublicKey) -> Vec<u8> {
    let (identifier, bits) = match key {
        PublicKey::Ec { curve, point } => (
            [object_identifier(EC), object_identifier(curve.oid())].concat(),
            point.clone(),
        ),
        PublicKey::Rsa { n, e } => (
            [object_identifier(RSA), vec![0x05, 0x00]].concat(),
            element(0x30, &[magnitude(n), magnitude(e)].concat()),
        ),
        PublicKey::Ed25519(key) => (object_identifier(ED25519), key.to_vec()),
    };
    let bit_string = [&[0], &*bits].concat();
    element(
        0x30,
        &[element(0x30, &identifier), element(0x03, &bit_string)].concat(),
    )
}
fn object_identifier(oid: ObjectIdentifier) -> Vec<u8> {
    element(0x06, oid.as_bytes())
}
pub(crate) fn magnitude(bytes: &[u8]) -> Vec<u8> {
    let bytes = crate::key::unsigned(bytes);
    match bytes.first() {
        Some(first) if *first < 0x80 => element(0x02, bytes),
        _ => element(0x02, &[&[0], bytes].concat()),
    }
}
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = crate::key::unsigned(&length);
    let mut out = vec![tag];
    match length {
        [] => out.push(0),
        [short] if *short < 0x80 => out.push(*short),
        long => {
            // At most eight bytes of length.
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(content);
    out
}
