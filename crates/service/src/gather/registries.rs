//! What registries answer.
//!
//! Participants: `GET {base}/api/did/v1/identifiers/{did}`. Issuers: `GET {base}/v4/issuers/{did}` (EBSI Trusted Issuers
//! Registry, v4), whose attributes are base64 of JSON, or the JSON itself.
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use jiff::Timestamp;
use procura_credential::facts::IssuerRegistration;
use procura_did::Did;
use procura_jose::json::{self, Limits};
use serde_json::{Map, Value};
use url::Url;

/// Where the registries are.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registries {
    /// Base URLs of participant registries: `{base}/api/did/v1/identifiers/{did}`.
    pub participants: Vec<Url>,
    /// Base URLs of issuer registries (EBSI v4): `{base}/v4/issuers/{did}`.
    pub issuers: Vec<Url>,
}

const LIMITS: Limits = Limits {
    size: 1024 * 1024,
    depth: 32,
};

/// `{base}/{segments…}`, each segment percent-encoded.
pub(super) fn below(base: &Url, segments: &[&str]) -> Option<Url> {
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
    Some(url)
}

/// Whether a participant is active; an answer about somebody else, or one that does not say, is no answer.
pub(super) fn participant(did: &Did, body: &[u8]) -> Result<bool, String> {
    let answer = object(body)?;
    if answer.get("id").and_then(Value::as_str) != Some(did.as_str()) {
        return Err("the registry answered about another identifier".into());
    }
    let said = ["active", "status"]
        .into_iter()
        .filter_map(|name| answer.get(name))
        .map(|value| match value {
            Value::Bool(active) => Some(*active),
            Value::String(text) => match text.to_ascii_lowercase().as_str() {
                "active" | "true" | "yes" => Some(true),
                "inactive" | "suspended" | "revoked" | "false" | "no" => Some(false),
                _ => None,
            },
            _ => None,
        });
    // Where both are said, both must say yes.
    said.reduce(|a, b| Some(a? && b?))
        .flatten()
        .ok_or_else(|| "the registry does not say whether it is active".into())
}

/// For which types an issuer may issue. Attributes of other kinds are passed over; so are those restricted by `claims`,
/// whose restrictions are not evaluated here, and those whose validity cannot be read: none of them grants anything.
pub(super) fn issuer(did: &Did, body: &[u8]) -> Result<Vec<IssuerRegistration>, String> {
    let answer = object(body)?;
    if answer.get("did").and_then(Value::as_str) != Some(did.as_str()) {
        return Err("the registry answered about another identifier".into());
    }
    let attributes = answer
        .get("attributes")
        .and_then(Value::as_array)
        .ok_or("the registry's answer has no attributes")?;
    Ok(attributes
        .iter()
        .filter_map(|attribute| registration(attribute.get("body")?))
        .collect())
}

fn registration(body: &Value) -> Option<IssuerRegistration> {
    let decoded;
    let body = match body {
        Value::Object(body) => body,
        Value::String(encoded) => {
            decoded = json::parse_object(&base64(encoded)?, LIMITS).ok()?;
            &decoded
        }
        _ => return None,
    };
    if body
        .get("claims")
        .is_some_and(|claims| claims.as_array().is_none_or(|claims| !claims.is_empty()))
    {
        return None;
    }
    let time = |name: &str| -> Option<Option<Timestamp>> {
        match body.get("validFor").and_then(|validity| validity.get(name)) {
            None | Some(Value::Null) => Some(None),
            Some(value) => value.as_str()?.parse().ok().map(Some),
        }
    };
    Some(IssuerRegistration {
        credential_type: body.get("credentialsType")?.as_str()?.to_owned(),
        from: time("from")?,
        to: time("to")?,
    })
}

fn object(body: &[u8]) -> Result<Map<String, Value>, String> {
    json::parse_object(body, LIMITS).map_err(|e| format!("the registry's answer: {e}"))
}

/// Registries write either alphabet, padded or not.
fn base64(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let standard = GeneralPurpose::new(&alphabet::STANDARD, config);
    let url_safe = GeneralPurpose::new(&alphabet::URL_SAFE, config);
    standard.decode(text).or_else(|_| url_safe.decode(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn did() -> Did {
        Did::parse("did:elsi:VATES-12345678").unwrap()
    }

    fn is_participant(answer: &Value) -> Result<bool, String> {
        participant(&did(), answer.to_string().as_bytes())
    }

    #[test]
    fn a_participant_is_active_when_the_registry_says_so_about_this_identifier() {
        let id = did().to_string();
        assert_eq!(is_participant(&json!({"id": id, "active": true})), Ok(true));
        assert_eq!(is_participant(&json!({"id": id, "active": "yes"})), Ok(true));
        assert_eq!(is_participant(&json!({"id": id, "status": "ACTIVE"})), Ok(true));
        assert_eq!(is_participant(&json!({"id": id, "active": false})), Ok(false));
        assert_eq!(
            is_participant(&json!({"id": id, "active": true, "status": "suspended"})),
            Ok(false)
        );
        for unclear in [
            json!({"id": "did:elsi:VATES-87654321", "active": true}),
            json!({"active": true}),
            json!({"id": id}),
            json!({"id": id, "active": 1}),
            json!({"id": id, "active": true, "status": "perhaps"}),
            json!([]),
        ] {
            assert!(is_participant(&unclear).is_err(), "{unclear}");
        }
    }

    #[test]
    fn an_issuer_may_issue_what_its_readable_unrestricted_attributes_say() {
        let encoded = |body: Value| json!({"body": base64::engine::general_purpose::STANDARD.encode(body.to_string()), "hash": "x"});
        let answer = json!({"did": did().to_string(), "attributes": [
            encoded(json!({"credentialsType": "LEARCredential", "claims": [],
                "validFor": {"from": "2026-01-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}})),
            {"body": {"credentialsType": "LEARCredentialEmployee"}},
            encoded(json!({"credentialsType": "Restricted", "claims": [{"path": "$.x", "allowedValues": ["y"]}]})),
            encoded(json!({"credentialsType": "Unreadable", "validFor": {"to": "someday"}})),
            encoded(json!({"accreditation": "of another kind"})),
            {"body": "eyJhbGciOi.not.base64"},
        ]});
        let registered = issuer(&did(), answer.to_string().as_bytes()).unwrap();
        let time = |text: &str| Some(text.parse().unwrap());
        assert_eq!(
            registered,
            [
                IssuerRegistration {
                    credential_type: "LEARCredential".into(),
                    from: time("2026-01-01T00:00:00Z"),
                    to: time("2027-01-01T00:00:00Z"),
                },
                IssuerRegistration {
                    credential_type: "LEARCredentialEmployee".into(),
                    from: None,
                    to: None
                },
            ]
        );
        let other = json!({"did": "did:elsi:VATES-87654321", "attributes": []});
        assert!(issuer(&did(), other.to_string().as_bytes()).is_err());
        assert!(issuer(&did(), json!({"did": did().to_string()}).to_string().as_bytes()).is_err());
    }

    #[test]
    fn an_identifier_is_one_segment_of_the_path() {
        let base = "https://registry.example/base/".parse().unwrap();
        let url = below(&base, &["v4", "issuers", "did:elsi:A/../B?c#d%2F"]).unwrap();
        assert_eq!(
            url.as_str(),
            "https://registry.example/base/v4/issuers/did:elsi:A%2F..%2FB%3Fc%23d%252F"
        );
    }
}
