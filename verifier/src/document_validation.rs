//! Validation of seals for other verifiers, in the messages of the Commission's DSS (`/services/rest/validation`), so that
//! whoever calls such a service can call this one instead.
//!
//! Off unless it is configured, and on a listener of its own. A compact document that holds its payload is judged as the
//! seal of a credential is: by the trusted lists, with revocation and qualification, and `valid` stands for nothing less.
//! Every other form, detached signatures and the levels above B-B are validated by the anchors that the operator named
//! and by what the document brings: nothing is fetched. What cannot be found out is not valid. The caller chooses neither
//! policy nor anchors, and how many judgements are made at once is bounded.
mod request;
mod response;

use crate::{
    config::{Config, DocumentValidation},
    expectations::expectations,
    resources::Time,
};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{FromRequest as _, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use jiff::Timestamp;
use procura_ades::validation::{Anchors, Policy};
use procura_credential::{Expectations, seal::sealed};
use procura_crypto::{constant_time_eq, digest::sha256};
use procura_jades::{Report, Validation};
use procura_pki::{Anchor, Certificate};
use procura_service::{
    config::ConfigError,
    error::Problem,
    gather::Gatherer,
    request::{bearer_token, media_type},
};
use request::{Asked, DataToValidate};
use response::Reports;
use std::{collections::BTreeSet, path::Path, sync::Arc};
use tokio::sync::Semaphore;
use utoipa::OpenApi;

/// Seconds after which a caller for whom there was no place may come again.
const RETRY_AFTER: &str = "1";

/// What the endpoint works with.
#[derive(Clone)]
pub(crate) struct Service(Arc<Inner>);
struct Inner {
    gatherer: Gatherer,
    expectations: Expectations,
    anchors: Anchors,
    time: Time,
    /// SHA-256 of the bearer token, where one is configured.
    token: Option<[u8; 32]>,
    places: Arc<Semaphore>,
}

impl Service {
    pub(crate) fn new(
        config: &Config,
        own: &DocumentValidation,
        token: Option<&str>,
        gatherer: Gatherer,
        time: Time,
    ) -> Result<Self, ConfigError> {
        Ok(Self(Arc::new(Inner {
            gatherer,
            expectations: Expectations {
                profile: own.profile.into(),
                ..expectations(config, BTreeSet::new())
            },
            anchors: Anchors {
                signatures: anchors("anchors_file", own.anchors_file.as_deref())?,
                time_stamps: anchors("time_stamp_anchors_file", own.time_stamp_anchors_file.as_deref())?,
            },
            time,
            token: token.map(|token| sha256(token.as_bytes())),
            places: Arc::new(Semaphore::new(own.judgements_at_once)),
        })))
    }

    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/services/rest/validation/validateSignature", post(validate))
            .with_state(self)
    }
}

fn anchors(key: &str, file: Option<&Path>) -> Result<Vec<Anchor>, ConfigError> {
    let Some(file) = file else {
        return Ok(Vec::new());
    };
    let wrong = |problem: &dyn core::fmt::Display| {
        ConfigError::new(
            format!("document_validation.{key}"),
            format!("{}: {problem}", file.display()),
        )
    };
    let pem = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
    let certificates = Certificate::from_pem(&pem).map_err(|error| wrong(&error))?;
    if certificates.is_empty() {
        return Err(wrong(&"holds no certificate"));
    }
    Ok(certificates.into_iter().map(Anchor).collect())
}

/// The interface, described.
#[derive(Debug, OpenApi)]
#[openapi(paths(validate))]
pub(crate) struct Description;

/// Why nothing is validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    Unauthorised,
    MediaType,
    Malformed(&'static str),
    Unsupported(&'static str),
    Busy,
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
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "PRO-4044",
                "As many judgements as are made at once are being made",
                None,
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
        if self == Self::Busy {
            let seconds = HeaderValue::from_static(RETRY_AFTER);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// Validates signatures (the REST service of the Commission's DSS): JAdES of every level and serialisation. A compact
/// seal with its payload is judged by this verifier's trusted lists, anything else by its configured anchors and by what
/// the document brings. A signature that is not valid is a report with status 200.
#[utoipa::path(
    post,
    path = "/services/rest/validation/validateSignature",
    request_body = DataToValidate,
    responses(
        (status = 200, description = "The report. A document is accepted when `signaturesCount` is not 0 and equals \
            `validSignaturesCount`.", body = Reports),
        (status = 400, description = "PRO-4042: not a document to validate; PRO-4043: by digest, by a policy of the \
            caller, one of several signatures, or an original that no signature is over."),
        (status = 401, description = "PRO-4040: the bearer token is missing or wrong."),
        (status = 413, description = "PRO-9413: larger than `document_validation.body_bytes`."),
        (status = 415, description = "PRO-4041: not application/json."),
        (status = 429, description = "PRO-9429: too many requests."),
        (status = 503, description = "PRO-4044: `document_validation.judgements_at_once` are being made; PRO-9503: not \
            done within `limits.request_seconds`."),
    ),
)]
async fn validate(
    State(service): State<Service>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Refusal> {
    let inner = &service.0;
    if let Some(known) = &inner.token {
        let token = bearer_token(&headers).map_err(|_| Refusal::Unauthorised)?;
        if !constant_time_eq(&sha256(token.as_bytes()), known) {
            return Err(Refusal::Unauthorised);
        }
    }
    if media_type(&headers).as_deref() != Some("application/json") {
        return Err(Refusal::MediaType);
    }
    let place = Arc::clone(&inner.places)
        .try_acquire_owned()
        .map_err(|_| Refusal::Busy)?;
    // Nothing is kept of what a stranger sends, or somebody for whom there is no place.
    let body = match Bytes::from_request(request, &()).await {
        Ok(body) => body,
        Err(refused) => return Ok(refused.into_response()),
    };
    let asked = Asked::read(&body)?;
    let now = inner.time.now();
    let reports = if let Some(text) = asked.seal() {
        let judgement = inner
            .gatherer
            .judge(|facts| sealed(text, None, &inner.expectations, facts, now))
            .await;
        response::of_seal(&asked, judgement, inner.expectations.profile, now)
    } else if asked.could_be_signed() {
        let service = service.clone();
        let validated = tokio::task::spawn_blocking(move || {
            let report = service.0.validated(&asked, now);
            // Whoever hangs up, or has waited too long, makes no place for another before the work is done.
            drop(place);
            response::of_report(&asked, &report, now)
        });
        match validated.await {
            Ok(reports) => reports,
            Err(error) => return Ok(Problem::internal(&error).into_response()),
        }
    } else {
        // Nothing that is a signature: DSS finds none, and nobody accepts that.
        response::without_signatures(&asked, now)
    };
    let not_kept = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((not_kept, Json(reports)).into_response())
}

impl Inner {
    fn validated(&self, asked: &Asked, now: Timestamp) -> Report {
        let validation = Validation {
            rules: self.expectations.profile.into(),
            now,
            algorithms: &self.expectations.algorithms,
            policy: &Policy::default(),
            anchors: &self.anchors,
            certificates: &[],
            revocation: &[],
            objects: asked.originals(),
        };
        validation.of_bytes(asked.document())
    }
}
