//! JWT claims (RFC 7519): strict types.
use jiff::Timestamp;
use serde_json::{Map, Value};

/// A claim is missing or of the wrong type.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error("claim {0:?} is missing or malformed")]
pub struct ClaimError(pub &'static str);

/// A claims set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims(pub Map<String, Value>);
impl Claims {
    /// Parses a payload strictly.
    pub fn parse(payload: &[u8]) -> Result<Self, crate::json::JsonError> {
        crate::json::parse_object(payload, crate::json::Limits::default()).map(Self)
    }
    /// A string.
    pub fn string(&self, _name: &'static str) -> Result<&str, ClaimError> {
        todo!()
    }
    /// A string that may be absent (but not of another type).
    pub fn optional_string(&self, _name: &'static str) -> Result<Option<&str>, ClaimError> {
        todo!()
    }
    /// A NumericDate: non-negative integer seconds; fractions, exponents and strings are refused.
    pub fn time(&self, _name: &'static str) -> Result<Timestamp, ClaimError> {
        todo!()
    }
    /// A NumericDate that may be absent.
    pub fn optional_time(&self, _name: &'static str) -> Result<Option<Timestamp>, ClaimError> {
        todo!()
    }
    /// `aud` as a list (string or array of strings).
    pub fn audience(&self) -> Result<Vec<&str>, ClaimError> {
        todo!()
    }
}
