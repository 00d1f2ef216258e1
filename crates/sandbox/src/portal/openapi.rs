//! The portal's interface, described.
use super::{notify, pages, session};
use procura_service::shell::openapi::with_health;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Procura demo portal",
        description = "A relying party: lets in who was let in by the verifier. Browsers use pages and a session cookie; \
                       the verifier notifies.",
        license(name = "Apache-2.0")
    ),
    modifiers(&NotifySecret),
    paths(
        pages::home,
        pages::session,
        pages::style,
        session::login,
        session::logout,
        notify::notify
    )
)]
struct Description;

struct NotifySecret;
impl Modify for NotifySecret {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        openapi.components.get_or_insert_default().add_security_scheme(
            "notify",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
    }
}

/// The `OpenAPI` document, as committed in `crates/sandbox/openapi/portal.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    with_health(Description::openapi())
}
