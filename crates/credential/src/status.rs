//! W3C Bitstring Status List 1.0.
use serde_json::Value;

/// Bits of a list (at least 131 072), MSB first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitstring(Vec<u8>);
/// A list cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error("status list: {0}")]
pub struct StatusError(pub &'static str);
impl Bitstring {
    /// Smallest length in bits.
    pub const MINIMUM: usize = 131_072;
    /// All zero.
    pub fn new(_bits: usize) -> Self {
        todo!()
    }
    /// From bytes.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
    /// A bit; `None` out of range.
    pub fn get(&self, _index: usize) -> Option<bool> {
        let _ = &self.0;
        todo!()
    }
    /// Sets a bit.
    pub fn set(&mut self, _index: usize, _value: bool) -> Result<(), StatusError> {
        todo!()
    }
    /// `u` + base64url(gzip).
    pub fn encode(&self) -> String {
        todo!()
    }
    /// Bounded decompression.
    pub fn decode(_encoded: &str) -> Result<Self, StatusError> {
        todo!()
    }
}
/// A BitstringStatusListEntry.
pub fn entry(_list_url: &str, _index: usize) -> Value {
    todo!()
}
/// The BitstringStatusListCredential as VC JSON, to be sealed with typ vc+jwt.
pub fn list_credential(_list_url: &str, _issuer: &procura_did::Did, _bits: &Bitstring, _from: jiff::Timestamp, _until: jiff::Timestamp) -> Value {
    todo!()
}
