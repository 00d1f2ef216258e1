//! What services read out of a request's headers, once and strictly.
use http::{HeaderMap, header};

/// Why there is no bearer token that could be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoToken {
    /// The caller has not authenticated at all: answered with a challenge without error (RFC 6750 §3.1).
    Missing,
    /// It has, in a way that cannot be right.
    Malformed,
}

/// Longest token that is looked at, in bytes.
pub(crate) const LONGEST_TOKEN: usize = 512;

/// Whether a text can be sent as a bearer token at all: the characters of `b64token` (RFC 6750 §2.1), and not too many.
pub(crate) fn is_bearer_token(text: &str) -> bool {
    let b64token = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    !text.is_empty() && text.len() <= LONGEST_TOKEN && text.bytes().all(b64token)
}

/// The bearer token of the one `Authorization` header (RFC 6750 §2.1); a token anywhere else is none.
///
/// ```
/// use procura_service::request::{NoToken, bearer_token};
/// let mut headers = http::HeaderMap::new();
/// assert_eq!(bearer_token(&headers), Err(NoToken::Missing));
/// headers.insert("authorization", http::HeaderValue::from_static("Bearer abc"));
/// assert_eq!(bearer_token(&headers), Ok("abc"));
/// ```
///
/// # Errors
/// [`NoToken`]; two headers are malformed, whatever they say.
pub fn bearer_token(headers: &HeaderMap) -> Result<&str, NoToken> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Err(NoToken::Missing),
        (Some(value), None) => value.to_str().map_err(|_| NoToken::Malformed)?,
        (Some(_), Some(_)) => return Err(NoToken::Malformed),
    };
    let (scheme, token) = value.split_once(' ').ok_or(NoToken::Malformed)?;
    if scheme.eq_ignore_ascii_case("bearer") && is_bearer_token(token) {
        Ok(token)
    } else {
        Err(NoToken::Malformed)
    }
}

/// The media type that a body is announced as, in lower case: `application/json` of `Application/JSON; charset=utf-8`.
#[must_use]
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(essence(value))
}

/// A media type without its parameters (RFC 9110 §8.3.1), in lower case.
pub(crate) fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn of(values: &[&'static str]) -> Result<String, NoToken> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        bearer_token(&headers).map(ToOwned::to_owned)
    }

    #[test]
    fn exactly_one_bearer_token_is_taken() {
        assert_eq!(of(&["Bearer abc-._~+/="]).as_deref(), Ok("abc-._~+/="));
        assert_eq!(of(&["bearer abc"]).as_deref(), Ok("abc"));
        assert_eq!(of(&[]), Err(NoToken::Missing));
        for values in [
            &["Bearer a", "Bearer a"][..],
            &["Basic YTpi"],
            &["Bearer "],
            &["Bearer"],
            &["Bearer a b"],
            &["Bearer a,b"],
        ] {
            assert_eq!(of(values), Err(NoToken::Malformed), "{values:?}");
        }
    }

    #[test]
    fn a_media_type_is_compared_without_parameters_and_case() {
        let mut headers = HeaderMap::new();
        assert_eq!(media_type(&headers), None);
        let announced = HeaderValue::from_static(" Application/JSON ; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, announced);
        assert_eq!(media_type(&headers).as_deref(), Some("application/json"));
    }
}
