//! Validation of seals for other verifiers, in the messages of the Commission's DSS (`/services/rest/validation`), so that
//! whoever calls such a service can call this one instead.
//!
//! Off unless it is configured, and on a listener of its own. A seal is judged as the seal of a credential is: by the
//! trusted lists, with revocation and qualification, and `valid` stands for nothing less. What cannot be found out is not
//! valid. The caller chooses neither policy nor anchors.
use crate::{config::Config, expectations::expectations, resources::Time};
use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use procura_credential::{
    CheckName, Expectations, Judgement, Outcome, Verdict,
    seal::{ProvenSeal, sealed},
};
use procura_crypto::{
    constant_time_eq,
    digest::{hexadecimal, sha256},
};
use procura_jades::Profile;
use procura_jose::json::{self as strict, Limits};
use procura_service::{
    error::Problem,
    gather::Gatherer,
    request::{bearer_token, media_type},
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{collections::BTreeSet, sync::Arc};
use utoipa::{OpenApi, ToSchema};

/// What the endpoint works with.
#[derive(Clone)]
pub(crate) struct Service(Arc<Inner>);
struct Inner {
    gatherer: Gatherer,
    expectations: Expectations,
    time: Time,
    /// SHA-256 of the bearer token, where one is configured.
    token: Option<[u8; 32]>,
}

impl Service {
    pub(crate) fn new(config: &Config, token: Option<&str>, gatherer: Gatherer, time: Time) -> Self {
        Self(Arc::new(Inner {
            gatherer,
            expectations: Expectations {
                profile: Profile::Strict,
                ..expectations(config, BTreeSet::new())
            },
            time,
            token: token.map(|token| sha256(token.as_bytes())),
        }))
    }

    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/services/rest/validation/validateSignature", post(validate))
            .with_state(self)
    }
}

/// The interface, described.
#[derive(Debug, OpenApi)]
#[openapi(paths(validate))]
pub(crate) struct Description;

/// `DataToValidateDTO`, as far as it is understood.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes what is read member by member")]
pub(crate) struct DataToValidate {
    /// What is validated.
    #[schema(rename = "signedDocument")]
    signed_document: RemoteDocument,
    /// Null or empty: detached signatures are not validated here.
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

/// `WSReportsDTO`: the simple report under both names that it has had, and nothing in the others' place.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reports {
    #[serde(rename = "simpleReport")]
    simple: SimpleReport,
    /// The same, spelled as DSS spells it from its schemas.
    #[serde(rename = "SimpleReport")]
    spelled: SpelledReport,
    #[serde(rename = "detailedReport")]
    detailed: Option<Value>,
    #[serde(rename = "diagnosticData")]
    diagnostic: Option<Value>,
    #[serde(rename = "validationReport")]
    validation: Option<Value>,
}

#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SimpleReport {
    document_name: String,
    validation_time: String,
    signatures_count: u32,
    valid_signatures_count: u32,
    signature_or_timestamp_or_evidence_record: Vec<Entry>,
}

#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct Entry {
    signature: Signature,
}

#[derive(Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signature {
    id: String,
    /// `TOTAL_PASSED`, `TOTAL_FAILED` or `INDETERMINATE`.
    indication: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_indication: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_time: Option<String>,
    best_signature_time: String,
    /// Which check refused, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SpelledReport {
    document_name: String,
    validation_time: String,
    signatures_count: u32,
    valid_signatures_count: u32,
    #[serde(rename = "signatureOrTimestampOrEvidenceRecord")]
    entries: Vec<SpelledEntry>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SpelledEntry {
    signature: SpelledSignature,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SpelledSignature {
    id: String,
    indication: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_indication: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_time: Option<String>,
    best_signature_time: String,
}

impl From<SimpleReport> for Reports {
    fn from(simple: SimpleReport) -> Self {
        let entries = simple.signature_or_timestamp_or_evidence_record.iter();
        let spelled = SpelledReport {
            document_name: simple.document_name.clone(),
            validation_time: simple.validation_time.clone(),
            signatures_count: simple.signatures_count,
            valid_signatures_count: simple.valid_signatures_count,
            entries: entries
                .map(|Entry { signature }| SpelledEntry {
                    signature: SpelledSignature {
                        id: signature.id.clone(),
                        indication: signature.indication,
                        sub_indication: signature.sub_indication,
                        signed_by: signature.signed_by.clone(),
                        signing_time: signature.signing_time.clone(),
                        best_signature_time: signature.best_signature_time.clone(),
                    },
                })
                .collect(),
        };
        Self {
            simple,
            spelled,
            detailed: None,
            diagnostic: None,
            validation: None,
        }
    }
}

/// Why nothing is validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Unauthorised,
    MediaType,
    Malformed(&'static str),
    Unsupported(&'static str),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, title, detail) = match self {
            Self::Unauthorised => (
                StatusCode::UNAUTHORIZED,
                "PRO-4040",
                "The bearer token is missing or wrong",
                None,
            ),
            Self::MediaType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "PRO-4041",
                "The body is not application/json",
                None,
            ),
            Self::Malformed(detail) => (
                StatusCode::BAD_REQUEST,
                "PRO-4042",
                "The body is not a document to validate",
                Some(detail),
            ),
            Self::Unsupported(detail) => (
                StatusCode::BAD_REQUEST,
                "PRO-4043",
                "That is not done here",
                Some(detail),
            ),
        };
        let problem = Problem::new(status, code, title);
        let mut response = match detail {
            Some(detail) => problem.with_detail(detail),
            None => problem,
        }
        .into_response();
        if self == Self::Unauthorised {
            let challenge = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// Validates a seal (the REST service of the Commission's DSS): compact JAdES with an attached payload, by this verifier's
/// trusted lists. A seal that is not valid is a report with status 200.
#[utoipa::path(
    post,
    path = "/services/rest/validation/validateSignature",
    request_body = DataToValidate,
    responses(
        (status = 200, description = "The report. A seal is accepted when `signaturesCount` is not 0 and equals \
            `validSignaturesCount`.", body = Reports),
        (status = 400, description = "PRO-4042: not a document to validate; PRO-4043: detached, by digest, by a policy of \
            the caller, or one of several signatures."),
        (status = 401, description = "PRO-4040: the bearer token is missing or wrong."),
        (status = 413, description = "PRO-9413: larger than `document_validation.body_bytes`."),
        (status = 415, description = "PRO-4041: not application/json."),
        (status = 429, description = "PRO-9429: too many requests."),
    ),
)]
async fn validate(
    State(service): State<Service>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let service = &service.0;
    if let Some(known) = &service.token {
        let token = bearer_token(&headers).map_err(|_| Refusal::Unauthorised)?;
        if !constant_time_eq(&sha256(token.as_bytes()), known) {
            return Err(Refusal::Unauthorised);
        }
    }
    if media_type(&headers).as_deref() != Some("application/json") {
        return Err(Refusal::MediaType);
    }
    let asked = Asked::read(&body)?;
    let now = service.time.now();
    let report = match asked.seal() {
        // Nothing that is a signature: DSS finds none, and nobody accepts that.
        None => report(&asked, now, None),
        Some(text) => {
            let judgement = service
                .gatherer
                .judge(|facts| sealed(text, None, &service.expectations, facts, now))
                .await;
            report(&asked, now, Some(signature(text, judgement, now)))
        }
    };
    let reports = (
        [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
        Json(Reports::from(report)),
    );
    Ok(reports.into_response())
}

/// Members of a request that may be null or an empty list.
const MEMBERS: [&str; 5] = [
    "originalDocuments",
    "policy",
    "evidenceRecords",
    "tokenExtractionStrategy",
    "signatureId",
];

/// What is asked for.
#[derive(Debug)]
struct Asked {
    document: Vec<u8>,
    name: String,
}

impl Asked {
    fn read(body: &[u8]) -> Result<Self, Refusal> {
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
                "tokenExtractionStrategy" if value == "NONE" => continue,
                "tokenExtractionStrategy" => {
                    Refusal::Unsupported("tokens are not given out: tokenExtractionStrategy is NONE")
                }
                "originalDocuments" => Refusal::Unsupported("detached signatures are not validated here"),
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
        Self::document(document)
    }

    fn document(document: &Map<String, Value>) -> Result<Self, Refusal> {
        let unknown = |name: &&String| !["bytes", "digestAlgorithm", "name"].contains(&name.as_str());
        if document.keys().any(|name| unknown(&name)) {
            return Err(Refusal::Malformed(
                "signedDocument has a member that is not known",
            ));
        }
        if document
            .get("digestAlgorithm")
            .is_some_and(|algorithm| !algorithm.is_null())
        {
            return Err(Refusal::Unsupported("a document is validated, not its digest"));
        }
        let name = match document.get("name") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(name)) => name.chars().take(256).collect(),
            Some(_) => return Err(Refusal::Malformed("signedDocument.name is not a string")),
        };
        let bytes = document
            .get("bytes")
            .and_then(Value::as_str)
            .and_then(|text| BASE64_STANDARD.decode(text).ok())
            .ok_or(Refusal::Malformed("signedDocument.bytes is not base64"))?;
        Ok(Self {
            document: bytes,
            name,
        })
    }

    /// The document, where it could be a signature: three parts, or JSON.
    fn seal(&self) -> Option<&str> {
        let text = core::str::from_utf8(&self.document).ok()?;
        let is_json = text.trim_start().starts_with('{');
        let is_compact = text.split('.').count() == 3;
        (is_json || is_compact).then_some(text)
    }
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn report(asked: &Asked, now: Timestamp, signature: Option<Signature>) -> SimpleReport {
    let valid = signature
        .as_ref()
        .is_some_and(|signature| signature.indication == PASSED);
    SimpleReport {
        document_name: asked.name.clone(),
        validation_time: now.to_string(),
        signatures_count: u32::from(signature.is_some()),
        valid_signatures_count: u32::from(valid),
        signature_or_timestamp_or_evidence_record: signature
            .into_iter()
            .map(|signature| Entry { signature })
            .collect(),
    }
}

const PASSED: &str = "TOTAL_PASSED";

fn signature(text: &str, judgement: Judgement<ProvenSeal>, now: Timestamp) -> Signature {
    let base = Signature {
        id: format!("S-{}", hexadecimal(&sha256(text.as_bytes())).to_ascii_uppercase()),
        indication: "INDETERMINATE",
        sub_indication: Some("TRY_LATER"),
        signed_by: None,
        signing_time: None,
        best_signature_time: now.to_string(),
        errors: Vec::new(),
    };
    match judgement {
        Judgement::Judged {
            verdict,
            proven: Some(proven),
        } if verdict.accepted() => Signature {
            indication: PASSED,
            sub_indication: None,
            signed_by: Some(proven.by.certificate.subject().label()),
            signing_time: claimed_time(text),
            ..base
        },
        Judgement::Judged { verdict, .. } => refused(&verdict, base),
        Judgement::Needs(_) => Signature {
            errors: vec!["what it takes to judge could not be found out in time".to_owned()],
            ..base
        },
    }
}

fn refused(verdict: &Verdict, base: Signature) -> Signature {
    let Some(first) = verdict.refusals().next() else {
        return base;
    };
    let (indication, sub_indication) = indication(first.name, first.outcome);
    let signer = verdict
        .checks
        .iter()
        .find(|check| check.name == CheckName::SealSignature && check.outcome == Outcome::Passed)
        .map(|check| check.object.clone())
        .filter(|object| object != "signature");
    Signature {
        indication,
        sub_indication: Some(sub_indication),
        signed_by: signer,
        errors: vec![format!(
            "{} ({}): {}",
            first.name,
            first.name.code(),
            first.detail
        )],
        ..base
    }
}

/// What EN 319 102-1 calls the refusal of a check.
fn indication(check: CheckName, outcome: Outcome) -> (&'static str, &'static str) {
    const FAILED: &str = "TOTAL_FAILED";
    const OPEN: &str = "INDETERMINATE";
    match (check, outcome) {
        (CheckName::Format, _) => (FAILED, "FORMAT_FAILURE"),
        (CheckName::SealSignature, _) => (FAILED, "SIG_CRYPTO_FAILURE"),
        (CheckName::SigningCertificate, _) => (OPEN, "NO_SIGNING_CERTIFICATE_FOUND"),
        (CheckName::Algorithm, _) => (OPEN, "CRYPTO_CONSTRAINTS_FAILURE"),
        (CheckName::SigningTime, _) => (OPEN, "SIG_CONSTRAINTS_FAILURE"),
        (CheckName::CertificateChain, Outcome::Failed) => (OPEN, "NO_CERTIFICATE_CHAIN_FOUND"),
        (CheckName::CertificateValidity, _) => (OPEN, "OUT_OF_BOUNDS_NO_POE"),
        (CheckName::Revocation, Outcome::Failed) => (OPEN, "REVOKED_NO_POE"),
        (_, Outcome::Unknown) => (OPEN, "TRY_LATER"),
        _ => (OPEN, "CHAIN_CONSTRAINTS_FAILURE"),
    }
}

/// `iat` of a header whose signature was proven.
fn claimed_time(text: &str) -> Option<String> {
    let header = procura_jose::base64url::decode(text.split('.').next()?)?;
    let header: Value = serde_json::from_slice(&header).ok()?;
    let at = Timestamp::from_second(header.get("iat")?.as_i64()?).ok()?;
    Some(at.to_string())
}
