//! The ecosystem's interface, described.
use super::{published, registries};
use procura_service::shell::openapi::with_health;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Procura demo ecosystem",
        description = "What a demo world publishes: trusted lists, CRLs, certificates of authorities, registries, schemas; time-stamps and the status of certificates. \
                       Nothing is asked of callers; lists, CRLs, the status list, time-stamps and OCSP responses prove themselves by their signatures.",
        license(name = "Apache-2.0")
    ),
    paths(
        published::lotl,
        published::german_list,
        published::crl,
        published::authority,
        published::status_list,
        published::schemas,
        published::schema,
        published::roles_and_duties,
        registries::participant,
        registries::issuer,
        crate::time_stamping::routes::time_stamp,
        crate::ocsp::routes::ask,
        crate::ocsp::routes::ask_by_path
    )
)]
struct Description;

/// The `OpenAPI` document, as committed in `crates/sandbox/openapi/ecosystem.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    with_health(Description::openapi())
}
