//! Issuer metadata, the Trusted Credential Schemas List and RFC 8414 metadata (DOME document §3.3.3.4–§3.3.3.5).
use super::{IdentifierError, IssuerIdentifier, JWT_VC_JSON, Members, MessageError, endpoint, offer};
use procura_jose::json::{self, Limits};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use url::Url;

/// One entry of `credentials_supported`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CredentialSupported {
    /// The id that offers name.
    pub id: String,
    /// `jwt_vc_json`.
    pub format: String,
    /// Types of the credential, from general to specific.
    pub types: Vec<String>,
    /// How the holder is bound: `did:key`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cryptographic_binding_methods_supported: Vec<String>,
    /// Suites in which the holder proves a key of these methods: names of JWS algorithms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cryptographic_suites_supported: Vec<String>,
}

/// Why metadata is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum MetadataError {
    /// Cannot be read.
    #[error("metadata: {0}")]
    Message(#[from] MessageError),
    /// It is another issuer's.
    #[error("the metadata is of another issuer than {0}")]
    OtherIssuer(String),
    /// A URL in it is refused.
    #[error("{member}: {error}")]
    Url {
        /// Where.
        member: &'static str,
        /// Why.
        error: IdentifierError,
    },
    /// An id stands twice in `credentials_supported`.
    #[error("credentials_supported has the id {0:?} twice")]
    DuplicateId(String),
}

/// `openid-credential-issuer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IssuerMetadata {
    /// Whose it is; equal, byte by byte, to the identifier that led here.
    pub credential_issuer: IssuerIdentifier,
    /// Where credentials are requested.
    pub credential_endpoint: Url,
    /// What can be requested. Entries without an id or of a format unknown here are left out when reading.
    pub credentials_supported: Vec<CredentialSupported>,
}
impl IssuerMetadata {
    /// Where an issuer's metadata is: appended, a terminating slash removed (§3.3.3.4).
    #[must_use]
    pub fn url(issuer: &IssuerIdentifier) -> String {
        issuer.append("/.well-known/openid-credential-issuer")
    }
    /// Reads the metadata of `issuer`.
    pub fn parse(
        body: &[u8],
        issuer: &IssuerIdentifier,
        development_origins: &BTreeSet<String>,
    ) -> Result<Self, MetadataError> {
        let object = json::parse_object(body, Limits::default()).map_err(MessageError::Json)?;
        let members = Members(&object);
        if members.text("credential_issuer")? != issuer.as_str() {
            return Err(MetadataError::OtherIssuer(issuer.to_string()));
        }
        let credential_endpoint = endpoint(members.text("credential_endpoint")?, development_origins)
            .map_err(|error| MetadataError::Url {
                member: "credential_endpoint",
                error,
            })?;
        Ok(Self {
            credential_issuer: issuer.clone(),
            credential_endpoint,
            credentials_supported: credentials_supported(&object)?,
        })
    }
}

/// The Trusted Credential Schemas List of the ecosystem: ids here take precedence over an issuer's own.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct CredentialSchemas {
    /// Credentials known to everybody.
    pub credentials_supported: Vec<CredentialSupported>,
}
impl CredentialSchemas {
    /// Reads the list.
    pub fn parse(body: &[u8]) -> Result<Self, MetadataError> {
        let object = json::parse_object(
            body,
            Limits {
                size: 4 * 1024 * 1024,
                depth: 32,
            },
        )
        .map_err(MessageError::Json)?;
        Ok(Self {
            credentials_supported: credentials_supported(&object)?,
        })
    }
}

/// Which list an id was found in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved<'a> {
    /// In the Trusted Credential Schemas List.
    Ecosystem(&'a CredentialSupported),
    /// In the issuer's own metadata.
    Issuer(&'a CredentialSupported),
}
impl<'a> Resolved<'a> {
    /// The entry.
    #[must_use]
    pub fn entry(&self) -> &'a CredentialSupported {
        match self {
            Self::Ecosystem(entry) | Self::Issuer(entry) => entry,
        }
    }
}
/// Resolves an id of an offer: the ecosystem's list first, then the issuer's metadata; `None` must be refused.
/// Endpoints never come out of the ecosystem's list.
#[must_use]
pub fn resolve<'a>(
    id: &str,
    ecosystem: &'a CredentialSchemas,
    issuer: &'a IssuerMetadata,
) -> Option<Resolved<'a>> {
    let find = |entries: &'a [CredentialSupported]| entries.iter().find(|entry| entry.id == id);
    find(&ecosystem.credentials_supported)
        .map(Resolved::Ecosystem)
        .or_else(|| find(&issuer.credentials_supported).map(Resolved::Issuer))
}

fn credentials_supported(object: &Map<String, Value>) -> Result<Vec<CredentialSupported>, MetadataError> {
    const NAME: &str = "credentials_supported";
    let entries = object
        .get(NAME)
        .and_then(Value::as_array)
        .ok_or(MessageError::Member(NAME))?;
    let mut read: Vec<CredentialSupported> = Vec::new();
    for entry in entries {
        let entry = entry.as_object().ok_or(MessageError::Member(NAME))?;
        let members = Members(entry);
        let format = members.text("format")?;
        let Some(id) = members.optional_text("id")? else {
            continue;
        };
        if format != JWT_VC_JSON {
            continue;
        }
        if read.iter().any(|known| known.id == id) {
            return Err(MetadataError::DuplicateId(id.to_owned()));
        }
        let types = members.optional_texts("types")?.filter(|types| !types.is_empty());
        read.push(CredentialSupported {
            id: id.to_owned(),
            format: format.to_owned(),
            types: types.ok_or(MessageError::Member("types"))?,
            cryptographic_binding_methods_supported: members
                .optional_texts("cryptographic_binding_methods_supported")?
                .unwrap_or_default(),
            cryptographic_suites_supported: members
                .optional_texts("cryptographic_suites_supported")?
                .unwrap_or_default(),
        });
    }
    Ok(read)
}

/// `oauth-authorization-server` of an issuer that is its own authorization server (RFC 8414).
///
/// `response_types_supported` is left out: there is no authorization endpoint, and RFC 8414 §3.2 says that empty
/// lists are omitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuthorizationServerMetadata {
    /// Whose it is.
    pub issuer: IssuerIdentifier,
    /// Where tokens are requested.
    pub token_endpoint: Url,
    /// Grant types.
    pub grant_types_supported: Vec<String>,
    /// `none`: wallets do not authenticate.
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// Whether a token request needs no client id.
    #[serde(rename = "pre-authorized_grant_anonymous_access_supported")]
    pub pre_authorized_grant_anonymous_access_supported: bool,
}
impl AuthorizationServerMetadata {
    /// Of an issuer of ours: the pre-authorized grant, anonymous.
    #[must_use]
    pub fn anonymous(issuer: IssuerIdentifier, token_endpoint: Url) -> Self {
        Self {
            issuer,
            token_endpoint,
            grant_types_supported: vec![offer::PRE_AUTHORIZED_CODE_GRANT.to_owned()],
            token_endpoint_auth_methods_supported: vec!["none".to_owned()],
            pre_authorized_grant_anonymous_access_supported: true,
        }
    }
    /// Where the metadata is: inserted between host and path (RFC 8414 §3.1).
    #[must_use]
    pub fn url(issuer: &IssuerIdentifier) -> String {
        issuer.insert("/.well-known/oauth-authorization-server")
    }
    /// Reads the metadata of `issuer`. Absent `pre-authorized_grant_anonymous_access_supported` means false.
    pub fn parse(
        body: &[u8],
        issuer: &IssuerIdentifier,
        development_origins: &BTreeSet<String>,
    ) -> Result<Self, MetadataError> {
        const ANONYMOUS: &str = "pre-authorized_grant_anonymous_access_supported";
        let object = json::parse_object(body, Limits::default()).map_err(MessageError::Json)?;
        let members = Members(&object);
        if members.text("issuer")? != issuer.as_str() {
            return Err(MetadataError::OtherIssuer(issuer.to_string()));
        }
        let token_endpoint =
            endpoint(members.text("token_endpoint")?, development_origins).map_err(|error| {
                MetadataError::Url {
                    member: "token_endpoint",
                    error,
                }
            })?;
        let anonymous = match object.get(ANONYMOUS) {
            None => false,
            Some(value) => value.as_bool().ok_or(MessageError::Member(ANONYMOUS))?,
        };
        Ok(Self {
            issuer: issuer.clone(),
            token_endpoint,
            grant_types_supported: members
                .optional_texts("grant_types_supported")?
                .unwrap_or_default(),
            token_endpoint_auth_methods_supported: members
                .optional_texts("token_endpoint_auth_methods_supported")?
                .unwrap_or_default(),
            pre_authorized_grant_anonymous_access_supported: anonymous,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn none() -> BTreeSet<String> {
        BTreeSet::new()
    }
    fn issuer() -> IssuerIdentifier {
        IssuerIdentifier::parse("https://goodair.example", &none()).unwrap()
    }
    fn entry(id: &str) -> Value {
        json!({"id": id, "format": "jwt_vc_json", "types": ["VerifiableCredential", id]})
    }
    fn metadata() -> Value {
        json!({
            "credential_issuer": "https://goodair.example",
            "credential_endpoint": "https://goodair.example/credential",
            "credentials_supported": [entry("LEARCredential"), {"format": "ldp_vc"}, {"format": "x", "id": "y"}],
            "display": [{"name": "ignored"}]
        })
    }
    fn parse(metadata: &Value) -> Result<IssuerMetadata, MetadataError> {
        IssuerMetadata::parse(&serde_json::to_vec(metadata).unwrap(), &issuer(), &none())
    }

    #[test]
    fn what_we_publish_is_read_back() {
        let ours = IssuerMetadata {
            credential_issuer: issuer(),
            credential_endpoint: Url::parse("https://goodair.example/credential").unwrap(),
            credentials_supported: vec![CredentialSupported {
                id: "LEARCredential".into(),
                format: JWT_VC_JSON.into(),
                types: vec!["VerifiableCredential".into(), "LEARCredential".into()],
                cryptographic_binding_methods_supported: vec!["did:key".into()],
                cryptographic_suites_supported: vec!["ES256".into()],
            }],
        };
        insta::assert_json_snapshot!("issuer_metadata", ours);
        assert_eq!(parse(&serde_json::to_value(&ours).unwrap()).unwrap(), ours);

        let server = AuthorizationServerMetadata::anonymous(
            issuer(),
            Url::parse("https://goodair.example/token").unwrap(),
        );
        insta::assert_json_snapshot!("authorization_server_metadata", server);
        let wire = serde_json::to_vec(&server).unwrap();
        assert_eq!(
            AuthorizationServerMetadata::parse(&wire, &issuer(), &none()).unwrap(),
            server
        );
    }

    #[test]
    fn metadata_that_names_another_issuer_is_refused() {
        assert!(parse(&metadata()).is_ok());
        for name in [
            "https://evil.example",
            "https://goodair.example/",
            "https://GOODAIR.example",
        ] {
            let mut metadata = metadata();
            metadata["credential_issuer"] = json!(name);
            assert!(matches!(parse(&metadata), Err(MetadataError::OtherIssuer(_))));
        }
        let server = json!({"issuer": "https://evil.example", "token_endpoint": "https://goodair.example/t"});
        assert!(matches!(
            AuthorizationServerMetadata::parse(&serde_json::to_vec(&server).unwrap(), &issuer(), &none()),
            Err(MetadataError::OtherIssuer(_))
        ));
    }

    #[test]
    fn a_plain_http_endpoint_is_refused() {
        let mut metadata = metadata();
        metadata["credential_endpoint"] = json!("http://goodair.example/credential");
        assert!(matches!(
            parse(&metadata),
            Err(MetadataError::Url {
                member: "credential_endpoint",
                ..
            })
        ));
    }

    #[test]
    fn entries_of_other_formats_are_left_out_and_twins_refused() {
        assert_eq!(parse(&metadata()).unwrap().credentials_supported.len(), 1);
        let mut metadata = metadata();
        metadata["credentials_supported"] = json!([entry("A"), entry("A")]);
        assert_eq!(parse(&metadata), Err(MetadataError::DuplicateId("A".into())));
    }

    #[test]
    fn the_ecosystems_list_takes_precedence_and_unknown_ids_resolve_to_nothing() {
        let issuer = parse(&metadata()).unwrap();
        let list =
            json!({"credentials_supported": [entry("LEARCredentialEmployee"), entry("LEARCredential")]});
        let ecosystem = CredentialSchemas::parse(&serde_json::to_vec(&list).unwrap()).unwrap();
        assert!(matches!(
            resolve("LEARCredential", &ecosystem, &issuer),
            Some(Resolved::Ecosystem(_))
        ));
        assert!(matches!(
            resolve("LEARCredential", &CredentialSchemas::default(), &issuer),
            Some(Resolved::Issuer(_))
        ));
        assert_eq!(resolve("Stranger", &ecosystem, &issuer), None);
    }

    #[test]
    fn anonymous_access_is_false_unless_said() {
        let server =
            json!({"issuer": "https://goodair.example", "token_endpoint": "https://goodair.example/t"});
        let read =
            AuthorizationServerMetadata::parse(&serde_json::to_vec(&server).unwrap(), &issuer(), &none())
                .unwrap();
        assert!(!read.pre_authorized_grant_anonymous_access_supported);
    }
}
