//! The routes and their description.

use crate::{accounts, holding, receipt, request, resources::Resources};
use axum::{
    Router,
    routing::{delete, get, post},
};
use procura_service::shell::openapi::{with_health, with_metrics};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

/// The wallet's routes; the shell around them is the caller's.
pub fn router(resources: Resources) -> Router {
    Router::new()
        .route("/api/v1/accounts", post(accounts::open))
        .route("/api/v1/sessions/current", delete(accounts::close))
        .route("/api/v1/offers", post(receipt::look))
        .route("/api/v1/offers/{id}/accept", post(receipt::accept))
        .route("/api/v1/credentials", get(holding::list))
        .route(
            "/api/v1/credentials/{id}",
            get(holding::show).delete(holding::delete),
        )
        .route("/api/v1/requests", post(request::name))
        .route("/api/v1/requests/{id}/confirm", post(request::confirm::confirm))
        .route("/api/v1/requests/{id}/present", post(request::answer::present))
        .route("/api/v1/requests/{id}/decline", post(request::answer::decline))
        .with_state(resources)
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Procura wallet",
        description = "Receives, keeps and presents credentials for an employee.",
        license(name = "Apache-2.0")
    ),
    paths(
        accounts::open,
        accounts::close,
        receipt::look,
        receipt::accept,
        holding::list,
        holding::show,
        holding::delete,
        request::name,
        request::confirm::confirm,
        request::answer::present,
        request::answer::decline
    ),
    modifiers(&Session)
)]
struct Description;

struct Session;

impl Modify for Session {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        openapi.components.get_or_insert_default().add_security_scheme(
            "session",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
    }
}

/// The `OpenAPI` document, as committed in `wallet-pwa/openapi.json`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    with_metrics(with_health(Description::openapi()))
}
