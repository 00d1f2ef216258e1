//! RSA signatures: aws-lc-rs where it takes the key, pure Rust where real trusted lists need more.
use crate::{digest::Digest, key::PublicKey, signature::VerifyError};
use aws_lc_rs::signature as provider;
use rsa::{
    BoxedUint, RsaPublicKey,
    pkcs1v15::Pkcs1v15Sign,
    sha2::{Sha224, Sha256, Sha384, Sha512},
    signature::hazmat::PrehashVerifier as _,
};

/// Modulus sizes that may be verified at all.
const BITS: core::ops::RangeInclusive<usize> = 1024..=8192;
/// Modulus sizes that are left to aws-lc-rs.
const PROVIDER_BITS: core::ops::RangeInclusive<usize> = 2048..=4096;

#[derive(Clone, Copy)]
pub(crate) enum Padding {
    Pkcs1,
    Pss { salt: Option<usize> },
}

pub(crate) fn verify(
    key: (&[u8], &[u8]),
    padding: Padding,
    digest: Digest,
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    let (n, e) = (crate::key::unsigned(key.0), crate::key::unsigned(key.1));
    let bits = PublicKey::Rsa {
        n: n.to_vec(),
        e: e.to_vec(),
    }
    .bits();
    if !BITS.contains(&bits) || n.last().is_none_or(|byte| byte % 2 == 0) || !exponent_is_sound(e) {
        return Err(VerifyError::Unsupported);
    }
    if signature.len() != n.len() {
        return Err(VerifyError::BadSignature);
    }
    match provider_parameters(padding, digest) {
        Some(parameters) if PROVIDER_BITS.contains(&bits) => provider::RsaPublicKeyComponents { n, e }
            .verify(&parameters, message, signature)
            .map_err(|_| VerifyError::BadSignature),
        _ => verify_in_rust(n, e, padding, digest, message, signature),
    }
}
/// Odd, at least 3, at most 2³³.
fn exponent_is_sound(e: &[u8]) -> bool {
    let value = e.iter().try_fold(0_u64, |value, byte| {
        value
            .checked_mul(256)
            .and_then(|shifted| shifted.checked_add(u64::from(*byte)))
    });
    value.is_some_and(|value| value % 2 == 1 && (3..=1 << 33).contains(&value))
}
fn provider_parameters(padding: Padding, digest: Digest) -> Option<provider::RsaParameters> {
    match (padding, digest) {
        (Padding::Pkcs1, Digest::Sha1) => Some(provider::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (Padding::Pkcs1, Digest::Sha256) => Some(provider::RSA_PKCS1_2048_8192_SHA256),
        (Padding::Pkcs1, Digest::Sha384) => Some(provider::RSA_PKCS1_2048_8192_SHA384),
        (Padding::Pkcs1, Digest::Sha512) => Some(provider::RSA_PKCS1_2048_8192_SHA512),
        (Padding::Pss { salt: Some(salt) }, _) => {
            let parameters = match digest {
                Digest::Sha256 => provider::RSA_PSS_2048_8192_SHA256,
                Digest::Sha384 => provider::RSA_PSS_2048_8192_SHA384,
                Digest::Sha512 => provider::RSA_PSS_2048_8192_SHA512,
                Digest::Sha1 | Digest::Sha224 => return None,
            };
            let salt = u16::try_from(salt).ok()?;
            Some(parameters.with_pss_salt_length(provider::RsaPssSaltLength::Custom(salt)))
        }
        (Padding::Pkcs1, Digest::Sha224) | (Padding::Pss { salt: None }, _) => None,
    }
}
fn verify_in_rust(
    n: &[u8],
    e: &[u8],
    padding: Padding,
    digest: Digest,
    message: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    /// Verifies PSS with one digest type.
    macro_rules! pss {
        ($digest:ty, $key:expr, $salt:expr) => {{
            let key = match $salt {
                Some(salt) => rsa::pss::VerifyingKey::<$digest>::new_with_salt_len($key, salt),
                None => rsa::pss::VerifyingKey::<$digest>::new_with_auto_salt_len($key),
            };
            rsa::pss::Signature::try_from(signature)
                .and_then(|signature| key.verify_prehash(&digest.of(message), &signature))
                .is_ok()
        }};
    }
    let key = RsaPublicKey::new(
        BoxedUint::from_be_slice_vartime(n),
        BoxedUint::from_be_slice_vartime(e),
    )
    .map_err(|_| VerifyError::Unsupported)?;
    let good = match padding {
        Padding::Pkcs1 => {
            let scheme = Pkcs1v15Sign {
                hash_len: Some(digest.len()),
                prefix: digest_info(digest).into(),
            };
            key.verify(scheme, &digest.of(message), signature).is_ok()
        }
        Padding::Pss { salt } => match digest {
            Digest::Sha1 => return Err(VerifyError::Unsupported),
            Digest::Sha224 => pss!(Sha224, key, salt),
            Digest::Sha256 => pss!(Sha256, key, salt),
            Digest::Sha384 => pss!(Sha384, key, salt),
            Digest::Sha512 => pss!(Sha512, key, salt),
        },
    };
    if good {
        Ok(())
    } else {
        Err(VerifyError::BadSignature)
    }
}
/// DER of `DigestInfo` before the digest itself (RFC 8017 §9.2 note 1).
fn digest_info(digest: Digest) -> &'static [u8] {
    match digest {
        Digest::Sha1 => &[
            0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
        ],
        Digest::Sha224 => &[
            0x30, 0x2d, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x04, 0x05,
            0x00, 0x04, 0x1c,
        ],
        Digest::Sha256 => &[
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
            0x00, 0x04, 0x20,
        ],
        Digest::Sha384 => &[
            0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05,
            0x00, 0x04, 0x30,
        ],
        Digest::Sha512 => &[
            0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05,
            0x00, 0x04, 0x40,
        ],
    }
}
