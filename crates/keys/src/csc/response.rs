//! What a provider answers, but for credentials.
use super::{
    AnswerError, Secret,
    fields::{Fields, LONG, SHORT, object},
    signature,
};
use procura_crypto::digest::sha256;

/// Most methods, authorization types, credentials that an answer may list.
const MANY: usize = 256;
/// Most signatures in one answer; we ask for one.
const SIGNATURES: usize = 16;
/// Characters of a signature: base64 of RSA with 8192 bits, and room.
const SIGNATURE: usize = 2 * 1024;
/// Lifetime of tokens and activation data whose answer says none (CSC API v2 §8.4.4, §11.6).
const AN_HOUR: u64 = 3600;
/// No lifetime is taken to be longer.
const A_DAY: u64 = 86_400;

/// The service (CSC API v2 §11.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// `specs`: the version that it claims.
    pub specs: Option<String>,
    /// `authType`.
    pub authentication: Vec<String>,
    /// `oauth2`: base of the authorization server.
    pub oauth2: Option<String>,
    /// `methods`.
    pub methods: Vec<String>,
}

impl Info {
    /// Reads the answer.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AnswerError> {
        let object = object(bytes)?;
        let fields = Fields::of(&object);
        let texts = |member| -> Result<Vec<String>, AnswerError> {
            let texts = fields
                .texts(member, SHORT, MANY)?
                .ok_or(AnswerError::Missing(member))?;
            Ok(texts.into_iter().map(str::to_owned).collect())
        };
        Ok(Self {
            specs: fields.text("specs", SHORT)?.map(str::to_owned),
            authentication: texts("authType")?,
            oauth2: fields.text("oauth2", SHORT)?.map(str::to_owned),
            methods: texts("methods")?,
        })
    }
}

/// An access token (RFC 6749 §5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The token, which a header can carry.
    pub token: Secret,
    /// Seconds for which it is good, at most a day.
    pub expires_in: u64,
}

impl AccessToken {
    /// Reads the answer. Only bearer tokens are taken.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AnswerError> {
        let object = object(bytes)?;
        let fields = Fields::of(&object);
        let token = fields.required_text("access_token", LONG)?;
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            let problem = "has characters that no header carries";
            return Err(AnswerError::Value {
                member: "access_token",
                problem,
            });
        }
        let kind = fields.text("token_type", SHORT)?.unwrap_or("Bearer");
        if !kind.eq_ignore_ascii_case("bearer") {
            let problem = "is not Bearer";
            return Err(AnswerError::Value {
                member: "token_type",
                problem,
            });
        }
        Ok(Self {
            token: Secret::new(token),
            expires_in: fields.number("expires_in")?.unwrap_or(AN_HOUR).min(A_DAY),
        })
    }
}

/// Which credentials there are (CSC API v2 §11.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialList {
    /// `credentialIDs`.
    pub ids: Vec<String>,
    /// Whether there are more, on further pages (`nextPageToken` of v1).
    pub has_more: bool,
}

impl CredentialList {
    /// Reads the answer.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AnswerError> {
        let object = object(bytes)?;
        let fields = Fields::of(&object);
        let ids = fields.texts("credentialIDs", SHORT, MANY)?;
        let ids = ids.ok_or(AnswerError::Missing("credentialIDs"))?;
        Ok(Self {
            ids: ids.into_iter().map(str::to_owned).collect(),
            has_more: fields
                .text("nextPageToken", LONG)?
                .is_some_and(|token| !token.is_empty()),
        })
    }
}

/// Signature activation data (CSC API v2 §11.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// `SAD`.
    pub sad: Secret,
    /// Seconds for which it is good, at most a day.
    pub expires_in: u64,
}

impl Authorization {
    /// Reads the answer of status 200.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AnswerError> {
        let object = object(bytes)?;
        let fields = Fields::of(&object);
        let sad = fields.required_text("SAD", LONG)?;
        if sad.is_empty() {
            let problem = "is empty";
            return Err(AnswerError::Value {
                member: "SAD",
                problem,
            });
        }
        Ok(Self {
            sad: Secret::new(sad),
            expires_in: fields.number("expiresIn")?.unwrap_or(AN_HOUR).min(A_DAY),
        })
    }
}

/// Signatures, or where to ask for them (CSC API v2 §11.10, §11.12).
#[derive(Clone, PartialEq, Eq)]
pub enum SignHashAnswer {
    /// The signatures, as the provider writes them.
    Signatures(Vec<Vec<u8>>),
    /// `responseID`: they are being made.
    Pending(String),
}

impl SignHashAnswer {
    /// Reads the answer. Base64 and base64url are taken, with and without padding, for providers write both.
    ///
    /// # Errors
    /// [`AnswerError`]; also where neither is there.
    pub fn parse(bytes: &[u8]) -> Result<Self, AnswerError> {
        let object = object(bytes)?;
        let fields = Fields::of(&object);
        if let Some(texts) = fields.texts("signatures", SIGNATURE, SIGNATURES)? {
            let decode = |text: &str| {
                let problem = "has an element that is neither base64 nor base64url";
                signature::decoded(text).ok_or(AnswerError::Value {
                    member: "signatures",
                    problem,
                })
            };
            return Ok(Self::Signatures(
                texts.into_iter().map(decode).collect::<Result<_, _>>()?,
            ));
        }
        match fields.text("responseID", SHORT)? {
            Some(id) if !id.is_empty() => Ok(Self::Pending(id.to_owned())),
            _ => Err(AnswerError::Missing("signatures")),
        }
    }
}

/// Shows digests of signatures, which are released only when verified.
impl core::fmt::Debug for SignHashAnswer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Pending(_) => f.write_str("Pending"),
            Self::Signatures(signatures) => {
                let digest = |s: &Vec<u8>| procura_crypto::digest::hexadecimal(&sha256(s));
                f.debug_list().entries(signatures.iter().map(digest)).finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_service_says_what_it_can() {
        let info = Info::parse(
            br#"{"specs":"2.0.0.2","name":"ACME","authType":["oauth2client"],"oauth2":"https://a.example/",
                "methods":["credentials/info"],"signAlgorithms":{"algos":[]},"logo":null}"#,
        )
        .unwrap();
        assert_eq!(
            (info.oauth2.as_deref(), info.methods.len()),
            (Some("https://a.example/"), 1)
        );
        let lacking = Info::parse(br#"{"authType":[]}"#);
        assert_eq!(lacking, Err(AnswerError::Missing("methods")));
    }

    #[test]
    fn tokens_that_cannot_be_sent_are_refused() {
        for (body, member) in [
            (r#"{"access_token":""}"#, "access_token"),
            (r#"{"access_token":"a\r\nhost: b"}"#, "access_token"),
            (r#"{"access_token":"a","token_type":"DPoP"}"#, "token_type"),
        ] {
            let refused = AccessToken::parse(body.as_bytes());
            assert!(
                matches!(&refused, Err(AnswerError::Value { member: m, .. }) if *m == member),
                "{refused:?}"
            );
        }
        let token = AccessToken::parse(br#"{"access_token":"a","expires_in":99999999}"#).unwrap();
        assert_eq!(token.expires_in, 86_400);
    }

    #[test]
    fn members_are_bounded_in_type_number_and_length() {
        let long = "x".repeat(40_000);
        let cases = [
            (format!(r#"{{"SAD":"{long}"}}"#), "SAD is longer than 32768"),
            (r#"{"SAD":7}"#.to_owned(), "SAD is not a text"),
            (r#"{"SAD":""}"#.to_owned(), "SAD is empty"),
            (r#"{"SAD":null}"#.to_owned(), "SAD is missing"),
            (
                r#"{"SAD":"a","expiresIn":-1}"#.to_owned(),
                "expiresIn is not a whole number that is not negative",
            ),
        ];
        for (body, told) in cases {
            assert_eq!(
                Authorization::parse(body.as_bytes()).unwrap_err().to_string(),
                told
            );
        }
        let many = format!(r#"{{"credentialIDs":[{}"a"]}}"#, r#""a","#.repeat(300));
        assert_eq!(
            CredentialList::parse(many.as_bytes()),
            Err(AnswerError::TooLong {
                member: "credentialIDs",
                limit: 256
            })
        );
        let deep = format!("{}{}", r#"{"a":"#.repeat(40), "1");
        assert!(matches!(Info::parse(deep.as_bytes()), Err(AnswerError::Json(_))));
        let twice = br#"{"SAD":"a","SAD":"b"}"#;
        assert!(matches!(Authorization::parse(twice), Err(AnswerError::Json(_))));
    }

    #[test]
    fn signatures_come_in_either_alphabet() {
        for text in ["+/+/", "-_-_", "+w==", "-w"] {
            let body = format!(r#"{{"signatures":["{text}"]}}"#);
            assert!(
                matches!(
                    SignHashAnswer::parse(body.as_bytes()),
                    Ok(SignHashAnswer::Signatures(_))
                ),
                "{text}"
            );
        }
        for text in ["+_", "a b", "a", "-w=="] {
            let body = format!(r#"{{"signatures":["{text}"]}}"#);
            let parsed = SignHashAnswer::parse(body.as_bytes());
            let padded = text == "-w==";
            assert_eq!(parsed.is_ok(), padded, "{text}");
        }
    }

    #[test]
    fn an_answer_without_signatures_says_where_to_ask() {
        assert_eq!(
            SignHashAnswer::parse(br#"{"responseID":"r"}"#),
            Ok(SignHashAnswer::Pending("r".to_owned()))
        );
        for body in ["{}", r#"{"responseID":""}"#, r#"{"signatures":null}"#] {
            assert_eq!(
                SignHashAnswer::parse(body.as_bytes()),
                Err(AnswerError::Missing("signatures"))
            );
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
            drop((Info::parse(&bytes), AccessToken::parse(&bytes), CredentialList::parse(&bytes)));
            drop((Authorization::parse(&bytes), SignHashAnswer::parse(&bytes)));
            drop(super::super::ProviderError::parse(400, &bytes));
        }

        #[test]
        fn no_values_of_known_members_make_a_parser_panic(values in proptest::collection::vec(json(), 16)) {
            let names = ["specs", "authType", "oauth2", "methods", "access_token", "token_type", "expires_in", "SAD",
                "expiresIn", "credentialIDs", "nextPageToken", "signatures", "responseID", "error", "error_description",
                "key"];
            let object: serde_json::Map<_, _> = names.map(str::to_owned).into_iter().zip(values).collect();
            let bytes = serde_json::to_vec(&object).unwrap();
            drop((Info::parse(&bytes), AccessToken::parse(&bytes), CredentialList::parse(&bytes)));
            drop((Authorization::parse(&bytes), SignHashAnswer::parse(&bytes)));
            drop(super::super::ProviderError::parse(400, &bytes));
        }

        #[test]
        fn signatures_survive_either_alphabet(signature in proptest::collection::vec(any::<u8>(), 1..600)) {
            use base64::{Engine as _, engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD}};
            for text in [STANDARD.encode(&signature), URL_SAFE_NO_PAD.encode(&signature)] {
                let body = serde_json::json!({ "signatures": [text] }).to_string();
                let parsed = SignHashAnswer::parse(body.as_bytes());
                prop_assert_eq!(parsed, Ok(SignHashAnswer::Signatures(vec![signature.clone()])));
            }
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            ".{0,40}".prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            proptest::collection::vec(inner, 0..4).prop_map(Into::into)
        })
    }
}
