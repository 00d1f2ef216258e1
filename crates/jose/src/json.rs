//! JSON from strangers: bounded in size and depth, no duplicate member names.
use serde_json::{Map, Value};

/// Bounds.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes.
    pub size: usize,
    /// Nesting.
    pub depth: usize,
}
impl Default for Limits {
    fn default() -> Self {
        Self { size: 256 * 1024, depth: 32 }
    }
}
/// Why JSON was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum JsonError {
    /// Larger than allowed.
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// Nested too deeply.
    #[error("nested deeper than {0}")]
    TooDeep(usize),
    /// A member stands twice; the JSON pointer of the object and the name.
    #[error("member {name:?} stands twice at {path:?}")]
    Duplicate {
        /// JSON pointer of the object.
        path: String,
        /// Member name.
        name: String,
    },
    /// Not JSON, or not of the type asked for.
    #[error("not JSON: {0}")]
    Syntax(String),
}
/// Parses any value.
pub fn parse(_bytes: &[u8], _limits: Limits) -> Result<Value, JsonError> {
    todo!()
}
/// Parses an object.
pub fn parse_object(_bytes: &[u8], _limits: Limits) -> Result<Map<String, Value>, JsonError> {
    todo!()
}
