//! Participants and issuers.
use super::Ecosystem;
use crate::world::{Permission, Registry, folder};
use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::StatusCode;
use procura_crypto::digest::sha256;
use procura_service::error::Problem;
use serde_json::{Value, json};

/// A participant as DID document (DOME document §3.3.4.4, step 12).
#[utoipa::path(
    get,
    path = "/api/did/v1/identifiers/{did}",
    params(("did" = String, Path, description = "DID of the participant.", example = "did:elsi:VATES-12345678")),
    responses(
        (status = 200, description = "DID document with `active`.", content_type = "application/json"),
        (status = 404, description = "Not registered."),
        (status = 503, description = "PRO-9601: the registry cannot be read now."),
    ),
)]
pub(super) async fn participant(State(ecosystem): State<Ecosystem>, Path(did): Path<String>) -> Response {
    let registry = match registry(&ecosystem) {
        Ok(registry) => registry,
        Err(unavailable) => return *unavailable,
    };
    match registry.participant(&did) {
        Some(participant) => Json(json!({
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": participant.did,
            "name": participant.name,
            "active": participant.active,
        }))
        .into_response(),
        None => Problem::not_found().into_response(),
    }
}
/// An issuer in the shape of the EBSI Trusted Issuers Registry, version 4.
#[utoipa::path(
    get,
    path = "/v4/issuers/{did}",
    params(("did" = String, Path, description = "DID of the issuer.", example = "did:elsi:VATES-12345678")),
    responses(
        (status = 200, description = "`did` and `attributes`.", content_type = "application/json"),
        (status = 404, description = "Not registered."),
        (status = 503, description = "PRO-9601: the registry cannot be read now."),
    ),
)]
pub(super) async fn issuer(State(ecosystem): State<Ecosystem>, Path(did): Path<String>) -> Response {
    let registry = match registry(&ecosystem) {
        Ok(registry) => registry,
        Err(unavailable) => return *unavailable,
    };
    match registry.issuer(&did) {
        Some(issuer) => {
            let attributes: Vec<_> = issuer.credentials.iter().map(attribute).collect();
            Json(json!({ "did": issuer.did, "attributes": attributes })).into_response()
        }
        None => Problem::not_found().into_response(),
    }
}
fn attribute(permission: &Permission) -> Value {
    let mut valid_for = serde_json::Map::new();
    if let Some(from) = permission.from {
        valid_for.insert("from".to_owned(), json!(from));
    }
    if let Some(to) = permission.to {
        valid_for.insert("to".to_owned(), json!(to));
    }
    let body = json!({ "validFor": valid_for, "credentialsType": permission.credential_type, "claims": [] });
    let body = STANDARD.encode(body.to_string());
    json!({
        "hash": STANDARD.encode(sha256(body.as_bytes())),
        "body": body,
        "issuerType": "Undefined",
        "tao": "",
        "rootTao": "",
    })
}
/// The registry as the file says now.
fn registry(ecosystem: &Ecosystem) -> Result<Registry, Box<Response>> {
    folder::load_registry(&ecosystem.0.folder).map_err(|error| {
        tracing::error!(%error, "the registry cannot be read");
        let problem = Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "PRO-9601",
            "The registry cannot be read now",
        );
        Box::new(problem.into_response())
    })
}
