//! The Credential Offer and the link of its QR code (DOME document §3.3.3.3).
use super::{IdentifierError, IssuerIdentifier, Members, MessageError, endpoint};
use crate::Secret;
use procura_jose::json::{self, Limits};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use url::Url;

/// The grant type of a pre-authorized code.
pub const PRE_AUTHORIZED_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

/// More entries than this in one offer are refused.
const MOST_CREDENTIALS: usize = 8;
/// Longest id of a credential, in bytes: it is shown to the person.
const LONGEST_ID: usize = 256;

/// A Credential Offer with the pre-authorized code grant.
///
/// ```
/// use procura_protocol::{Secret, vci::{CredentialOffer, IssuerIdentifier}};
/// let none = Default::default();
/// let offer = CredentialOffer {
///     credential_issuer: IssuerIdentifier::parse("https://goodair.example", &none).unwrap(),
///     credentials: vec!["LEARCredential".into()],
///     pre_authorized_code: Secret::new("asju68jgtyk9ikkew"),
///     user_pin_required: true,
/// };
/// let wire = serde_json::to_vec(&offer.to_json()).unwrap();
/// assert_eq!(CredentialOffer::parse(&wire, &none).unwrap(), offer);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialOffer {
    /// Who offers.
    pub credential_issuer: IssuerIdentifier,
    /// Ids to be resolved in the Trusted Credential Schemas List, then in the issuer's metadata; one to eight of at most
    /// 256 bytes, none twice.
    pub credentials: Vec<String>,
    /// The short-lived, single-use code.
    pub pre_authorized_code: Secret,
    /// Whether the token request must bring the PIN.
    pub user_pin_required: bool,
}

/// Why an offer or its link is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum OfferError {
    /// Not a URL.
    #[error("the offer link is not a URL")]
    Link,
    /// The link has not exactly one parameter `credential_offer_uri`.
    #[error("the offer link must have exactly one parameter, credential_offer_uri")]
    LinkParameters,
    /// A URL in it is refused.
    #[error("{member}: {error}")]
    Url {
        /// Where.
        member: &'static str,
        /// Why.
        error: IdentifierError,
    },
    /// The offer cannot be read.
    #[error("credential offer: {0}")]
    Message(#[from] MessageError),
    /// No grant that we can use.
    #[error("the offer has no pre-authorized code grant")]
    NoGrant,
}

impl CredentialOffer {
    /// Its JSON form.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "credential_issuer": self.credential_issuer,
            "credentials": self.credentials,
            "grants": {
                PRE_AUTHORIZED_CODE_GRANT: {
                    "pre-authorized_code": self.pre_authorized_code.expose(),
                    "user_pin_required": self.user_pin_required,
                }
            }
        })
    }
    /// Reads an offer; every member of the profile is required.
    pub fn parse(body: &[u8], development_origins: &BTreeSet<String>) -> Result<Self, OfferError> {
        let object = json::parse_object(
            body,
            Limits {
                size: 64 * 1024,
                depth: 16,
            },
        )
        .map_err(MessageError::Json)?;
        let members = Members(&object);
        let credential_issuer =
            IssuerIdentifier::parse(members.text("credential_issuer")?, development_origins).map_err(
                |error| OfferError::Url {
                    member: "credential_issuer",
                    error,
                },
            )?;
        let credentials = members
            .optional_texts("credentials")?
            .ok_or(MessageError::Member("credentials"))?;
        let distinct: BTreeSet<&str> = credentials.iter().map(String::as_str).collect();
        if credentials.is_empty() || distinct.len() != credentials.len() || distinct.contains("") {
            return Err(MessageError::Value("credentials", "non-empty ids, each once, are expected").into());
        }
        if credentials.len() > MOST_CREDENTIALS {
            return Err(MessageError::Value("credentials", "more than eight entries").into());
        }
        if credentials.iter().any(|id| id.len() > LONGEST_ID) {
            return Err(MessageError::Value("credentials", "an id is longer than 256 bytes").into());
        }
        let grants = object
            .get("grants")
            .and_then(Value::as_object)
            .ok_or(MessageError::Member("grants"))?;
        let grant = grants.get(PRE_AUTHORIZED_CODE_GRANT).ok_or(OfferError::NoGrant)?;
        let grant = grant
            .as_object()
            .ok_or(MessageError::Member(PRE_AUTHORIZED_CODE_GRANT))?;
        let code = Members(grant).text("pre-authorized_code")?;
        if code.is_empty() || code.len() > 2048 {
            return Err(MessageError::Member("pre-authorized_code").into());
        }
        let user_pin_required = grant
            .get("user_pin_required")
            .and_then(Value::as_bool)
            .ok_or(MessageError::Member("user_pin_required"))?;
        Ok(Self {
            credential_issuer,
            credentials,
            pre_authorized_code: Secret::new(code),
            user_pin_required,
        })
    }
}

/// The link that the QR code shows: `{issuer}/credential-offer?credential_offer_uri=…`.
///
/// The profile carries offers by reference only, so that the QR code stays small: a `credential_offer` by value is
/// refused, and so is any other parameter.
///
/// ```
/// use procura_protocol::vci::{IssuerIdentifier, OfferLink};
/// let none = Default::default();
/// let issuer = IssuerIdentifier::parse("https://goodair.example", &none).unwrap();
/// let link = OfferLink::new(&issuer, "https://goodair.example/credential-offer/5j349k3e3n23j");
/// let read = OfferLink::parse(&link, &none).unwrap();
/// assert_eq!(read.credential_offer_uri.as_str(), "https://goodair.example/credential-offer/5j349k3e3n23j");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferLink {
    /// Where the offer is.
    pub credential_offer_uri: Url,
}
impl OfferLink {
    /// The text of a link.
    #[expect(
        clippy::new_ret_no_self,
        reason = "the link is text; the type is what a wallet reads out of it"
    )]
    #[must_use]
    pub fn new(issuer: &IssuerIdentifier, credential_offer_uri: &str) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("credential_offer_uri", credential_offer_uri)
            .finish();
        format!("{}?{query}", issuer.append("/credential-offer"))
    }
    /// Reads a scanned link: https (or a development origin), or the scheme `openid-credential-offer`.
    pub fn parse(link: &str, development_origins: &BTreeSet<String>) -> Result<Self, OfferError> {
        if link.len() > 8192 {
            return Err(OfferError::Link);
        }
        let url = Url::parse(link).map_err(|_| OfferError::Link)?;
        if url.scheme() != "openid-credential-offer" {
            endpoint(link, development_origins).map_err(|error| OfferError::Url {
                member: "offer link",
                error,
            })?;
        }
        let mut parameters = url.query_pairs();
        let (Some((name, value)), None) = (parameters.next(), parameters.next()) else {
            return Err(OfferError::LinkParameters);
        };
        if name != "credential_offer_uri" {
            return Err(OfferError::LinkParameters);
        }
        let credential_offer_uri =
            endpoint(&value, development_origins).map_err(|error| OfferError::Url {
                member: "credential_offer_uri",
                error,
            })?;
        Ok(Self { credential_offer_uri })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none() -> BTreeSet<String> {
        BTreeSet::new()
    }
    fn offer() -> Value {
        json!({
            "credential_issuer": "https://www.goodair.com",
            "credentials": ["LEARCredential"],
            "grants": { PRE_AUTHORIZED_CODE_GRANT: {
                "pre-authorized_code": "asju68jgtyk9ikkew", "user_pin_required": true } },
            "unknown": {"is": "ignored"}
        })
    }
    fn parse(offer: &Value) -> Result<CredentialOffer, OfferError> {
        CredentialOffer::parse(&serde_json::to_vec(offer).unwrap(), &none())
    }

    #[test]
    fn the_documents_example_is_read() {
        let offer = parse(&offer()).unwrap();
        assert_eq!(offer.credentials, ["LEARCredential"]);
        assert!(offer.user_pin_required);
        assert_eq!(offer.pre_authorized_code.expose(), "asju68jgtyk9ikkew");
    }

    #[test]
    fn a_missing_required_member_is_refused_by_name() {
        for name in ["credential_issuer", "credentials", "grants"] {
            let mut offer = offer();
            offer.as_object_mut().unwrap().remove(name);
            assert_eq!(
                parse(&offer),
                Err(OfferError::Message(MessageError::Member(name)))
            );
        }
        for name in ["pre-authorized_code", "user_pin_required"] {
            let mut offer = offer();
            offer["grants"][PRE_AUTHORIZED_CODE_GRANT]
                .as_object_mut()
                .unwrap()
                .remove(name);
            assert_eq!(
                parse(&offer),
                Err(OfferError::Message(MessageError::Member(name)))
            );
        }
    }

    #[test]
    fn an_offer_without_our_grant_is_refused() {
        let mut offer = offer();
        offer["grants"] = json!({"authorization_code": {}});
        assert_eq!(parse(&offer), Err(OfferError::NoGrant));
    }

    #[test]
    fn credentials_are_distinct_strings() {
        for credentials in [
            json!([]),
            json!(["A", "A"]),
            json!([""]),
            json!([{"format": "jwt_vc_json"}]),
        ] {
            let mut offer = offer();
            offer["credentials"] = credentials;
            assert!(matches!(parse(&offer), Err(OfferError::Message(_))));
        }
    }

    #[test]
    fn an_offer_has_at_most_eight_entries_of_256_bytes() {
        let with = |credentials: Vec<String>| {
            let mut offer = offer();
            offer["credentials"] = json!(credentials);
            parse(&offer)
        };
        let ids = |count| (0..count).map(|n| format!("{n:0>256}")).collect::<Vec<_>>();
        let refused = |why| Err(OfferError::Message(MessageError::Value("credentials", why)));
        assert_eq!(with(ids(8)).unwrap().credentials.len(), 8);
        assert_eq!(with(ids(9)), refused("more than eight entries"));
        assert_eq!(
            with(vec!["a".repeat(257)]),
            refused("an id is longer than 256 bytes")
        );
    }

    #[test]
    fn the_documents_link_is_read() {
        let link = "https://www.goodair.com/credential-offer?credential_offer_uri=\
                    https%3A%2F%2Fserver%2Eexample%2Ecom%2Fcredential-offer%2F5j349k3e3n23j";
        let read = OfferLink::parse(link, &none()).unwrap();
        assert_eq!(
            read.credential_offer_uri.as_str(),
            "https://server.example.com/credential-offer/5j349k3e3n23j"
        );
    }

    #[test]
    fn a_link_has_exactly_one_parameter() {
        let uri = "credential_offer_uri=https%3A%2F%2Fa.example%2F1";
        assert!(OfferLink::parse(&format!("https://a.example/credential-offer?{uri}"), &none()).is_ok());
        assert!(OfferLink::parse(&format!("openid-credential-offer://?{uri}"), &none()).is_ok());
        for query in [
            String::new(),
            format!("{uri}&{uri}"),
            format!("{uri}&credential_offer=%7B%7D"),
            "credential_offer=%7B%7D".into(),
        ] {
            assert_eq!(
                OfferLink::parse(&format!("https://a.example/credential-offer?{query}"), &none()),
                Err(OfferError::LinkParameters),
                "{query}"
            );
        }
    }

    #[test]
    fn a_plain_http_offer_uri_is_refused() {
        let link = "https://a.example/credential-offer?credential_offer_uri=http%3A%2F%2Fa.example%2F1";
        assert!(matches!(
            OfferLink::parse(link, &none()),
            Err(OfferError::Url {
                member: "credential_offer_uri",
                error: IdentifierError::Scheme(_)
            })
        ));
    }

    proptest::proptest! {
        #[test]
        fn links_of_ours_are_read_back(path in "[a-zA-Z0-9._~/-]{0,40}") {
            let issuer = IssuerIdentifier::parse("https://a.example/t", &none()).unwrap();
            let uri = format!("https://a.example/{path}");
            let read = OfferLink::parse(&OfferLink::new(&issuer, &uri), &none()).unwrap();
            proptest::prop_assert_eq!(read.credential_offer_uri, Url::parse(&uri).unwrap());
        }
        #[test]
        fn no_text_makes_the_parsers_panic(text in ".{0,200}") {
            proptest::prop_assert!(OfferLink::parse(&text, &none()).is_err());
            proptest::prop_assert!(CredentialOffer::parse(text.as_bytes(), &none()).is_err());
        }
    }
}
