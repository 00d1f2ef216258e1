//! The ecosystem's interface, described.
use super::{published, registries};
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Procura demo ecosystem",
        description = "What a demo world publishes: trusted lists, CRLs, certificates of authorities, registries, schemas. \
                       Nothing is asked of callers; lists, CRLs and the status list prove themselves by their signatures.",
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
        registries::issuer
    )
)]
struct Description;

/// The `OpenAPI` document, as committed in `crates/sandbox/openapi/ecosystem.json`.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn openapi() -> Result<String, serde_json::Error> {
    Ok(Description::openapi().to_pretty_json()? + "\n")
}
