//! How PKCS#12 files are protected by a password: PBES2 (RFC 8018) and the schemes of RFC 7292 appendices B and C.
use super::{Pkcs12Error, safe::Mac};
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt as _, KeyInit, KeyIvInit as _, block_padding::Pkcs7};
use der::{
    Decode as _, Encode as _, Reader as _, SliceReader, asn1::AnyRef, asn1::ObjectIdentifier,
    asn1::OctetStringRef,
};
use pkcs5::pbes2::{Kdf, Parameters};
use procura_crypto::{Digest, constant_time_eq};
use zeroize::Zeroizing;

const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
const THREE_KEY_3DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
const RC2_128: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.5");
const RC2_40: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6");
/// Files have from 1 to some hundred thousand.
const MAX_ITERATIONS: u32 = 2_000_000;
/// 128 · N · r octets of scrypt.
const MAX_SCRYPT_MEMORY: u64 = 256 * 1024 * 1024;
const MAX_SCRYPT_PARALLELISM: u16 = 16;

/// What a key is derived for (RFC 7292 §B.3).
#[derive(Clone, Copy)]
enum Use {
    Encryption,
    InitializationVector,
    Integrity,
}

impl Use {
    fn id(self) -> u8 {
        match self {
            Self::Encryption => 1,
            Self::InitializationVector => 2,
            Self::Integrity => 3,
        }
    }
}

/// Verifies the MAC (RFC 7292 §4): HMAC under a key from the password.
pub(super) fn verify(mac: &Mac<'_>, password: &str) -> Result<(), Pkcs12Error> {
    let key = derive(
        mac.digest,
        Use::Integrity,
        password,
        mac.salt,
        mac.iterations,
        mac.digest.len(),
    )?;
    if constant_time_eq(&hmac(mac.digest, &key, mac.content), mac.value) {
        Ok(())
    } else {
        Err(Pkcs12Error::WrongPassword)
    }
}

/// Decrypts by the scheme that an `AlgorithmIdentifier` names.
pub(super) fn decrypt(
    algorithm: &[u8],
    encrypted: &[u8],
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
    let (kind, parameters) = identifier(algorithm).ok_or(Pkcs12Error::Malformed)?;
    match kind {
        PBES2 => pbes2(parameters, encrypted, password),
        THREE_KEY_3DES => legacy::<des::TdesEde3>(24, parameters, encrypted, password),
        RC2_128 => legacy::<rc2::Rc2>(16, parameters, encrypted, password),
        RC2_40 => legacy::<rc2::Rc2>(5, parameters, encrypted, password),
        _ => Err(Pkcs12Error::Algorithm),
    }
}

fn identifier(algorithm: &[u8]) -> Option<(ObjectIdentifier, AnyRef<'_>)> {
    let mut outer = SliceReader::new(algorithm).ok()?;
    let whole = AnyRef::decode(&mut outer).ok()?;
    let mut fields = SliceReader::new(whole.value()).ok()?;
    let kind = ObjectIdentifier::decode(&mut fields).ok()?;
    let parameters = AnyRef::decode(&mut fields).ok()?;
    fields.is_finished().then_some((kind, parameters))
}

fn pbes2(
    parameters: AnyRef<'_>,
    encrypted: &[u8],
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
    let parameters = parameters
        .to_der()
        .and_then(|der| Parameters::from_der(&der))
        .map_err(|_| Pkcs12Error::Algorithm)?;
    let bounded = match &parameters.kdf {
        Kdf::Pbkdf2(pbkdf2) => (1..=MAX_ITERATIONS).contains(&pbkdf2.iteration_count),
        Kdf::Scrypt(scrypt) => {
            scrypt.parallelization <= MAX_SCRYPT_PARALLELISM
                && scrypt
                    .cost_parameter
                    .checked_mul(128)
                    .and_then(|cost| cost.checked_mul(scrypt.block_size.into()))
                    .is_some_and(|memory| memory <= MAX_SCRYPT_MEMORY)
        }
        _ => false,
    };
    if !bounded {
        return Err(Pkcs12Error::Algorithm);
    }
    let mut buffer = Zeroizing::new(encrypted.to_vec());
    let length = parameters
        .decrypt_in_place(password.as_bytes(), &mut buffer)
        .map_err(|_| Pkcs12Error::Malformed)?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}

/// The schemes of RFC 7292 appendix C: a block cipher of eight octets in CBC, key and vector by SHA-1.
fn legacy<C: KeyInit + BlockCipherDecrypt>(
    key_length: usize,
    parameters: AnyRef<'_>,
    encrypted: &[u8],
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
    let read = || -> Option<(Vec<u8>, u32)> {
        let mut fields = SliceReader::new(parameters.value()).ok()?;
        let salt = <&OctetStringRef>::decode(&mut fields).ok()?.as_bytes().to_vec();
        let iterations = u32::decode(&mut fields).ok()?;
        fields.is_finished().then_some((salt, iterations))
    };
    let (salt, iterations) = read().ok_or(Pkcs12Error::Malformed)?;
    let derive = |use_, length| derive(Digest::Sha1, use_, password, &salt, iterations, length);
    let (key, vector) = (
        derive(Use::Encryption, key_length)?,
        derive(Use::InitializationVector, 8)?,
    );
    let cipher = cbc::Decryptor::<C>::new_from_slices(&key, &vector).map_err(|_| Pkcs12Error::Algorithm)?;
    cipher
        .decrypt_padded_vec::<Pkcs7>(encrypted)
        .map(Zeroizing::new)
        .map_err(|_| Pkcs12Error::Malformed)
}

/// Octets of a block of the digest.
fn block(digest: Digest) -> usize {
    match digest {
        Digest::Sha1 | Digest::Sha224 | Digest::Sha256 => 64,
        Digest::Sha384 | Digest::Sha512 => 128,
    }
}

/// A key from a password (RFC 7292 §B.2).
fn derive(
    digest: Digest,
    use_: Use,
    password: &str,
    salt: &[u8],
    iterations: u32,
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
    if !(1..=MAX_ITERATIONS).contains(&iterations) {
        return Err(Pkcs12Error::Algorithm);
    }
    let block = block(digest);
    let filled = |octets: &[u8]| -> Zeroizing<Vec<u8>> {
        let length = octets.len().div_ceil(block) * block;
        Zeroizing::new(octets.iter().copied().cycle().take(length).collect())
    };
    let password = Zeroizing::new(
        password
            .encode_utf16()
            .chain([0])
            .flat_map(u16::to_be_bytes)
            .collect::<Vec<u8>>(),
    );
    let mut input = Zeroizing::new([filled(salt).as_slice(), filled(&password).as_slice()].concat());
    let diversifier = vec![use_.id(); block];
    let mut key = Zeroizing::new(Vec::with_capacity(length + digest.len()));
    while key.len() < length {
        let mut a = Zeroizing::new(digest.of(&Zeroizing::new([&*diversifier, &**input].concat())));
        for _ in 1..iterations {
            a = Zeroizing::new(digest.of(&a));
        }
        key.extend_from_slice(&a);
        let b = filled(&a);
        for part in input.chunks_mut(block) {
            add_and_one(part, &b);
        }
    }
    key.truncate(length);
    Ok(key)
}

/// `part + b + 1` as numbers of one block, without the carry at the end.
fn add_and_one(part: &mut [u8], b: &[u8]) {
    let mut carry = 1_u16;
    for (octet, other) in part.iter_mut().zip(b).rev() {
        let [high, low] = (u16::from(*octet) + u16::from(*other) + carry).to_be_bytes();
        *octet = low;
        carry = u16::from(high);
    }
}

/// HMAC (RFC 2104) over any digest; the key is never longer than a block.
fn hmac(digest: Digest, key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |with: u8| -> Zeroizing<Vec<u8>> {
        let key = key.iter().copied().chain(core::iter::repeat(0));
        Zeroizing::new(key.take(block(digest)).map(|octet| octet ^ with).collect())
    };
    let inner = digest.of(&[&*pad(0x36), message].concat());
    digest.of(&[&**pad(0x5c), &inner].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_crypto::digest::{hexadecimal, hmac_sha256};

    #[test]
    fn hmac_is_that_of_the_provider() {
        let (key, message) = ([7; 32], b"authenticated safe");
        assert_eq!(hmac(Digest::Sha256, &key, message), hmac_sha256(&key, message));
    }

    /// The password "smeg" and "queeg" with their salts: vectors that implementations of PKCS#12 share.
    #[test]
    fn keys_are_derived_as_everywhere() {
        let salt = [0x0a, 0x58, 0xcf, 0x64, 0x53, 0x0d, 0x82, 0x3f];
        let key = derive(Digest::Sha1, Use::Encryption, "smeg", &salt, 1, 24).unwrap();
        assert_eq!(
            hexadecimal(&key),
            "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"
        );
        let vector = derive(Digest::Sha1, Use::InitializationVector, "smeg", &salt, 1, 8).unwrap();
        assert_eq!(hexadecimal(&vector), "79993dfe048d3b76");
        let salt = [0x3d, 0x83, 0xc0, 0xe4, 0x54, 0x6a, 0xc1, 0x40];
        let key = derive(Digest::Sha1, Use::Integrity, "smeg", &salt, 1, 20).unwrap();
        assert_eq!(hexadecimal(&key), "8d967d88f6caa9d714800ab3d48051d63f73a312");
    }

    #[test]
    fn costs_beyond_all_bounds_are_not_paid() {
        for iterations in [0, MAX_ITERATIONS + 1, u32::MAX] {
            let error = derive(Digest::Sha1, Use::Integrity, "p", b"salt", iterations, 20).unwrap_err();
            assert!(matches!(error, Pkcs12Error::Algorithm), "{iterations}");
        }
    }
}
