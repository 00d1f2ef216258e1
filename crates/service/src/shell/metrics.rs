//! `/metrics` in Prometheus' text format. Labels come from closed sets: never a person, an id or a concrete path.
use axum::{Router, routing::get};
use http::header;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{sync::OnceLock, time::Duration};

/// The metrics of this process.
#[derive(Clone, Debug)]
pub struct Metrics(PrometheusHandle);

/// The recorder is one per process: so wants the `metrics` crate.
static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

impl Metrics {
    /// Starts to record, or joins in. Call within a tokio runtime.
    pub fn start() -> Self {
        let handle = RECORDER.get_or_init(|| {
            let builder = PrometheusBuilder::new();
            let seconds = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0];
            let builder = builder
                .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &seconds)
                .unwrap_or_else(|_| PrometheusBuilder::new());
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::warn!("another recorder of metrics was started before; /metrics stays empty");
            }
            let kept = handle.clone();
            tokio::spawn(async move {
                // Without scrapes, observations would pile up.
                let mut tick = tokio::time::interval(Duration::from_secs(15));
                loop {
                    tick.tick().await;
                    kept.run_upkeep();
                }
            });
            handle
        });
        Self(handle.clone())
    }

    /// `GET /metrics`; belongs to a listener that only operators reach.
    pub fn routes(&self) -> Router {
        let handle = self.0.clone();
        Router::new().route(
            "/metrics",
            get(move || async move {
                (
                    [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
                    handle.render(),
                )
            }),
        )
    }
}
