//! The routes, and their description.

use crate::{answer, document_validation, login, metadata, pages, request, resources::Resources};
use axum::{
    Router,
    routing::{get, post},
};
use procura_service::shell::openapi::{with_health, with_metrics};
use utoipa::OpenApi;

/// Every route of the verifier but health and metrics.
pub fn router(resources: Resources) -> Router {
    Router::new()
        .route("/login", get(login::begin))
        .route("/login/status", get(login::status))
        .route("/assets/login.css", get(pages::style))
        .route("/assets/login.js", get(pages::script))
        .route("/authorization-requests", get(request::get))
        .route("/authentication-requests", get(request::get))
        .route("/api/authentication_response", post(answer::post))
        .route("/.well-known/oauth-authorization-server", get(metadata::metadata))
        .route("/.well-known/openid-configuration", get(metadata::metadata))
        .route("/jwks", get(metadata::jwks))
        .with_state(resources)
}

/// The interface, described.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Procura verifier",
        description = "Asks wallets for a mandate, judges what they present, and mints RFC 9068 access tokens for relying \
                       parties. /authentication-requests answers as /authorization-requests does.",
        license(name = "Apache-2.0")
    ),
    paths(
        login::begin,
        login::status,
        request::get,
        answer::post,
        metadata::metadata,
        metadata::jwks
    )
)]
pub struct Description;

/// Paths that answer as another one does.
const ALIASES: [(&str, &str); 2] = [
    ("/authentication-requests", "/authorization-requests"),
    (
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ),
];

/// The `OpenAPI` document, as committed in `verifier/openapi.json`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Description::openapi();
    document.merge(document_validation::Description::openapi());
    for (alias, path) in ALIASES {
        let Some(mut item) = document.paths.paths.get(path).cloned() else {
            continue;
        };
        if let Some(operation) = &mut item.get {
            // Ids are unique in a document.
            operation.operation_id = Some(alias.trim_start_matches("/.well-known/").replace('/', ""));
        }
        document.paths.paths.insert(alias.to_owned(), item);
    }
    with_metrics(with_health(document))
}
