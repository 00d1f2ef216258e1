//! Canonical base64url without padding (RFC 7515 §2).

/// Encodes.
#[must_use]
pub fn encode(_bytes: &[u8]) -> String {
    todo!()
}
/// Decodes; padding, white space, other alphabets and non-zero trailing bits are refused.
pub fn decode(_text: &str) -> Option<Vec<u8>> {
    todo!()
}
