//! What a server exports to an OpenTelemetry collector: spans from HTTP to the database and the
//! upstream, metrics, and the log; never a secret, and never at a caller's cost.
//!
//! The collector is a receiver of OTLP over HTTP that decodes what comes (`harness/collector.rs`).

mod faults;
mod metrics;
mod secrets;
mod statements;
mod traces;

use crate::harness::{Binary, Collector};

/// Exports everything there, and at once.
fn exporting(binary: Binary, collector: &Collector) -> Binary {
    binary
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)
        .env("OTEL_BSP_SCHEDULE_DELAY", "50")
        .env("OTEL_BLRP_SCHEDULE_DELAY", "50")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "100")
}
