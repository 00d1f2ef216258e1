//! Canonical base64url without padding (RFC 7515 §2).
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Encodes.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
/// Decodes; padding, white space, other alphabets and non-zero trailing bits are refused.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_canonical_form_decodes() {
        assert_eq!(decode("_-8"), Some(vec![0xff, 0xef]));
        for bad in [
            "_-8=", "/+8", "_-9", "_ -8", "_-8\n", "_-8 ", "A", "AAAAA", "_-8\0", "é",
        ] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
    }
    proptest! {
        #[test]
        fn bytes_survive_and_no_text_has_a_twin(bytes: Vec<u8>, text: String) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
            if let Some(decoded) = decode(&text) {
                prop_assert_eq!(encode(&decoded), text);
            }
        }
    }
}
