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
    /// A claim of any type.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
    /// A string.
    pub fn string(&self, name: &'static str) -> Result<&str, ClaimError> {
        self.optional_string(name)?.ok_or(ClaimError(name))
    }
    /// A string that may be absent (but not of another type).
    pub fn optional_string(&self, name: &'static str) -> Result<Option<&str>, ClaimError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(ClaimError(name)),
        }
    }
    /// A `NumericDate` (RFC 7519 §2): non-negative integer seconds; fractions, exponents and strings are refused,
    /// and so are years after 9999, which milliseconds would name.
    pub fn time(&self, name: &'static str) -> Result<Timestamp, ClaimError> {
        self.optional_time(name)?.ok_or(ClaimError(name))
    }
    /// A `NumericDate` that may be absent.
    pub fn optional_time(&self, name: &'static str) -> Result<Option<Timestamp>, ClaimError> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        value
            .as_u64()
            .and_then(|seconds| i64::try_from(seconds).ok())
            .and_then(|seconds| Timestamp::from_second(seconds).ok())
            .map(Some)
            .ok_or(ClaimError(name))
    }
    /// `aud` as a list (string or array of strings, RFC 7519 §4.1.3); an empty list is refused.
    pub fn audience(&self) -> Result<Vec<&str>, ClaimError> {
        const ERROR: ClaimError = ClaimError("aud");
        match self.0.get("aud") {
            Some(Value::String(one)) => Ok(vec![one]),
            Some(Value::Array(many)) if !many.is_empty() => {
                many.iter().map(|value| value.as_str().ok_or(ERROR)).collect()
            }
            _ => Err(ERROR),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(text: &str) -> Claims {
        Claims::parse(text.as_bytes()).unwrap()
    }
    #[test]
    fn a_date_is_whole_seconds_and_nothing_else() {
        let time = |value: &str| claims(&format!("{{\"iat\":{value}}}")).time("iat");
        assert_eq!(time("0"), Ok(Timestamp::UNIX_EPOCH));
        assert_eq!(time("1782864000").unwrap().to_string(), "2026-07-01T00:00:00Z");
        for bad in [
            "-1",
            "1.0",
            "1.5",
            "1e3",
            "\"1782864000\"",
            "true",
            "null",
            "[]",
            "1782864000000",
            "9007199254740993",
            "18446744073709551615",
        ] {
            assert_eq!(time(bad), Err(ClaimError("iat")), "{bad}");
        }
        assert_eq!(claims("{}").optional_time("iat"), Ok(None));
        assert_eq!(
            claims("{\"iat\":null}").optional_time("iat"),
            Err(ClaimError("iat"))
        );
    }
    #[test]
    fn a_string_of_another_type_is_not_an_absent_string() {
        assert_eq!(claims("{\"iss\":\"a\"}").string("iss"), Ok("a"));
        assert_eq!(claims("{}").optional_string("iss"), Ok(None));
        assert_eq!(claims("{}").string("iss"), Err(ClaimError("iss")));
        assert_eq!(
            claims("{\"iss\":[\"a\"]}").optional_string("iss"),
            Err(ClaimError("iss"))
        );
        assert_eq!(
            claims("{\"iss\":null}").optional_string("iss"),
            Err(ClaimError("iss"))
        );
    }
    #[test]
    fn the_audience_is_one_string_or_several() {
        assert_eq!(claims("{\"aud\":\"a\"}").audience(), Ok(vec!["a"]));
        assert_eq!(claims("{\"aud\":[\"a\",\"b\"]}").audience(), Ok(vec!["a", "b"]));
        for bad in [
            "{}",
            "{\"aud\":[]}",
            "{\"aud\":[\"a\",1]}",
            "{\"aud\":{}}",
            "{\"aud\":null}",
        ] {
            assert_eq!(claims(bad).audience(), Err(ClaimError("aud")), "{bad}");
        }
    }
}
