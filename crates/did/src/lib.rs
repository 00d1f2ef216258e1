//! DID syntax and documents; did:key, did:elsi.
//!
//! A [`Did`] is valid by the syntax of W3C DID Core §3.1 and is never a URL: path, query and fragment are refused.
//! `did:key` is read for P-256, P-384, secp256k1 and Ed25519, in its one canonical text; `did:elsi` is the
//! organizationIdentifier (ETSI EN 319 412-1 §5.1.4) of an eIDAS certificate, percent-encoded where DID syntax
//! demands it, in its one canonical text again, so that comparing DIDs is comparing strings. Who a did:elsi is,
//! only a certificate chain proves; this crate derives names and proves nothing about them.
//!
//! ```
//! use procura_did::{Did, elsi, key};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let organisation = Did::parse("did:elsi:VATES-12345678")?;
//! assert_eq!(elsi::identifier(&organisation)?.as_str(), "VATES-12345678");
//!
//! let kid = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169#zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";
//! let (holder, public_key) = key::from_kid(kid)?;
//! assert_eq!(key::encode(&public_key)?, holder);
//! # Ok(())
//! # }
//! ```
pub mod elsi;
pub mod key;

use procura_crypto::PublicKey;
use procura_jose::Algorithm;

/// A DID, valid by syntax (W3C DID Core §3.1), without path, query or fragment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Did(String);
/// Why text is not a DID that we know.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum DidError {
    /// Syntax.
    #[error("not a DID")]
    Syntax,
    /// Another method than asked for.
    #[error("not a did:{0}")]
    Method(&'static str),
    /// The method-specific identifier is malformed.
    #[error("malformed identifier: {0}")]
    Identifier(&'static str),
}
/// Bytes that a DID may have.
pub const MAX_LENGTH: usize = 2048;

impl Did {
    /// Parses.
    pub fn parse(text: &str) -> Result<Self, DidError> {
        let (method, identifier) = split(text).ok_or(DidError::Syntax)?;
        let method_is_valid = !method.is_empty()
            && method
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        // Colons separate parts that may be empty, except for the last.
        let ends_well = !identifier.is_empty() && !identifier.ends_with(':');
        if text.len() <= MAX_LENGTH && method_is_valid && ends_well && is_identifier(identifier) {
            Ok(Self(text.to_owned()))
        } else {
            Err(DidError::Syntax)
        }
    }
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Method name.
    pub fn method(&self) -> &str {
        split(&self.0).map_or("", |(method, _)| method)
    }
    /// Method-specific identifier, as it stands.
    pub fn identifier(&self) -> &str {
        split(&self.0).map_or("", |(_, identifier)| identifier)
    }
}
fn split(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("did:")?.split_once(':')
}
/// Letters that stand for themselves (`idchar` without `pct-encoded`).
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}
fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let valid = match byte {
            b'%' => bytes
                .next()
                .zip(bytes.next())
                .is_some_and(|(high, low)| high.is_ascii_hexdigit() && low.is_ascii_hexdigit()),
            b':' => true,
            other => is_plain(other),
        };
        if !valid {
            return false;
        }
    }
    true
}
impl TryFrom<String> for Did {
    type Error = DidError;
    fn try_from(t: String) -> Result<Self, DidError> {
        Self::parse(&t)
    }
}
impl From<Did> for String {
    fn from(d: Did) -> Self {
        d.0
    }
}
impl core::str::FromStr for Did {
    type Err = DidError;
    fn from_str(text: &str) -> Result<Self, DidError> {
        Self::parse(text)
    }
}
impl core::fmt::Display for Did {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}
/// Algorithm that a did:key's key signs with.
pub fn algorithm(key: &PublicKey) -> Option<Algorithm> {
    Algorithm::default_for(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dids_of_every_shape_are_read() {
        for (text, method, identifier) in [
            ("did:key:zabc", "key", "zabc"),
            (
                "did:web:example.com%3A3000:user:alice",
                "web",
                "example.com%3A3000:user:alice",
            ),
            ("did:elsi:EI:SE-5567971433", "elsi", "EI:SE-5567971433"),
            ("did:a1::b", "a1", ":b"),
            ("did:x:._-", "x", "._-"),
        ] {
            let did = Did::parse(text).unwrap();
            assert_eq!((did.method(), did.identifier()), (method, identifier));
            assert_eq!(did.to_string(), text);
        }
    }
    #[test]
    fn what_is_not_a_did_is_refused() {
        for text in [
            "",
            "did",
            "did:",
            "did:key",
            "did:key:",
            "did::x",
            "did:Key:x",
            "DID:key:x",
            "did:k-y:x",
            "did:key:a:",
            "did:key:a#b",
            "did:key:a/b",
            "did:key:a?b",
            "did:key:a b",
            " did:key:a",
            "did:key:a\n",
            "did:key:%",
            "did:key:%4",
            "did:key:%4g",
            "did:key:é",
            "did:key:a\0",
        ] {
            assert_eq!(Did::parse(text), Err(DidError::Syntax), "{text:?}");
        }
        assert!(Did::parse(&format!("did:x:{}", "a".repeat(MAX_LENGTH - 6))).is_ok());
        assert!(Did::parse(&format!("did:x:{}", "a".repeat(MAX_LENGTH - 5))).is_err());
    }
    #[test]
    fn a_did_in_json_is_judged_like_any_other() {
        assert!(serde_json::from_str::<Did>("\"did:key:zabc\"").is_ok());
        assert!(serde_json::from_str::<Did>("\"did:key:zabc#x\"").is_err());
    }
    proptest! {
        #[test]
        fn any_text_is_judged_without_panic(text: String) {
            if let Ok(did) = Did::parse(&text) {
                prop_assert_eq!(did.as_str(), text);
            }
        }
        #[test]
        fn what_the_grammar_makes_is_read(text in "did:[a-z0-9]{1,8}:(([a-zA-Z0-9._-]|%[0-9A-Fa-f]{2}){0,5}:){0,3}([a-zA-Z0-9._-]|%[0-9A-Fa-f]{2}){1,8}") {
            prop_assert!(Did::parse(&text).is_ok(), "{}", text);
        }
    }
}
