//! What the ecosystem publishes.
use super::Ecosystem;
use crate::world::{Ca, ListFile, WorldError};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use procura_credential::schema;
use procura_crypto::digest::sha256;
use procura_jose::base64url;
use procura_service::error::Problem;

/// The Trusted Credential Schemas List.
const SCHEMAS: &str = include_str!("../../../../fixtures/schemas/trusted-credential-schemas.json");
const ROLES_AND_DUTIES: &str = include_str!("../../../../fixtures/roles-and-duties/6484994n4r9e990494.json");

/// The list of trusted lists (ETSI TS 119 612).
#[utoipa::path(
    get,
    path = "/lotl.xml",
    responses(
        (status = 200, description = "The list of trusted lists (ETSI TS 119 612).", content_type = "application/vnd.etsi.tsl+xml"),
        (status = 304, description = "The caller has it already."),
    ),
)]
pub(super) async fn lotl(State(ecosystem): State<Ecosystem>, headers: HeaderMap) -> Response {
    list(&ecosystem, ListFile::Lotl, &headers)
}
/// The German trusted list (ETSI TS 119 612).
#[utoipa::path(
    get,
    path = "/tl/DE.xml",
    responses(
        (status = 200, description = "The German trusted list (ETSI TS 119 612).", content_type = "application/vnd.etsi.tsl+xml"),
        (status = 304, description = "The caller has it already."),
    ),
)]
pub(super) async fn german_list(State(ecosystem): State<Ecosystem>, headers: HeaderMap) -> Response {
    list(&ecosystem, ListFile::German, &headers)
}
fn list(ecosystem: &Ecosystem, list: ListFile, headers: &HeaderMap) -> Response {
    let world = ecosystem.world();
    found(
        world.list(list).map(<[u8]>::to_vec),
        "application/vnd.etsi.tsl+xml",
        headers,
    )
}
/// The CRL of an authority (RFC 5280).
#[utoipa::path(
    get,
    path = "/crl/{file}",
    params(("file" = String, Path, description = "Name of the authority and .crl.", example = "realtruth-root.crl")),
    responses(
        (status = 200, description = "The CRL of an authority (RFC 5280).", content_type = "application/pkix-crl"),
        (status = 304, description = "The caller has it already."),
        (status = 404, description = "There is none of this name."),
    ),
)]
pub(super) async fn crl(
    State(ecosystem): State<Ecosystem>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(ca) = file.strip_suffix(".crl").and_then(Ca::from_stem) else {
        return Problem::not_found().into_response();
    };
    found(
        ecosystem.world().crl(ca).map(<[u8]>::to_vec),
        "application/pkix-crl",
        &headers,
    )
}
/// The certificate of an authority (RFC 5280).
#[utoipa::path(
    get,
    path = "/ca/{file}",
    params(("file" = String, Path, description = "Name of the authority and .cer.", example = "realtruth-root.cer")),
    responses(
        (status = 200, description = "The certificate of an authority (RFC 5280).", content_type = "application/pkix-cert"),
        (status = 304, description = "The caller has it already."),
        (status = 404, description = "There is none of this name."),
    ),
)]
pub(super) async fn authority(
    State(ecosystem): State<Ecosystem>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(ca) = file.strip_suffix(".cer").and_then(Ca::from_stem) else {
        return Problem::not_found().into_response();
    };
    found(
        ecosystem.world().authority(ca).map(<[u8]>::to_vec),
        "application/pkix-cert",
        &headers,
    )
}
/// The status list of the sample credentials (W3C Bitstring Status List 1.0), sealed.
#[utoipa::path(
    get,
    path = "/status/samples",
    responses(
        (status = 200, description = "The status list of the sample credentials (W3C Bitstring Status List 1.0), sealed.", content_type = "application/vc+jwt"),
    ),
)]
pub(super) async fn status_list(State(ecosystem): State<Ecosystem>) -> Response {
    match ecosystem.world().status_list(ecosystem.now()) {
        Ok(list) => ([(header::CONTENT_TYPE, "application/vc+jwt")], list).into_response(),
        Err(error) => Problem::internal(&error).into_response(),
    }
}
/// The Trusted Credential Schemas List.
#[utoipa::path(
    get,
    path = "/schemas",
    responses(
        (status = 200, description = "The Trusted Credential Schemas List.", content_type = "application/json"),
    ),
)]
pub(super) async fn schemas() -> Response {
    json(SCHEMAS)
}
/// A JSON Schema.
#[utoipa::path(
    get,
    path = "/schemas/{file}",
    params(("file" = String, Path, description = "Name of the schema and .json.", example = "learcredential.json")),
    responses(
        (status = 200, description = "A JSON Schema.", content_type = "application/schema+json"),
        (status = 404, description = "There is none of this name."),
    ),
)]
pub(super) async fn schema(Path(file): Path<String>) -> Response {
    let name = file.strip_suffix(".json").unwrap_or_default();
    match schema::PUBLISHED.iter().find(|published| published.name == name) {
        Some(published) => (
            [(header::CONTENT_TYPE, "application/schema+json")],
            published.text,
        )
            .into_response(),
        None => Problem::not_found().into_response(),
    }
}
/// What a LEARCredential refers to.
#[utoipa::path(
    get,
    path = "/lear/v1/{id}",
    params(("id" = String, Path, description = "Id of the document.", example = "6484994n4r9e990494")),
    responses(
        (status = 200, description = "What a LEARCredential refers to.", content_type = "application/json"),
        (status = 404, description = "There is none of this name."),
    ),
)]
pub(super) async fn roles_and_duties(Path(id): Path<String>) -> Response {
    match id.as_str() {
        "6484994n4r9e990494" => json(ROLES_AND_DUTIES),
        _ => Problem::not_found().into_response(),
    }
}
fn json(text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
/// The bytes with their digest as entity tag; 304 where the caller has them already.
fn found(bytes: Result<Vec<u8>, WorldError>, content_type: &'static str, headers: &HeaderMap) -> Response {
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    let tag = format!("\"{}\"", base64url::encode(&sha256(&bytes)));
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let entity = [(header::ETAG, tag)];
    if known {
        return (StatusCode::NOT_MODIFIED, entity).into_response();
    }
    (entity, [(header::CONTENT_TYPE, content_type)], bytes).into_response()
}
