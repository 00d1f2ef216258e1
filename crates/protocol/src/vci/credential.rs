//! The credential endpoint (DOME document §3.3.3.7).
use super::{Members, MessageError};
use crate::Secret;
use procura_jose::json::{self, Limits};
use serde_json::{Map, Value, json};

/// The only credential format of the profile.
pub const JWT_VC_JSON: &str = "jwt_vc_json";

/// A credential request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRequest {
    /// `format`, not yet judged.
    pub format: String,
    /// `types`, or the types of `credential_definition`; absent means the type that the token is for.
    pub types: Option<Vec<String>>,
    /// `proof`.
    pub proof: ProofParameter,
}
/// The parameter `proof`. What is wrong with it is answered with `invalid_or_missing_proof`, not as a malformed
/// request, so that the wallet gets its nonce.
#[derive(Clone, PartialEq, Eq)]
pub enum ProofParameter {
    /// Absent.
    Missing,
    /// No object, or without a `jwt` of the type `jwt`.
    Malformed(&'static str),
    /// A proof of the type `jwt`.
    Jwt(String),
}
impl core::fmt::Debug for ProofParameter {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing",
            Self::Malformed(_) => "Malformed",
            Self::Jwt(_) => "Jwt(..)",
        })
    }
}
impl ProofParameter {
    fn read(value: Option<&Value>) -> Self {
        let Some(value) = value else { return Self::Missing };
        let Some(proof) = value.as_object() else {
            return Self::Malformed("proof is not an object");
        };
        match proof.get("proof_type").and_then(Value::as_str) {
            Some("jwt") => {}
            Some(_) => return Self::Malformed("proof_type is not jwt"),
            None => return Self::Malformed("proof_type is missing"),
        }
        match proof.get("jwt").and_then(Value::as_str) {
            Some(jwt) => Self::Jwt(jwt.to_owned()),
            None => Self::Malformed("jwt is missing"),
        }
    }
}
impl CredentialRequest {
    /// Reads a JSON body: bounded in size and depth, no member twice, unknown members ignored.
    pub fn parse(body: &[u8]) -> Result<Self, MessageError> {
        let object = json::parse_object(
            body,
            Limits {
                size: 64 * 1024,
                depth: 16,
            },
        )?;
        let format = Members(&object).text("format")?.to_owned();
        let types = Members(&object).optional_texts("types")?;
        let defined = match object.get("credential_definition") {
            None => None,
            Some(Value::Object(definition)) => definition_types(definition)?,
            Some(_) => return Err(MessageError::Member("credential_definition")),
        };
        let types = match (types, defined) {
            (Some(a), Some(b)) if a != b => {
                return Err(MessageError::Value(
                    "types",
                    "they differ from those of credential_definition",
                ));
            }
            (Some(types), _) | (None, Some(types)) => Some(types),
            (None, None) => None,
        };
        Ok(Self {
            format,
            types,
            proof: ProofParameter::read(object.get("proof")),
        })
    }
    /// The JSON form of a request with a proof.
    #[must_use]
    pub fn to_json(types: Option<&[String]>, proof_jwt: &str) -> Value {
        let mut request = json!({
            "format": JWT_VC_JSON,
            "proof": { "proof_type": "jwt", "jwt": proof_jwt },
        });
        if let (Some(types), Some(request)) = (types, request.as_object_mut()) {
            request.insert("types".to_owned(), json!(types));
        }
        request
    }
}
/// `type` and `types` are both met inside of `credential_definition`.
fn definition_types(definition: &Map<String, Value>) -> Result<Option<Vec<String>>, MessageError> {
    let members = Members(definition);
    match members.optional_texts("type")? {
        Some(types) => Ok(Some(types)),
        None => members.optional_texts("types"),
    }
}

/// A credential response; to be sent with `Cache-Control: no-store`.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialResponse {
    /// The compact credential.
    pub credential: String,
    /// A fresh nonce and its life-time in seconds.
    pub c_nonce: Option<(Secret, u64)>,
}
impl core::fmt::Debug for CredentialResponse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("CredentialResponse(..)")
    }
}
impl CredentialResponse {
    /// Its JSON form.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut response = json!({ "format": JWT_VC_JSON, "credential": self.credential });
        if let (Some((nonce, seconds)), Some(response)) = (&self.c_nonce, response.as_object_mut()) {
            response.insert("c_nonce".to_owned(), json!(nonce.expose()));
            response.insert("c_nonce_expires_in".to_owned(), json!(seconds));
        }
        response
    }
    /// Reads an answer; a format other than `jwt_vc_json` and a credential that is no string are refused.
    pub fn parse(body: &[u8]) -> Result<Self, MessageError> {
        let object = json::parse_object(
            body,
            Limits {
                size: 512 * 1024,
                depth: 8,
            },
        )?;
        let members = Members(&object);
        if members.text("format")? != JWT_VC_JSON {
            return Err(MessageError::Value("format", "jwt_vc_json is expected"));
        }
        let c_nonce = match (
            members.optional_text("c_nonce")?,
            members.optional_seconds("c_nonce_expires_in")?,
        ) {
            (Some(nonce), Some(seconds)) => Some((Secret::new(nonce), seconds)),
            _ => None,
        };
        Ok(Self {
            credential: members.text("credential")?.to_owned(),
            c_nonce,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(request: &Value) -> Result<CredentialRequest, MessageError> {
        CredentialRequest::parse(&serde_json::to_vec(request).unwrap())
    }

    #[test]
    fn what_a_wallet_sends_is_read_back() {
        let types = vec!["VerifiableCredential".to_owned(), "LEARCredential".to_owned()];
        let wire = CredentialRequest::to_json(Some(&types), "a.b.c");
        insta::assert_json_snapshot!("credential_request", wire);
        assert_eq!(
            parse(&wire).unwrap(),
            CredentialRequest {
                format: JWT_VC_JSON.into(),
                types: Some(types),
                proof: ProofParameter::Jwt("a.b.c".into())
            }
        );
        assert_eq!(
            parse(&CredentialRequest::to_json(None, "a.b.c")).unwrap().types,
            None
        );
    }

    #[test]
    fn types_may_stand_in_credential_definition() {
        for name in ["type", "types"] {
            let request = json!({"format": "jwt_vc_json", "credential_definition": {name: ["A"]}});
            assert_eq!(parse(&request).unwrap().types, Some(vec!["A".into()]));
        }
        let request =
            json!({"format": "jwt_vc_json", "types": ["B"], "credential_definition": {"type": ["A"]}});
        assert!(matches!(parse(&request), Err(MessageError::Value("types", _))));
    }

    #[test]
    fn a_missing_or_malformed_proof_is_told_apart_from_a_malformed_request() {
        assert_eq!(
            parse(&json!({"format": "x"})).unwrap().proof,
            ProofParameter::Missing
        );
        for proof in [
            json!("x"),
            json!({}),
            json!({"proof_type": "jwt"}),
            json!({"proof_type": "ldp", "jwt": "x"}),
        ] {
            assert!(matches!(
                parse(&json!({"format": "x", "proof": proof})).unwrap().proof,
                ProofParameter::Malformed(_)
            ));
        }
        assert_eq!(parse(&json!({"proof": {}})), Err(MessageError::Member("format")));
    }

    #[test]
    fn responses_are_read_back() {
        let response = CredentialResponse {
            credential: "a.b.c".into(),
            c_nonce: Some((Secret::new("fGFF7UkhLa"), 300)),
        };
        insta::assert_json_snapshot!("credential_response", response.to_json());
        assert_eq!(
            CredentialResponse::parse(&serde_json::to_vec(&response.to_json()).unwrap()).unwrap(),
            response
        );
        for wrong in [
            json!({"format": "ldp_vc", "credential": "a"}),
            json!({"format": "jwt_vc_json", "credential": {}}),
            json!({"format": "jwt_vc_json"}),
        ] {
            assert!(CredentialResponse::parse(&serde_json::to_vec(&wrong).unwrap()).is_err());
        }
    }
}
