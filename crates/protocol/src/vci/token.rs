//! The token endpoint (DOME document §3.3.3.6).
use super::{Members, MessageError, offer};
use crate::{Secret, oauth::ErrorCode};
use procura_jose::json::{self, Limits};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A PIN: one to eight decimal digits.
///
/// ```
/// use procura_protocol::vci::Pin;
/// assert!(Pin::parse("493536").is_ok());
/// assert!(Pin::parse("123456789").is_err() && Pin::parse("12a").is_err() && Pin::parse("").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin(Secret);
/// Not a PIN.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error("a PIN has one to eight digits")]
pub struct PinError;
impl Pin {
    /// Most digits.
    pub const LONGEST: usize = 8;
    /// Checks.
    pub fn parse(text: &str) -> Result<Self, PinError> {
        if text.is_empty() || text.len() > Self::LONGEST || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(PinError);
        }
        Ok(Self(Secret::new(text)))
    }
    /// The digits: for the wire and for hashing.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// A token request with the pre-authorized code grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// The code of the offer.
    pub pre_authorized_code: Secret,
    /// `user_pin`; `tx_code` is taken too, and both must be equal when both are there.
    pub user_pin: Option<Pin>,
}
/// Why a token request cannot be read. Says nothing of codes and PINs that exist.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum TokenRequestError {
    /// Larger than any token request.
    #[error("the request is larger than {0} bytes")]
    TooLarge(usize),
    /// A parameter stands twice (RFC 6749 §3.2).
    #[error("a parameter stands more than once")]
    Duplicate,
    /// A parameter is missing.
    #[error("parameter {0:?} is missing")]
    Missing(&'static str),
    /// The PIN is no PIN.
    #[error("user_pin has one to eight digits")]
    Pin,
    /// `user_pin` and `tx_code` differ.
    #[error("user_pin and tx_code differ")]
    PinsDiffer,
    /// Another grant type.
    #[error("the grant type is not supported")]
    GrantType,
}
impl TokenRequestError {
    /// The code for the wire.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::GrantType => ErrorCode::UnsupportedGrantType,
            _ => ErrorCode::InvalidRequest,
        }
    }
}
impl TokenRequest {
    const LARGEST: usize = 16 * 1024;

    /// Reads a form body. Unknown parameters are ignored, empty ones count as absent (RFC 6749 §3.2), and none may
    /// stand twice.
    pub fn parse(body: &[u8]) -> Result<Self, TokenRequestError> {
        if body.len() > Self::LARGEST {
            return Err(TokenRequestError::TooLarge(Self::LARGEST));
        }
        let (mut grant_type, mut code, mut user_pin, mut tx_code) = (None, None, None, None);
        let mut seen = BTreeSet::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            if !seen.insert(name.clone()) {
                return Err(TokenRequestError::Duplicate);
            }
            let slot = match name.as_ref() {
                "grant_type" => &mut grant_type,
                "pre-authorized_code" => &mut code,
                "user_pin" => &mut user_pin,
                "tx_code" => &mut tx_code,
                _ => continue,
            };
            if !value.is_empty() {
                *slot = Some(Secret::new(value.into_owned()));
            }
        }
        let grant_type = grant_type.ok_or(TokenRequestError::Missing("grant_type"))?;
        if grant_type.expose() != offer::PRE_AUTHORIZED_CODE_GRANT {
            return Err(TokenRequestError::GrantType);
        }
        let pre_authorized_code = code.ok_or(TokenRequestError::Missing("pre-authorized_code"))?;
        let pin = match (user_pin, tx_code) {
            (Some(a), Some(b)) if a != b => return Err(TokenRequestError::PinsDiffer),
            (Some(pin), _) | (None, Some(pin)) => {
                Some(Pin::parse(pin.expose()).map_err(|_| TokenRequestError::Pin)?)
            }
            (None, None) => None,
        };
        Ok(Self {
            pre_authorized_code,
            user_pin: pin,
        })
    }
    /// The form parameters, in the profile's own spelling.
    #[must_use]
    pub fn to_form(&self) -> Vec<(&'static str, &str)> {
        let mut form = vec![
            ("grant_type", offer::PRE_AUTHORIZED_CODE_GRANT),
            ("pre-authorized_code", self.pre_authorized_code.expose()),
        ];
        if let Some(pin) = &self.user_pin {
            form.push(("user_pin", pin.expose()));
        }
        form
    }
}

/// A token response; to be sent with `Cache-Control: no-store`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenResponse {
    /// Opaque bearer token.
    pub access_token: Secret,
    /// Its life-time in seconds.
    pub expires_in: u64,
    /// Nonce for the proof.
    pub c_nonce: Secret,
    /// Its life-time in seconds.
    pub c_nonce_expires_in: u64,
}
impl TokenResponse {
    /// Its JSON form.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "access_token": self.access_token.expose(),
            "token_type": "bearer",
            "expires_in": self.expires_in,
            "c_nonce": self.c_nonce.expose(),
            "c_nonce_expires_in": self.c_nonce_expires_in,
        })
    }
    /// Reads an answer: nonce and its life-time are required (§3.3.3.6.2), the token type is bearer in any case.
    pub fn parse(body: &[u8]) -> Result<Self, MessageError> {
        let object = json::parse_object(
            body,
            Limits {
                size: 64 * 1024,
                depth: 8,
            },
        )?;
        let members = Members(&object);
        if !members.text("token_type")?.eq_ignore_ascii_case("bearer") {
            return Err(MessageError::Value("token_type", "bearer is expected"));
        }
        let access_token = members.text("access_token")?;
        // RFC 6750 §2.1: what may stand behind "Bearer ".
        let b64token = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
        if access_token.is_empty() || !access_token.bytes().all(b64token) {
            return Err(MessageError::Member("access_token"));
        }
        let c_nonce = members.text("c_nonce")?;
        if c_nonce.is_empty() {
            return Err(MessageError::Member("c_nonce"));
        }
        Ok(Self {
            access_token: Secret::new(access_token),
            // RECOMMENDED only (RFC 6749 §5.1); absent counts as the shortest life that is of use.
            expires_in: members.optional_seconds("expires_in")?.unwrap_or(60),
            c_nonce: Secret::new(c_nonce),
            c_nonce_expires_in: members.seconds("c_nonce_expires_in")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code\
                        &pre-authorized_code=SplxlOBeZQQYbYS6WxSbIA&user_pin=493536";

    #[test]
    fn the_documents_request_is_read_and_written() {
        let request = TokenRequest::parse(GOOD.as_bytes()).unwrap();
        assert_eq!(request.pre_authorized_code.expose(), "SplxlOBeZQQYbYS6WxSbIA");
        assert_eq!(request.user_pin.as_ref().unwrap().expose(), "493536");
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(request.to_form());
        assert_eq!(form.finish(), GOOD);
    }

    #[test]
    fn unknown_parameters_are_ignored_and_empty_ones_absent() {
        let request = TokenRequest::parse(format!("{GOOD}&client_id=x&tx_code=").as_bytes()).unwrap();
        assert_eq!(request, TokenRequest::parse(GOOD.as_bytes()).unwrap());
    }

    #[test]
    fn no_parameter_stands_twice_not_even_an_unknown_one() {
        for more in [
            "user_pin=493536",
            "pre-authorized_code=x",
            "a=1&a=1",
            "grant_type=x",
        ] {
            let body = format!("{GOOD}&{more}");
            assert_eq!(
                TokenRequest::parse(body.as_bytes()),
                Err(TokenRequestError::Duplicate),
                "{more}"
            );
        }
    }

    #[test]
    fn tx_code_is_taken_when_it_is_equal() {
        assert!(TokenRequest::parse(format!("{GOOD}&tx_code=493536").as_bytes()).is_ok());
        assert!(TokenRequest::parse(GOOD.replace("user_pin", "tx_code").as_bytes()).is_ok());
        assert_eq!(
            TokenRequest::parse(format!("{GOOD}&tx_code=493537").as_bytes()),
            Err(TokenRequestError::PinsDiffer)
        );
    }

    #[test]
    fn a_pin_is_one_to_eight_digits() {
        for pin in ["123456789", "12 4", "١٢٣٤", "-123", "12a4"] {
            let body = GOOD.replace("493536", pin);
            assert_eq!(
                TokenRequest::parse(body.as_bytes()),
                Err(TokenRequestError::Pin),
                "{pin}"
            );
        }
    }

    #[test]
    fn other_grants_and_missing_parameters_have_the_standards_code() {
        for (body, code) in [
            (
                GOOD.replace("pre-authorized_code&", "authorization_code&"),
                ErrorCode::UnsupportedGrantType,
            ),
            (
                GOOD.replace("pre-authorized_code=", "x="),
                ErrorCode::InvalidRequest,
            ),
            (GOOD.replace("grant_type=", "x="), ErrorCode::InvalidRequest),
            ("x".repeat(20_000), ErrorCode::InvalidRequest),
        ] {
            assert_eq!(
                TokenRequest::parse(body.as_bytes()).unwrap_err().code(),
                code,
                "{body:.80}"
            );
        }
    }

    #[test]
    fn responses_are_read_back_and_need_a_nonce() {
        let response = TokenResponse {
            access_token: Secret::new("abc"),
            expires_in: 300,
            c_nonce: Secret::new("n"),
            c_nonce_expires_in: 300,
        };
        let wire = response.to_json();
        insta::assert_json_snapshot!("token_response", wire);
        assert_eq!(
            TokenResponse::parse(&serde_json::to_vec(&wire).unwrap()).unwrap(),
            response
        );
        for name in ["access_token", "token_type", "c_nonce", "c_nonce_expires_in"] {
            let mut wire = wire.clone();
            wire.as_object_mut().unwrap().remove(name);
            assert_eq!(
                TokenResponse::parse(&serde_json::to_vec(&wire).unwrap()),
                Err(MessageError::Member(name))
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_the_parser_panic(body in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            proptest::prop_assert!(TokenRequest::parse(&body).is_err());
            proptest::prop_assert!(TokenResponse::parse(&body).is_err());
        }
    }
}
