//! Points in time as both databases keep them: whole milliseconds since 1970-01-01T00:00:00Z.
use crate::StoreError;
use jiff::Timestamp;

/// For binding.
pub fn to_millis(at: Timestamp) -> i64 {
    at.as_millisecond()
}

/// For reading back; `table` and `column` name the place in the error.
pub fn from_millis(millis: i64, table: &'static str, column: &'static str) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis).map_err(|_| StoreError::Stored { table, column })
}
