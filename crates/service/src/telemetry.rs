//! Structured logs: what happened, to which request, never with whose data.
//!
//! Spans carry the request id, method, route and status. Bodies, headers, queries and concrete paths are not logged: a
//! nonce in a path is a secret, a query may be a person.
use crate::config::{Log, LogFormat};
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// Telemetry cannot start.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[non_exhaustive]
pub enum TelemetryError {
    /// `log.filter` is not understood.
    #[error("log.filter: {0}")]
    Filter(String),
    /// Something else in this process has started it already.
    #[error("logging was started already")]
    Started,
}

/// Starts logging to standard error.
///
/// # Errors
/// [`TelemetryError`].
pub fn start(log: &Log) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(&log.filter).map_err(|e| TelemetryError::Filter(e.to_string()))?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match log.format {
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .boxed(),
        LogFormat::Text => lines.with_target(false).boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init()
        .map_err(|_| TelemetryError::Started)
}
