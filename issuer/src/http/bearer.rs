//! Bearer tokens in the Authorization header (RFC 6750 §2.1), and nowhere else.
use http::{HeaderMap, header};
use procura_protocol::Secret;

/// No token that could be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoToken {
    /// The caller has not authenticated at all.
    Missing,
    /// It has, in a way that cannot be right.
    Malformed,
}

const LONGEST: usize = 512;

/// The token of a request.
pub(super) fn token(headers: &HeaderMap) -> Result<Secret, NoToken> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Err(NoToken::Missing),
        (Some(value), None) => value.to_str().map_err(|_| NoToken::Malformed)?,
        (Some(_), Some(_)) => return Err(NoToken::Malformed),
    };
    let (scheme, token) = value.split_once(' ').ok_or(NoToken::Malformed)?;
    let b64token = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    let sound = !token.is_empty() && token.len() <= LONGEST && token.bytes().all(b64token);
    if scheme.eq_ignore_ascii_case("bearer") && sound {
        Ok(Secret::new(token))
    } else {
        Err(NoToken::Malformed)
    }
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
        token(&headers).map(|token| token.expose().to_owned())
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
}
