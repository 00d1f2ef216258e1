//! From what a provider returns to what a JWS needs.
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use procura_crypto::PublicKey;

/// A signature is of no form that the key makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Neither of the fixed length nor DER of two numbers below it.
    #[error("{0} bytes, neither r and s of fixed length nor DER of them")]
    Form(usize),
}

/// Base64 or base64url, with or without padding.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [alphabet::STANDARD, alphabet::URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
}

/// The signature as JWS writes it. ECDSA is r ‖ s (RFC 7518 §3.4): what is as long as that is taken as that; what has
/// another length must be DER. Any other kind of key's is left as it is.
///
/// # Errors
/// [`SignatureError`].
pub fn raw_signature(key: &PublicKey, signature: &[u8]) -> Result<Vec<u8>, SignatureError> {
    let Some((x, _)) = key.coordinates() else {
        return Ok(signature.to_vec());
    };
    let field = x.len();
    if signature.len() == 2 * field {
        return Ok(signature.to_vec());
    }
    from_der(field, signature).ok_or(SignatureError::Form(signature.len()))
}

/// `ECDSA-Sig-Value` (RFC 3279 §2.2.3), strict DER.
fn from_der(field: usize, der: &[u8]) -> Option<Vec<u8>> {
    let (content, rest) = element(0x30, der)?;
    let (r, after) = element(0x02, content)?;
    let (s, end) = element(0x02, after)?;
    if !rest.is_empty() || !end.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(2 * field);
    for integer in [r, s] {
        let number = match integer {
            [0, number @ ..] if number.first().is_some_and(|b| b & 0x80 != 0) => number,
            [first, ..] if *first != 0 && first & 0x80 == 0 => integer,
            _ => return None,
        };
        out.resize(out.len() + field.checked_sub(number.len())?, 0);
        out.extend_from_slice(number);
    }
    Some(out)
}

/// Content of an element of this tag, and what follows it. Lengths of up to two bytes, in their shortest form.
fn element(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [t, length @ 0..=0x7F, rest @ ..] if *t == tag => (*length, rest),
        [t, 0x81, length @ 0x80..=0xFF, rest @ ..] if *t == tag => (*length, rest),
        _ => return None,
    };
    rest.split_at_checked(usize::from(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use procura_crypto::{Curve, Digest, EcdsaEncoding, KeyKind, PrivateKey, Scheme, signature};
    use proptest::prelude::*;

    fn key(kind: KeyKind) -> PrivateKey {
        PrivateKey::generate(kind).unwrap()
    }

    #[test]
    fn der_becomes_r_and_s_on_every_curve() {
        for curve in [Curve::P256, Curve::P384, Curve::P521] {
            let key = key(KeyKind::Ec(curve));
            let (fixed, der) = [EcdsaEncoding::Fixed, EcdsaEncoding::Der]
                .map(|encoding| Scheme::Ecdsa {
                    digest: Digest::Sha256,
                    encoding,
                })
                .into();
            for _ in 0..20 {
                let signed = key.sign(der, b"text").unwrap();
                let raw = raw_signature(key.public_key(), &signed).unwrap();
                signature::verify(key.public_key(), fixed, b"text", &raw).unwrap();
            }
            let signed = key.sign(fixed, b"text").unwrap();
            assert_eq!(raw_signature(key.public_key(), &signed), Ok(signed));
        }
    }

    #[test]
    fn other_forms_are_refused() {
        let key = key(KeyKind::Ec(Curve::P256));
        let refused = |bytes: &[u8]| raw_signature(key.public_key(), bytes);
        for bytes in [
            &[][..],
            &[0; 63],
            &[0; 65],
            // Trailing byte, negative, not minimal, zero, cut off, wrong tag.
            &[0x30, 6, 2, 1, 1, 2, 1, 1, 0],
            &[0x30, 6, 2, 1, 0x81, 2, 1, 1],
            &[0x30, 7, 2, 2, 0, 1, 2, 1, 1],
            &[0x30, 6, 2, 1, 0, 2, 1, 1],
            &[0x30, 6, 2, 1, 1, 2, 2, 1],
            &[0x31, 6, 2, 1, 1, 2, 1, 1],
            &[0x30, 0x81, 6, 2, 1, 1, 2, 1, 1],
        ] {
            assert_eq!(
                refused(bytes),
                Err(SignatureError::Form(bytes.len())),
                "{bytes:?}"
            );
        }
        let mut short = vec![0; 64];
        short[31] = 1;
        short[63] = 1;
        assert_eq!(refused(&[0x30, 6, 2, 1, 1, 2, 1, 1]), Ok(short));
    }

    #[test]
    fn signatures_of_rsa_are_left_alone() {
        let key = key(KeyKind::Rsa(2048));
        assert_eq!(raw_signature(key.public_key(), &[0x30, 0]), Ok(vec![0x30, 0]));
    }

    proptest! {
        #[test]
        fn any_bytes_become_r_and_s_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..160)) {
            let curve = from_der(32, &bytes);
            prop_assert!(curve.is_none_or(|raw| raw.len() == 64));
        }
    }
}
