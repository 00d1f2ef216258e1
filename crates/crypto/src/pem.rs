//! PEM of private keys (RFC 7468 §10): one block, one label, strict base64.
use crate::key::KeyError;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// The PKCS#8 DER inside of a `PRIVATE KEY` block; encrypted and traditional forms are refused.
pub fn decode_private_key(text: &str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    const WRONG: KeyError = KeyError::Malformed("not one PEM block of PRIVATE KEY (PKCS#8, not encrypted)");
    let body = text
        .trim()
        .strip_prefix(BEGIN)
        .and_then(|rest| rest.strip_suffix(END))
        .ok_or(WRONG)?;
    let mut joined = Zeroizing::new(String::with_capacity(body.len()));
    joined.extend(body.lines().map(str::trim));
    STANDARD
        .decode(joined.as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| WRONG)
}
/// A `PRIVATE KEY` block around PKCS#8 DER, lines of 64 characters.
#[must_use]
pub fn encode_private_key(der: &[u8]) -> Zeroizing<String> {
    let encoded = Zeroizing::new(STANDARD.encode(der));
    let mut text = Zeroizing::new(String::with_capacity(encoded.len() + encoded.len() / 64 + 64));
    text.push_str(BEGIN);
    for (position, character) in encoded.chars().enumerate() {
        if position % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push('\n');
    text.push_str(END);
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_labels_trailing_text_and_foreign_alphabets_are_refused() {
        let good = encode_private_key(&[0xfb; 100]);
        assert_eq!(*decode_private_key(&good).unwrap(), vec![0xfb; 100]);
        for bad in [
            good.replace("PRIVATE", "ENCRYPTED PRIVATE"),
            good.replace("PRIVATE", "EC PRIVATE"),
            good.replace('+', "-"),
            format!("{}{}", *good, *good),
            format!("{}x", *good),
            String::new(),
        ] {
            assert!(decode_private_key(&bad).is_err(), "{bad}");
        }
    }
}
