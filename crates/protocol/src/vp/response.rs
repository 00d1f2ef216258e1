//! The Authorization Response: `vp_token`, `presentation_submission` and perhaps `state`, as a form or as JSON.

use super::submission::{PresentationSubmission, SubmissionError};
use crate::oauth::ErrorCode;
use procura_jose::json::{self, JsonError, Limits};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use url::form_urlencoded;

/// Largest body that is read, in bytes.
pub const MAXIMUM_BODY: usize = 256 * 1024;
/// Longest `state` and `error`.
const MAXIMUM_VALUE: usize = 512;

/// What a wallet presents. Personal data: `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationResponse {
    /// The presentation as received: a JWT, or base64 or base64url of one.
    pub vp_token: String,
    /// Its map.
    pub presentation_submission: PresentationSubmission,
    /// `state`: optional on this wire; where present it must be the transaction's.
    pub state: Option<String>,
}

impl core::fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("AuthorizationResponse(..)")
    }
}

/// What a wallet says instead of presenting (OpenID4VP §6.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorResponse {
    /// `error`: bounded visible ASCII, to be recorded and never shown as it is.
    pub error: String,
    /// `state`: optional, as in a presentation; where present it must be the transaction's.
    pub state: Option<String>,
    /// `nonce` of the request, which only who was handed the request can know; an addition of this profile. `state`
    /// stands in the QR code for everybody to read: without the nonce, an error ends no transaction.
    pub nonce: Option<String>,
}

/// A wallet's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalletAnswer {
    /// It presents.
    Presented(AuthorizationResponse),
    /// It declines or cannot.
    Declined(ErrorResponse),
}

/// Why a body is not an answer of this profile. Names parameters, never their values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// Larger than what is read.
    #[error("the response is larger than allowed")]
    TooLarge,
    /// A parameter stands twice.
    #[error("parameter {0:?} stands twice")]
    Duplicate(String),
    /// A parameter is missing or empty.
    #[error("parameter {0:?} is missing")]
    Missing(&'static str),
    /// A parameter is of another type or shape.
    #[error("parameter {name:?} {problem}")]
    Value {
        /// Which.
        name: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// JSON of a stranger that is not strict.
    #[error("the response is not strict JSON: {0}")]
    Json(#[from] JsonError),
    /// `presentation_submission` does not describe what the profile presents.
    #[error("presentation_submission: {0}")]
    Submission(#[from] SubmissionError),
}

impl ResponseError {
    /// The error code of the standard.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Submission(SubmissionError::Format) => ErrorCode::VpFormatsNotSupported,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

impl AuthorizationResponse {
    /// As `application/x-www-form-urlencoded` (DOME §3.3.4.5, step 14).
    #[must_use]
    pub fn to_form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("vp_token", &self.vp_token);
        form.append_pair("presentation_submission", &self.submission().to_string());
        if let Some(state) = &self.state {
            form.append_pair("state", state);
        }
        form.finish()
    }

    /// As `application/json` (DOME §3.3.4.3, `redirect_uri`).
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("vp_token".to_owned(), Value::from(self.vp_token.as_str()));
        object.insert("presentation_submission".to_owned(), self.submission());
        if let Some(state) = &self.state {
            object.insert("state".to_owned(), Value::from(state.as_str()));
        }
        Value::Object(object)
    }

    fn submission(&self) -> Value {
        serde_json::to_value(&self.presentation_submission).unwrap_or_default()
    }
}

impl ErrorResponse {
    /// As `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn to_form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("error", &self.error);
        for (name, value) in [("state", &self.state), ("nonce", &self.nonce)] {
            if let Some(value) = value {
                form.append_pair(name, value);
            }
        }
        form.finish()
    }
}

impl WalletAnswer {
    /// Reads a form.
    ///
    /// # Errors
    /// [`ResponseError`] names the parameter.
    pub fn parse_form(body: &[u8]) -> Result<Self, ResponseError> {
        if body.len() > MAXIMUM_BODY {
            return Err(ResponseError::TooLarge);
        }
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if parameters
                .insert(name.clone().into_owned(), value.into_owned())
                .is_some()
            {
                return Err(ResponseError::Duplicate(name.chars().take(64).collect()));
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        let mut take = |name| parameters.remove(name);
        let state = take("state");
        if let Some(error) = take("error") {
            return declined(error, state, take("nonce"));
        }
        let vp_token = take("vp_token").ok_or(ResponseError::Missing("vp_token"))?;
        let submission =
            take("presentation_submission").ok_or(ResponseError::Missing("presentation_submission"))?;
        let submission = json::parse(submission.as_bytes(), Limits::default())?;
        presented(vp_token, submission, state)
    }

    /// Reads JSON. `presentation_submission` may be an object or, as in a form, JSON in a string.
    ///
    /// # Errors
    /// [`ResponseError`] names the member.
    pub fn parse_json(body: &[u8]) -> Result<Self, ResponseError> {
        if body.len() > MAXIMUM_BODY {
            return Err(ResponseError::TooLarge);
        }
        let mut object = json::parse_object(body, Limits::default())?;
        let state = text(&mut object, "state")?;
        if let Some(error) = text(&mut object, "error")? {
            let nonce = text(&mut object, "nonce")?;
            return declined(error, state, nonce);
        }
        let vp_token = text(&mut object, "vp_token")?.ok_or(ResponseError::Missing("vp_token"))?;
        let submission = match object.remove("presentation_submission") {
            None | Some(Value::Null) => return Err(ResponseError::Missing("presentation_submission")),
            Some(Value::String(text)) => json::parse(text.as_bytes(), Limits::default())?,
            Some(value) => value,
        };
        presented(vp_token, submission, state)
    }
}

fn text(object: &mut Map<String, Value>, name: &'static str) -> Result<Option<String>, ResponseError> {
    match object.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ResponseError::Value {
            name,
            problem: "is no string",
        }),
    }
}

fn presented(
    vp_token: String,
    submission: Value,
    state: Option<String>,
) -> Result<WalletAnswer, ResponseError> {
    let presentation_submission: PresentationSubmission =
        serde_json::from_value(submission).map_err(|_| ResponseError::Value {
            name: "presentation_submission",
            problem: "is not of the shape of DIF Presentation Exchange",
        })?;
    presentation_submission.check()?;
    let state = visible("state", state)?;
    Ok(WalletAnswer::Presented(AuthorizationResponse {
        vp_token,
        presentation_submission,
        state,
    }))
}

fn declined(
    error: String,
    state: Option<String>,
    nonce: Option<String>,
) -> Result<WalletAnswer, ResponseError> {
    let state = visible("state", state)?;
    let nonce = visible("nonce", nonce)?;
    let error = visible("error", Some(error))?.ok_or(ResponseError::Missing("error"))?;
    Ok(WalletAnswer::Declined(ErrorResponse { error, state, nonce }))
}

fn visible(name: &'static str, value: Option<String>) -> Result<Option<String>, ResponseError> {
    match value {
        Some(text) if text.len() > MAXIMUM_VALUE => Err(ResponseError::Value {
            name,
            problem: "is longer than 512 bytes",
        }),
        Some(text) if !text.bytes().all(|byte| byte.is_ascii_graphic()) => Err(ResponseError::Value {
            name,
            problem: "holds characters that are not visible ASCII",
        }),
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::{AuthorizationResponse, ErrorResponse, MAXIMUM_BODY, ResponseError, WalletAnswer};
    use crate::{
        oauth::ErrorCode,
        vp::submission::{PresentationSubmission, SubmissionError},
    };
    use proptest::prelude::{any, prop_assert_eq, proptest};
    use serde_json::{Value, json};

    fn response() -> AuthorizationResponse {
        AuthorizationResponse {
            vp_token: "aaaa.bbbb.cccc".to_owned(),
            presentation_submission: PresentationSubmission::of_one_credential("submission", "definition"),
            state: Some("af0ifjsldkj".to_owned()),
        }
    }

    fn without(name: &str) -> Value {
        let mut body = response().to_json();
        body.as_object_mut().expect("an object").remove(name);
        body
    }

    fn read(body: &Value) -> Result<WalletAnswer, ResponseError> {
        WalletAnswer::parse_json(body.to_string().as_bytes())
    }

    #[test]
    fn form_and_json_have_the_documents_shape() {
        insta::assert_snapshot!("form", response().to_form());
        insta::assert_json_snapshot!("json", response().to_json());
        let expected = Ok(WalletAnswer::Presented(response()));
        assert_eq!(
            WalletAnswer::parse_form(response().to_form().as_bytes()),
            expected
        );
        assert_eq!(read(&response().to_json()), expected);
    }

    #[test]
    fn state_is_optional_on_this_wire() {
        let expected = AuthorizationResponse {
            state: None,
            ..response()
        };
        assert_eq!(read(&without("state")), Ok(WalletAnswer::Presented(expected)));
    }

    #[test]
    fn a_submission_may_be_json_in_a_string() {
        let mut body = response().to_json();
        let text = body["presentation_submission"].to_string();
        body["presentation_submission"] = json!(text);
        assert_eq!(read(&body), Ok(WalletAnswer::Presented(response())));
    }

    #[test]
    fn each_missing_parameter_is_refused_by_name() {
        for name in ["vp_token", "presentation_submission"] {
            assert_eq!(read(&without(name)), Err(ResponseError::Missing(name)));
            let form = response().to_form().replacen(&format!("{name}="), "other=", 1);
            assert_eq!(
                WalletAnswer::parse_form(form.as_bytes()),
                Err(ResponseError::Missing(name))
            );
        }
    }

    #[test]
    fn a_parameter_that_stands_twice_is_refused() {
        let form = format!("{}&vp_token=other", response().to_form());
        let expected = Err(ResponseError::Duplicate("vp_token".to_owned()));
        assert_eq!(WalletAnswer::parse_form(form.as_bytes()), expected);
        let twice = response()
            .to_json()
            .to_string()
            .replacen('{', "{\"vp_token\":\"other\",", 1);
        assert!(matches!(
            WalletAnswer::parse_json(twice.as_bytes()),
            Err(ResponseError::Json(_))
        ));
    }

    #[test]
    fn a_format_that_is_not_presented_here_is_named_as_such() {
        let text = response().to_json().to_string().replace("jwt_vp_json", "ldp_vp");
        let error = WalletAnswer::parse_json(text.as_bytes()).expect_err("refused");
        assert_eq!(error, ResponseError::Submission(SubmissionError::Format));
        assert_eq!(error.code(), ErrorCode::VpFormatsNotSupported);
    }

    #[test]
    fn an_oversized_body_is_refused() {
        let large = vec![b'a'; MAXIMUM_BODY + 1];
        assert_eq!(WalletAnswer::parse_form(&large), Err(ResponseError::TooLarge));
        assert_eq!(WalletAnswer::parse_json(&large), Err(ResponseError::TooLarge));
    }

    #[test]
    fn a_wallet_may_decline() {
        let declined = ErrorResponse {
            error: "access_denied".to_owned(),
            state: Some("af0ifjsldkj".to_owned()),
            nonce: Some("n-0S6_WzA2Mj".to_owned()),
        };
        assert_eq!(
            WalletAnswer::parse_form(declined.to_form().as_bytes()),
            Ok(WalletAnswer::Declined(declined.clone()))
        );
        assert_eq!(
            read(&json!({ "error": "access_denied", "state": "af0ifjsldkj", "nonce": "n-0S6_WzA2Mj" })),
            Ok(WalletAnswer::Declined(declined.clone()))
        );
        let bare = ErrorResponse {
            state: None,
            nonce: None,
            ..declined
        };
        assert_eq!(
            read(&json!({ "error": "access_denied" })),
            Ok(WalletAnswer::Declined(bare))
        );
        let injected = read(&json!({ "error": "<script>alert(1) </script>" }));
        assert!(matches!(
            injected,
            Err(ResponseError::Value { name: "error", .. })
        ));
    }

    #[test]
    fn debug_shows_no_presentation() {
        assert_eq!(format!("{:?}", response()), "AuthorizationResponse(..)");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_the_same(vp_token in "[!-~]{1,80}", state in proptest::option::of("[!-~]{1,40}"), id in ".{0,20}") {
            let response = AuthorizationResponse {
                vp_token,
                presentation_submission: PresentationSubmission::of_one_credential(&id, "definition"),
                state,
            };
            let expected = Ok(WalletAnswer::Presented(response.clone()));
            prop_assert_eq!(&WalletAnswer::parse_form(response.to_form().as_bytes()), &expected);
            prop_assert_eq!(&read(&response.to_json()), &expected);
        }

        #[test]
        fn any_bytes_are_read_or_refused_without_panic(body in any::<Vec<u8>>()) {
            drop(WalletAnswer::parse_form(&body));
            drop(WalletAnswer::parse_json(&body));
        }
    }
}
