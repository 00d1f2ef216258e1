//! What a caller asks for.
use super::Refusal;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_jades::Objects;
use procura_jose::json::{self as strict, Limits};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// `DataToValidateDTO`, as far as it is understood.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is read member by member")]
pub(crate) struct DataToValidate {
    /// What is validated.
    #[schema(rename = "signedDocument")]
    signed_document: RemoteDocument,
    /// What a detached signature is over: each by the name by which the signature refers to it, a lone payload without.
    #[schema(rename = "originalDocuments")]
    original_documents: Option<Vec<RemoteDocument>>,
    /// Null: the policy is the operator's.
    policy: Option<RemoteDocument>,
    /// Null or empty.
    #[schema(rename = "evidenceRecords")]
    evidence_records: Option<Vec<RemoteDocument>>,
    /// Null or `NONE`: tokens are not given out.
    #[schema(rename = "tokenExtractionStrategy")]
    token_extraction_strategy: Option<String>,
    /// Null: every signature is validated.
    #[schema(rename = "signatureId")]
    signature_id: Option<String>,
}

/// `RemoteDocument`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is read member by member")]
pub(crate) struct RemoteDocument {
    /// The document in base64.
    bytes: String,
    /// Null: what is validated is a document, not its digest.
    #[schema(rename = "digestAlgorithm")]
    digest_algorithm: Option<String>,
    /// Its name, which is repeated in the report.
    name: Option<String>,
}

/// Members of a request that may be null or an empty list.
const MEMBERS: [&str; 5] = [
    "originalDocuments",
    "policy",
    "evidenceRecords",
    "tokenExtractionStrategy",
    "signatureId",
];
/// Characters of a name.
const LONGEST_NAME: usize = 4096;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    document: Vec<u8>,
    name: String,
    originals: Objects,
    has_originals: bool,
}

impl Asked {
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let malformed = Refusal::Malformed("it is not strict JSON with known members");
        // The body's size was limited before it was read.
        let limits = Limits {
            size: body.len(),
            depth: 8,
        };
        let object = strict::parse_object(body, limits).map_err(|_| malformed)?;
        for (name, value) in &object {
            if name == "signedDocument" || is_nothing(value) && MEMBERS.contains(&name.as_str()) {
                continue;
            }
            return Err(match name.as_str() {
                "originalDocuments" => continue,
                "tokenExtractionStrategy" if value == "NONE" => continue,
                "tokenExtractionStrategy" => {
                    Refusal::Unsupported("tokens are not given out: tokenExtractionStrategy is NONE")
                }
                "policy" => Refusal::Unsupported("the policy is the operator's, not the caller's"),
                "evidenceRecords" => Refusal::Unsupported("evidence records are not validated here"),
                "signatureId" => Refusal::Unsupported("every signature is validated, never one of several"),
                _ => malformed,
            });
        }
        let document = object
            .get("signedDocument")
            .and_then(Value::as_object)
            .ok_or(Refusal::Malformed("signedDocument is missing"))?;
        let (name, document) = remote(document)?;
        let mut asked = Self {
            document,
            name: name.unwrap_or_default(),
            originals: Objects::default(),
            has_originals: false,
        };
        match object.get("originalDocuments") {
            None | Some(Value::Null) => {}
            Some(Value::Array(originals)) => asked.bring(originals)?,
            Some(_) => return Err(Refusal::Malformed("originalDocuments is not a list")),
        }
        Ok(asked)
    }

    fn bring(&mut self, originals: &[Value]) -> Result<(), Refusal> {
        for original in originals {
            let original = original.as_object().ok_or(Refusal::Malformed(
                "originalDocuments holds something else than documents",
            ))?;
            let (name, octets) = remote(original)?;
            let mut objects = core::mem::take(&mut self.originals);
            // A payload that is detached without a name may have one here all the same.
            if originals.len() == 1 {
                objects = objects.with_payload(octets.clone());
            }
            self.originals = match name {
                Some(name) => objects.with(&name, octets),
                None if originals.len() == 1 => objects,
                None => {
                    return Err(Refusal::Malformed(
                        "of several originalDocuments each has the name by which the signature refers to it",
                    ));
                }
            };
            self.has_originals = true;
        }
        Ok(())
    }

    pub(super) fn document(&self) -> &[u8] {
        &self.document
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn originals(&self) -> &Objects {
        &self.originals
    }

    pub(super) fn has_originals(&self) -> bool {
        self.has_originals
    }

    /// The document, where it is compact and holds its payload: the form of a credential's seal.
    pub(super) fn seal(&self) -> Option<&str> {
        let text = core::str::from_utf8(&self.document).ok()?;
        let mut parts = text.split('.');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(payload), Some(_), None) if !is_json(text) && !payload.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether it could be a signature: three parts, or JSON.
    pub(super) fn could_be_signed(&self) -> bool {
        core::str::from_utf8(&self.document).is_ok_and(|text| is_json(text) || text.split('.').count() == 3)
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// Name and octets of a `RemoteDocument`.
fn remote(document: &Map<String, Value>) -> Result<(Option<String>, Vec<u8>), Refusal> {
    let unknown = |name: &&String| !["bytes", "digestAlgorithm", "name"].contains(&name.as_str());
    if document.keys().any(|name| unknown(&name)) {
        return Err(Refusal::Malformed("a document has a member that is not known"));
    }
    if document
        .get("digestAlgorithm")
        .is_some_and(|algorithm| !algorithm.is_null())
    {
        return Err(Refusal::Unsupported("a document is validated, not its digest"));
    }
    let name = match document.get("name") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) if name.len() <= LONGEST_NAME => Some(name.clone()),
        Some(_) => {
            return Err(Refusal::Malformed(
                "a document's name is not a string of at most 4096 octets",
            ));
        }
    };
    let bytes = document
        .get("bytes")
        .and_then(Value::as_str)
        .and_then(|text| BASE64_STANDARD.decode(text).ok())
        .ok_or(Refusal::Malformed("the bytes of a document are not base64"))?;
    Ok((name, bytes))
}
