//! Text that is worth stealing: codes, PINs, tokens, nonces.
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// A secret of the wire. `Debug` and `Display` say nothing, equality takes the same time for every difference,
/// and the memory is zeroed on drop.
///
/// It serialises as the plain string, because it travels in messages; what must not travel is not given one.
///
/// ```
/// let pin = procura_protocol::Secret::new("493536");
/// assert_eq!(format!("{pin:?} {pin}"), "Secret(..) ***");
/// assert_eq!(pin.expose(), "493536");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }
    /// The text itself: for the wire, for hashing, and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
    /// SHA-256 of the text: what a store keeps of it.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        procura_crypto::digest::sha256(self.0.as_bytes())
    }
}
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        procura_crypto::constant_time_eq(self.0.as_bytes(), other.0.as_bytes())
    }
}
impl Eq for Secret {}
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}
