//! Starts and stops the exporters. Each signal has its own queue and thread, so that a slow or
//! unavailable collector costs only the data that waits for it.

use std::{thread, time::Duration};

use opentelemetry::{Key, KeyValue, trace::TracerProvider as _};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{
    Compression, ExporterBuildError, LogExporter, MetricExporter, SpanExporter, WithExportConfig,
    WithHttpConfig,
};
use opentelemetry_sdk::{
    Resource,
    logs::SdkLoggerProvider,
    metrics::SdkMeterProvider,
    trace::{SdkTracer, SdkTracerProvider},
};
use tokio::sync::oneshot;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, FilterFn, LevelFilter, filter_fn},
    registry::LookupSpan,
};

use super::{asked::Asked, collector::Collector, sampling::sampler, spans};
use crate::{
    config::{Export, TelemetryConfig},
    random::Random,
};

/// How long a shutdown waits for the collector to accept the rest.
const FLUSH: Duration = Duration::from_secs(3);

/// The instrumentation scope of all exported data.
const SCOPE: &str = "provider-connections";

/// The running exporters.
#[derive(Debug, Default)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
    logs: Option<SdkLoggerProvider>,
    warnings: Vec<String>,
}

impl Telemetry {
    /// Starts what the settings ask for. If something is not available, that is a warning: it never
    /// keeps the server from starting. Must run in a tokio runtime.
    pub fn start(config: TelemetryConfig) -> Self {
        if !config.is_on() {
            return Self { warnings: config.warnings, ..Self::default() };
        }
        let resource = resource(&config);
        let mut telemetry = Self::default();
        let mut warnings = config.warnings;
        if let Some(export) = &config.traces {
            match spans_to(export) {
                Ok(exporter) => {
                    let provider = SdkTracerProvider::builder()
                        .with_batch_exporter(exporter)
                        .with_sampler(sampler(config.sampler, Random::system()))
                        .with_resource(resource.clone());
                    telemetry.traces = Some(provider.build());
                }
                Err(cause) => warnings.push(not_started("traces", &cause)),
            }
        }
        if let Some(export) = &config.metrics {
            match metrics_to(export) {
                Ok(exporter) => {
                    let provider = SdkMeterProvider::builder()
                        .with_periodic_exporter(exporter)
                        .with_resource(resource.clone());
                    telemetry.metrics = Some(provider.build());
                }
                Err(cause) => warnings.push(not_started("metrics", &cause)),
            }
        }
        if let Some(export) = &config.logs {
            match logs_to(export) {
                Ok(exporter) => {
                    let provider = SdkLoggerProvider::builder()
                        .with_batch_exporter(exporter)
                        .with_resource(resource);
                    telemetry.logs = Some(provider.build());
                }
                Err(cause) => warnings.push(not_started("logs", &cause)),
            }
        }
        Self { warnings, ..telemetry }
    }

    /// Exports spans, if traces are exported.
    pub fn trace_layer<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let tracer: SdkTracer = self.traces.as_ref()?.tracer(SCOPE);
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false);
        // Lines of the log are exported as logs, not as events of spans.
        let exported = any_level(spans::is_exported).with_max_level_hint(LevelFilter::INFO);
        Some(layer.with_filter(Asked(exported)))
    }

    /// Exports the log, if the settings ask for it; `may_speak` decides what is in it.
    pub fn log_layer<S, F>(&self, may_speak: F) -> Option<impl Layer<S> + use<S, F>>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
        F: tracing_subscriber::layer::Filter<S> + 'static + Send + Sync,
    {
        let layer = OpenTelemetryTracingBridge::new(self.logs.as_ref()?);
        Some(layer.with_filter(Asked(may_speak.and(any_level(is_no_echo)))))
    }

    /// Where metrics go, if they are exported.
    pub fn meters(&self) -> Option<&SdkMeterProvider> {
        self.metrics.as_ref()
    }

    /// Logs what is exported and what can't be. Called after logging has started.
    pub fn say(&self) {
        for warning in &self.warnings {
            tracing::warn!("OpenTelemetry: {warning}");
        }
        let signals = [
            ("traces", self.traces.is_some()),
            ("metrics", self.metrics.is_some()),
            ("logs", self.logs.is_some()),
        ];
        let on: Vec<_> = signals.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
        if !on.is_empty() {
            tracing::info!(signals = on.join(", "), "exporting to an OpenTelemetry collector");
        }
    }

    /// Stops without exporting the rest: a server that did not start doesn't wait for a collector.
    pub fn abandon(self) {
        // If they were dropped, the exporters would wait for the collector.
        std::mem::forget(self);
    }

    /// Exports the rest, and stops. Takes no longer than `FLUSH`, whatever the collector does.
    pub async fn shut_down(self) {
        let Self { traces, metrics, logs, .. } = self;
        if traces.is_none() && metrics.is_none() && logs.is_none() {
            return;
        }
        let (done, ended) = oneshot::channel();
        // A thread that nobody waits for: one of the runtime's would delay the end of the process.
        thread::spawn(move || {
            let signals: [Box<dyn FnOnce() + Send>; 3] = [
                Box::new(move || drop(traces.map(|of| of.shutdown_with_timeout(FLUSH)))),
                Box::new(move || drop(metrics.map(|of| of.shutdown_with_timeout(FLUSH)))),
                Box::new(move || drop(logs.map(|of| of.shutdown_with_timeout(FLUSH)))),
            ];
            let ending = signals.map(thread::spawn);
            for thread in ending {
                let _ = thread.join();
            }
            let _ = done.send(());
        });
        let _ = tokio::time::timeout(FLUSH, ended).await;
    }
}

/// A filter that leaves the maximum level to the others. Without a hint, the lowest level would be
/// turned on.
pub fn any_level<F: Fn(&Metadata<'_>) -> bool>(is_wanted: F) -> FilterFn<F> {
    filter_fn(is_wanted).with_max_level_hint(LevelFilter::TRACE)
}

/// What the exporter and its HTTP client log about their own work would be exported in turn,
/// endlessly.
fn is_no_echo(metadata: &Metadata<'_>) -> bool {
    let target = metadata.target();
    let is_own = target.starts_with("provider_connections");
    let echoes = ["h2", "hyper", "opentelemetry", "reqwest", "rustls", "tonic", "tower"];
    metadata.is_event()
        && (is_own
            || (*metadata.level() <= Level::WARN
                && !echoes.iter().any(|name| target.starts_with(name))))
}

fn not_started(signal: &str, cause: &str) -> String {
    format!("{signal} are not exported: {cause}. Check the OTEL_EXPORTER_OTLP_… settings")
}

/// An exporter that calls the collector as configured.
fn exporter_to<B: WithHttpConfig + WithExportConfig>(
    builder: B,
    signal: &'static str,
    export: &Export,
) -> Result<B, String> {
    let client = Collector::new(signal, export);
    let client = client.map_err(|_| "the TLS roots of this machine can't be read".to_owned())?;
    let builder = builder
        .with_http_client(client)
        .with_endpoint(export.endpoint.as_str())
        .with_headers(export.headers())
        .with_timeout(export.timeout);
    Ok(if export.gzip { builder.with_compression(Compression::Gzip) } else { builder })
}

fn spans_to(export: &Export) -> Result<SpanExporter, String> {
    let builder = exporter_to(SpanExporter::builder().with_http(), "traces", export)?;
    builder.build().map_err(unusable)
}

fn metrics_to(export: &Export) -> Result<MetricExporter, String> {
    let builder = exporter_to(MetricExporter::builder().with_http(), "metrics", export)?;
    builder.build().map_err(unusable)
}

fn logs_to(export: &Export) -> Result<LogExporter, String> {
    let builder = exporter_to(LogExporter::builder().with_http(), "logs", export)?;
    builder.build().map_err(unusable)
}

/// Its own text may quote the endpoint, password and all.
fn unusable(_: ExporterBuildError) -> String {
    "its exporter does not accept the settings".to_owned()
}

/// The identity of the exporter: each replica is its own instance. Settings take precedence.
fn resource(config: &TelemetryConfig) -> Resource {
    let set = Resource::builder().build();
    let own = [
        ("service.name", "provider-connections".to_owned()),
        ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("service.instance.id", Random::system().uuid().to_string()),
    ];
    let is_set = |name: &'static str| match name {
        // The SDK has a default name if none is set.
        "service.name" => false,
        _ => set.get(&Key::from_static_str(name)).is_some(),
    };
    let missing = own.into_iter().filter(|(name, _)| !is_set(name));
    let missing = missing.map(|(name, value)| KeyValue::new(name, value));
    let given = config.resource.iter();
    let given = given.map(|(name, value)| KeyValue::new(name.clone(), value.clone()));
    // The last value counts.
    Resource::builder().with_attributes(missing.chain(given)).build()
}
