//! The Authorization Request of the `dome` wire: `openid://?scope=…&response_type=vp_token&…`.

use crate::oauth::ErrorCode;
use procura_did::Did;
use std::collections::BTreeMap;
use url::{Url, form_urlencoded};

/// Everything of the string in front of its parameters.
const PREFIX: &str = "openid://?";
/// Longest string that is read, in bytes: a presentation definition may stand in it.
const MAXIMUM: usize = 64 * 1024;
/// Longest `state` and `nonce`, in bytes.
const MAXIMUM_VALUE: usize = 512;
/// Most parameters that are read.
const MAXIMUM_PARAMETERS: usize = 64;

const RESPONSE_TYPE: &str = "vp_token";
const RESPONSE_MODE: &str = "direct_post";
const CLIENT_ID_SCHEME: &str = "did";

/// How the request says what it asks for: exactly one of three parameters (DOME §3.3.4.3, note).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Query {
    /// `scope`: an alias of a kind of credential; see [`super::scope::credential_types`].
    Scope(String),
    /// `presentation_definition`: the JSON text of a DIF presentation definition.
    PresentationDefinition(String),
    /// `presentation_definition_uri`: where that JSON can be had.
    PresentationDefinitionUri(Url),
}

/// An Authorization Request of the `dome` wire. `response_type=vp_token`, `response_mode=direct_post` and
/// `client_id_scheme=did` have no other value in this profile and therefore no field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// What is asked for.
    pub query: Query,
    /// `client_id`: the did:elsi of the relying party, as it stands in the organisation's certificate.
    pub client_id: Did,
    /// `redirect_uri`: where the Authorization Response is sent by POST. Whether plain http is acceptable is for the
    /// outbound client to say, not for the syntax.
    pub redirect_uri: Url,
    /// `state`: the relying party's own name of the login session.
    pub state: String,
    /// `nonce`: binds the presentation to this transaction.
    pub nonce: String,
}

/// Why a string is not an Authorization Request of this profile. Names parameters, never their values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Not `openid://?…`.
    #[error("the authorization request does not begin with \"openid://?\"")]
    Scheme,
    /// Larger than what is read.
    #[error("the authorization request is larger than allowed")]
    TooLarge,
    /// A parameter stands twice (RFC 6749 §3.1).
    #[error("parameter {0:?} stands twice")]
    Duplicate(String),
    /// A REQUIRED parameter is missing or empty.
    #[error("parameter {0:?} is missing")]
    Missing(&'static str),
    /// A parameter has a value that the profile does not allow.
    #[error("parameter {name:?} {problem}")]
    Value {
        /// Which.
        name: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Not exactly one of `scope`, `presentation_definition`, `presentation_definition_uri`.
    #[error(
        "exactly one of scope, presentation_definition, presentation_definition_uri is needed, here are {0}"
    )]
    Query(usize),
}

impl RequestError {
    /// The error code of the standard (RFC 6749 §4.1.2.1, OpenID4VP §6.4).
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Value {
                name: "response_type",
                ..
            } => ErrorCode::UnsupportedResponseType,
            Self::Value {
                name: "client_id" | "client_id_scheme",
                ..
            } => ErrorCode::InvalidClient,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

impl AuthorizationRequest {
    /// The string of the `auth_request` claim, parameters percent-encoded, in the order of the DOME document.
    #[must_use]
    pub fn to_uri(&self) -> String {
        let mut parameters = form_urlencoded::Serializer::for_suffix(String::from(PREFIX), PREFIX.len());
        match &self.query {
            Query::Scope(scope) => parameters.append_pair("scope", scope),
            Query::PresentationDefinition(json) => parameters.append_pair("presentation_definition", json),
            Query::PresentationDefinitionUri(uri) => {
                parameters.append_pair("presentation_definition_uri", uri.as_str())
            }
        };
        parameters
            .append_pair("response_type", RESPONSE_TYPE)
            .append_pair("response_mode", RESPONSE_MODE)
            .append_pair("client_id", self.client_id.as_str())
            .append_pair("client_id_scheme", CLIENT_ID_SCHEME)
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("state", &self.state)
            .append_pair("nonce", &self.nonce);
        parameters.finish()
    }

    /// Reads the string. Unknown parameters are ignored, but nothing may stand twice, and what is REQUIRED must be
    /// there with a value (RFC 6749 §3.1 treats an empty one as absent).
    ///
    /// # Errors
    /// [`RequestError`] names the first parameter that breaks a rule.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        if text.len() > MAXIMUM {
            return Err(RequestError::TooLarge);
        }
        let parameters = Parameters::read(text.strip_prefix(PREFIX).ok_or(RequestError::Scheme)?)?;
        parameters.constant("response_type", RESPONSE_TYPE)?;
        parameters.constant("response_mode", RESPONSE_MODE)?;
        parameters.constant("client_id_scheme", CLIENT_ID_SCHEME)?;
        let client_id = organisation(parameters.required("client_id")?)?;
        let redirect_uri = endpoint("redirect_uri", parameters.required("redirect_uri")?)?;
        let state = opaque("state", parameters.required("state")?)?;
        let nonce = opaque("nonce", parameters.required("nonce")?)?;
        let query = parameters.query()?;
        Ok(Self {
            query,
            client_id,
            redirect_uri,
            state,
            nonce,
        })
    }
}

/// Parameters by name, each once, empty ones left out.
struct Parameters(BTreeMap<String, String>);

impl Parameters {
    fn read(query: &str) -> Result<Self, RequestError> {
        let mut seen = BTreeMap::new();
        for (count, (name, value)) in form_urlencoded::parse(query.as_bytes()).enumerate() {
            if count >= MAXIMUM_PARAMETERS {
                return Err(RequestError::TooLarge);
            }
            if seen
                .insert(name.clone().into_owned(), value.into_owned())
                .is_some()
            {
                return Err(RequestError::Duplicate(name.chars().take(64).collect()));
            }
        }
        seen.retain(|_, value| !value.is_empty());
        Ok(Self(seen))
    }

    fn optional(&self, name: &'static str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn required(&self, name: &'static str) -> Result<&str, RequestError> {
        self.optional(name).ok_or(RequestError::Missing(name))
    }

    fn constant(&self, name: &'static str, value: &'static str) -> Result<(), RequestError> {
        if self.required(name)? == value {
            Ok(())
        } else {
            Err(RequestError::Value {
                name,
                problem: "has another value than this profile's",
            })
        }
    }

    fn query(&self) -> Result<Query, RequestError> {
        let scope = self.optional("scope");
        let definition = self.optional("presentation_definition");
        let uri = self.optional("presentation_definition_uri");
        match (scope, definition, uri) {
            (Some(scope), None, None) => Ok(Query::Scope(scope.to_owned())),
            (None, Some(json), None) => {
                match serde_json::from_str::<serde_json::Map<_, serde_json::Value>>(json) {
                    Ok(_) => Ok(Query::PresentationDefinition(json.to_owned())),
                    Err(_) => Err(RequestError::Value {
                        name: "presentation_definition",
                        problem: "is no JSON object",
                    }),
                }
            }
            (None, None, Some(uri)) => {
                endpoint("presentation_definition_uri", uri).map(Query::PresentationDefinitionUri)
            }
            _ => Err(RequestError::Query(
                [scope, definition, uri].iter().flatten().count(),
            )),
        }
    }
}

/// A did:elsi whose identifier is valid.
fn organisation(text: &str) -> Result<Did, RequestError> {
    let problem = RequestError::Value {
        name: "client_id",
        problem: "is no did:elsi",
    };
    let did = Did::parse(text).map_err(|_| problem.clone())?;
    procura_did::elsi::identifier(&did).map_err(|_| problem)?;
    Ok(did)
}

/// An absolute http(s) URL with a host, without credentials and fragment (RFC 6749 §3.1.2).
fn endpoint(name: &'static str, text: &str) -> Result<Url, RequestError> {
    let refused = |problem| RequestError::Value { name, problem };
    let url = Url::parse(text).map_err(|_| refused("is no URL"))?;
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return Err(refused("is no https URL"));
    }
    if url.fragment().is_some() {
        return Err(refused("has a fragment"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("holds credentials"));
    }
    Ok(url)
}

/// `state` and `nonce`: visible ASCII (RFC 6749 appendix A.5 without the space), bounded.
fn opaque(name: &'static str, text: &str) -> Result<String, RequestError> {
    if text.len() > MAXIMUM_VALUE {
        return Err(RequestError::Value {
            name,
            problem: "is longer than 512 bytes",
        });
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(RequestError::Value {
            name,
            problem: "holds characters that are not visible ASCII",
        });
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{AuthorizationRequest, PREFIX, Query, RequestError};
    use crate::oauth::ErrorCode;
    use procura_did::Did;
    use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
    use url::{Url, form_urlencoded};

    /// The request of the DOME document's shape, as pairs, so that a test changes exactly one.
    const PAIRS: [(&str, &str); 8] = [
        ("scope", "dome.credentials.presentation.LEARCredential"),
        ("response_type", "vp_token"),
        ("response_mode", "direct_post"),
        ("client_id", "did:elsi:VATFR-99999999"),
        ("client_id_scheme", "did"),
        (
            "redirect_uri",
            "https://verifier.example/api/authentication_response",
        ),
        ("state", "af0ifjsldkj"),
        ("nonce", "n-0S6_WzA2Mj"),
    ];

    fn uri(pairs: &[(&str, &str)]) -> String {
        form_urlencoded::Serializer::for_suffix(PREFIX.to_owned(), PREFIX.len())
            .extend_pairs(pairs)
            .finish()
    }

    fn with(name: &str, value: &str) -> String {
        uri(&PAIRS.map(|(n, v)| if n == name { (n, value) } else { (n, v) }))
    }

    #[test]
    fn the_documents_request_reads_and_writes_the_same() {
        let text = uri(&PAIRS);
        let request = AuthorizationRequest::parse(&text).expect("the control");
        assert_eq!(request.to_uri(), text);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn parameters_may_stand_in_any_order_and_unknown_ones_are_ignored() {
        let mut pairs = PAIRS.to_vec();
        pairs.reverse();
        pairs.push(("ui_locales", "en"));
        assert_eq!(
            AuthorizationRequest::parse(&uri(&pairs)),
            AuthorizationRequest::parse(&uri(&PAIRS))
        );
    }

    #[test]
    fn each_missing_or_empty_required_parameter_is_refused_by_name() {
        for (name, _) in PAIRS {
            let without: Vec<_> = PAIRS.iter().copied().filter(|(n, _)| *n != name).collect();
            let expected = if name == "scope" {
                RequestError::Query(0)
            } else {
                RequestError::Missing(name)
            };
            assert_eq!(AuthorizationRequest::parse(&uri(&without)), Err(expected.clone()));
            assert_eq!(
                AuthorizationRequest::parse(&with(name, "")),
                Err(expected.clone())
            );
            assert_eq!(expected.code(), ErrorCode::InvalidRequest);
        }
    }

    #[test]
    fn each_parameter_that_stands_twice_is_refused_by_name() {
        for pair in PAIRS.into_iter().chain([("ui_locales", "en")]) {
            let mut pairs = PAIRS.to_vec();
            pairs.extend([pair, pair]);
            assert_eq!(
                AuthorizationRequest::parse(&uri(&pairs)),
                Err(RequestError::Duplicate(pair.0.to_owned())),
                "{pair:?}"
            );
        }
    }

    #[test]
    fn exactly_one_way_of_asking_is_accepted() {
        let without: Vec<_> = PAIRS.into_iter().filter(|(n, _)| *n != "scope").collect();
        let ways = [
            ("scope", "dome.credentials.presentation.LEARCredential"),
            ("presentation_definition", "{\"id\":\"a\"}"),
            (
                "presentation_definition_uri",
                "https://verifier.example/definition",
            ),
        ];
        for bits in 0_usize..8 {
            let mut pairs = without.clone();
            pairs.extend(
                ways.iter()
                    .enumerate()
                    .filter(|(i, _)| bits >> i & 1 == 1)
                    .map(|(_, pair)| *pair),
            );
            let count = usize::try_from(bits.count_ones()).expect("at most three");
            let read = AuthorizationRequest::parse(&uri(&pairs));
            if count == 1 {
                assert!(read.is_ok(), "{bits:b}: {read:?}");
            } else {
                assert_eq!(read, Err(RequestError::Query(count)), "{bits:b}");
            }
        }
    }

    #[test]
    fn each_value_that_the_profile_does_not_allow_is_refused() {
        for (name, value, code) in [
            (
                "response_type",
                "vp_token id_token",
                ErrorCode::UnsupportedResponseType,
            ),
            ("response_type", "code", ErrorCode::UnsupportedResponseType),
            ("response_mode", "fragment", ErrorCode::InvalidRequest),
            ("client_id_scheme", "redirect_uri", ErrorCode::InvalidClient),
            ("client_id", "https://verifier.example", ErrorCode::InvalidClient),
            ("client_id", "did:web:verifier.example", ErrorCode::InvalidClient),
            ("client_id", "did:elsi:nothing", ErrorCode::InvalidClient),
            ("redirect_uri", "verifier.example", ErrorCode::InvalidRequest),
            ("redirect_uri", "javascript:alert(1)", ErrorCode::InvalidRequest),
            (
                "redirect_uri",
                "https://verifier.example/#fragment",
                ErrorCode::InvalidRequest,
            ),
            (
                "redirect_uri",
                "https://user:word@verifier.example/",
                ErrorCode::InvalidRequest,
            ),
            ("state", "with space", ErrorCode::InvalidRequest),
            ("nonce", "line\nbreak", ErrorCode::InvalidRequest),
            ("nonce", "é", ErrorCode::InvalidRequest),
        ] {
            match AuthorizationRequest::parse(&with(name, value)) {
                Err(error @ RequestError::Value { name: refused, .. }) => {
                    assert_eq!(refused, name, "{value:?}");
                    assert_eq!(error.code(), code, "{name} {value:?}");
                }
                other => panic!("{name} {value:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn another_scheme_or_an_oversized_string_is_refused() {
        let text = uri(&PAIRS);
        for other in [
            text.replacen("openid", "openid4vp", 1),
            text.replacen("://?", "://host/?", 1),
            String::new(),
        ] {
            assert_eq!(AuthorizationRequest::parse(&other), Err(RequestError::Scheme));
        }
        let large = format!("{text}&padding={}", "x".repeat(64 * 1024));
        assert_eq!(AuthorizationRequest::parse(&large), Err(RequestError::TooLarge));
        let many = text + &"&a=b".repeat(1000);
        assert!(matches!(
            AuthorizationRequest::parse(&many),
            Err(RequestError::Duplicate(_) | RequestError::TooLarge)
        ));
    }

    fn query() -> impl Strategy<Value = Query> {
        prop_oneof![
            "[!-~]{1,40}( [!-~]{1,40})?".prop_map(Query::Scope),
            any::<String>()
                .prop_map(|id| Query::PresentationDefinition(serde_json::json!({ "id": id }).to_string())),
            Just(Query::PresentationDefinitionUri(
                Url::parse("https://verifier.example/d?a=b&c=d").expect("a URL")
            )),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_the_same(
            query in query(), state in "[!-~]{1,60}", nonce in "[!-~]{1,60}", path in "[a-z/%&=+?]{0,20}",
        ) {
            let request = AuthorizationRequest {
                query,
                client_id: Did::parse("did:elsi:VATFR-99999999").expect("a DID"),
                redirect_uri: Url::parse(&format!("https://verifier.example/{path}")).expect("a URL"),
                state,
                nonce,
            };
            prop_assert_eq!(AuthorizationRequest::parse(&request.to_uri()), Ok(request));
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(text in any::<String>()) {
            drop(AuthorizationRequest::parse(&text));
            drop(AuthorizationRequest::parse(&format!("{PREFIX}{text}")));
        }
    }
}
