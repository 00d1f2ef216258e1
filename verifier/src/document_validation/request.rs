//! What a caller asks for.
use super::Refusal;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use procura_jades::{Document, Objects, document::Transmitted};
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
}

/// What the signatures of a document are over, beside what stands in it.
#[derive(Default)]
struct Uses {
    is_readable: bool,
    /// Whether one is over a payload that is detached without a name.
    payload: bool,
    uris: Vec<String>,
}

impl Uses {
    fn of(document: &[u8]) -> Self {
        let Ok(document) = Document::read(document) else {
            return Self::default();
        };
        let Ok(signatures) = document.signatures.into_iter().collect::<Result<Vec<_>, _>>() else {
            return Self::default();
        };
        let without_name = |one: &Transmitted| {
            one.signed.detached.is_none() && one.payload.as_ref().is_none_or(|payload| payload.is_empty())
        };
        Self {
            is_readable: true,
            payload: signatures.iter().any(without_name),
            uris: signatures
                .iter()
                .flat_map(|one| one.signed.object_uris())
                .collect(),
        }
    }

    /// The URI by which a signature refers to what was brought, as the signature writes it.
    fn uri_of(&self, brought: Option<&Objects>) -> Option<String> {
        let mut uris = self.uris.iter();
        uris.find(|uri| brought.is_some_and(|one| one.get(uri).is_some()))
            .cloned()
    }

    fn names_one_of(&self, brought: &Objects) -> bool {
        self.uri_of(Some(brought)).is_some()
    }
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
        };
        match object.get("originalDocuments") {
            None | Some(Value::Null) => {}
            Some(Value::Array(originals)) => asked.bring(originals)?,
            Some(_) => return Err(Refusal::Malformed("originalDocuments is not a list")),
        }
        Ok(asked)
    }

    /// Brings the originals, each of which some signature has to use: a caller who believes that one was validated must
    /// not hear of a signature over something else.
    fn bring(&mut self, originals: &[Value]) -> Result<(), Refusal> {
        let uses = Uses::of(&self.document);
        for original in originals {
            let original = original.as_object().ok_or(Refusal::Malformed(
                "originalDocuments holds something else than documents",
            ))?;
            let (name, octets) = remote(original)?;
            let is_lone = originals.len() == 1;
            let mut objects = core::mem::take(&mut self.originals);
            let is_known = name.as_deref().is_some_and(|name| objects.get(name).is_some());
            if is_known || (name.is_none() && !is_lone) {
                return Err(Refusal::Malformed(
                    "of several originalDocuments each has a name of its own, by which the signature refers to it",
                ));
            }
            let named = name.map(|name| Objects::default().with(&name, octets.clone()));
            let is_named = named.as_ref().is_some_and(|one| uses.names_one_of(one));
            // A payload that is detached without a name may have one here all the same.
            let is_payload = is_lone && uses.payload;
            if !is_named && !is_payload && uses.is_readable {
                return Err(Refusal::Unsupported(
                    "no signature refers to one of originalDocuments: they are for detached signatures",
                ));
            }
            if is_payload {
                objects = objects.with_payload(octets.clone());
            }
            self.originals = match uses.uri_of(named.as_ref()) {
                Some(uri) => objects.with(&uri, octets),
                None => objects,
            };
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
