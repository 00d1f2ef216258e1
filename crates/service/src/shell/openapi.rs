//! What the shell adds to the description of a service's interface, and the description as text.
use super::health;
use utoipa::{OpenApi, openapi::OpenApi as Document};

#[derive(OpenApi)]
#[openapi(paths(health::live, health::ready))]
struct HealthRoutes;

#[derive(OpenApi)]
#[openapi(paths(metrics))]
struct MetricsRoute;

/// Metrics of this process, for operators.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    responses((status = 200, description = "Metrics in Prometheus' text format. Served where `[operations]` says, and \
        nowhere without it.", content_type = "text/plain", body = String)),
)]
#[expect(dead_code, reason = "carries the description only")]
fn metrics() {}

/// With the routes of health, which stand on every listener but that of operations.
#[must_use]
pub fn with_health(document: Document) -> Document {
    document.merge_from(HealthRoutes::openapi())
}

/// With `/metrics`, of services that have a listener for operators.
#[must_use]
pub fn with_metrics(document: Document) -> Document {
    document.merge_from(MetricsRoute::openapi())
}

/// The document as it is committed.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn text(document: &Document) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(document)? + "\n")
}
