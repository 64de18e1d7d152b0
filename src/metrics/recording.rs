//! Where metrics go: to Prometheus, OTLP, both, or nowhere.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SetRecorderError, SharedString,
    Unit,
};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use opentelemetry_sdk::metrics::SdkMeterProvider;

use super::{
    build_info,
    definitions::{ALL, BUILD_INFO, Kind},
    otlp::OtlpRecorder,
};

/// Samples values that are not counted as they change, such as the pool.
type Sample = Box<dyn Fn() + Send + Sync>;

/// The samplers that run when metrics are collected. Cheap to clone.
#[derive(Clone, Default)]
pub struct Samples(Arc<OnceLock<Sample>>);

impl Samples {
    /// Runs them now.
    pub fn take(&self) {
        if let Some(sample) = self.0.get() {
            sample();
        }
    }

    /// Runs once per collection of all metrics: before the first gauge.
    pub(super) fn take_for(&self, name: &str) {
        if name == BUILD_INFO.name {
            self.take();
        }
    }
}

impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Samples")
    }
}

/// The metrics that are kept.
#[derive(Clone, Debug)]
pub struct Recording {
    prometheus: Option<PrometheusHandle>,
    samples: Samples,
}

/// Why metrics can't be kept: a bug in this program.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    #[error("metrics can't be kept: {0}")]
    Build(#[from] BuildError),
    #[error("metrics are kept already")]
    Twice,
}

/// Starts to keep metrics for the whole process: for a scraper, for a collector, or for both.
/// `None`: neither is configured, and recording costs next to nothing.
///
/// # Errors
/// They are kept already.
pub fn record(
    scraped: bool,
    exported: Option<&SdkMeterProvider>,
) -> Result<Option<Recording>, RecordingError> {
    let samples = Samples::default();
    let prometheus = scraped.then(prometheus).transpose()?;
    let handle = prometheus.as_ref().map(PrometheusRecorder::handle);
    let otlp = exported.map(|provider| OtlpRecorder::new(provider, &samples));
    let kept = match (prometheus, otlp) {
        (Some(prometheus), Some(otlp)) => {
            metrics::set_global_recorder(Both(prometheus, otlp)).map_err(twice)
        }
        (Some(prometheus), None) => metrics::set_global_recorder(prometheus).map_err(twice),
        (None, Some(otlp)) => metrics::set_global_recorder(otlp).map_err(twice),
        (None, None) => return Ok(None),
    };
    kept?;
    describe();
    build_info();
    Ok(Some(Recording { prometheus: handle, samples }))
}

fn twice<R>(_: SetRecorderError<R>) -> RecordingError {
    RecordingError::Twice
}

fn prometheus() -> Result<PrometheusRecorder, BuildError> {
    let mut builder = PrometheusBuilder::new();
    for metric in ALL {
        if let Kind::Histogram(buckets) = metric.kind {
            builder =
                builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets)?;
        }
    }
    Ok(builder.build_recorder())
}

/// The text of `# HELP`.
fn describe() {
    for metric in ALL {
        match metric.kind {
            Kind::Counter => metrics::describe_counter!(metric.name, metric.help),
            Kind::Gauge => metrics::describe_gauge!(metric.name, metric.help),
            Kind::Histogram(_) => metrics::describe_histogram!(metric.name, metric.help),
        }
    }
}

impl Recording {
    /// Calls `sample` whenever metrics are collected. Counts once.
    pub fn sample_with(&self, sample: impl Fn() + Send + Sync + 'static) {
        let _ = self.samples.0.set(Box::new(sample));
    }

    /// All metrics in Prometheus' text format. Empty if they are only kept for a collector.
    pub fn render(&self) -> String {
        self.samples.take();
        self.prometheus.as_ref().map_or_else(String::new, |prometheus| {
            prometheus.run_upkeep();
            prometheus.render()
        })
    }
}

/// Records everything twice.
struct Both(PrometheusRecorder, OtlpRecorder);

/// A handle to both.
struct Pair<T>(T, T);

impl metrics::CounterFn for Pair<Counter> {
    fn increment(&self, value: u64) {
        self.0.increment(value);
        self.1.increment(value);
    }

    fn absolute(&self, value: u64) {
        self.0.absolute(value);
        self.1.absolute(value);
    }
}

impl metrics::GaugeFn for Pair<Gauge> {
    fn increment(&self, value: f64) {
        self.0.increment(value);
        self.1.increment(value);
    }

    fn decrement(&self, value: f64) {
        self.0.decrement(value);
        self.1.decrement(value);
    }

    fn set(&self, value: f64) {
        self.0.set(value);
        self.1.set(value);
    }
}

impl metrics::HistogramFn for Pair<Histogram> {
    fn record(&self, value: f64) {
        self.0.record(value);
        self.1.record(value);
    }
}

impl Recorder for Both {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.0.describe_counter(key, unit, help);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.0.describe_gauge(key, unit, help);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.0.describe_histogram(key, unit, help);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        let both = (self.0.register_counter(key, metadata), self.1.register_counter(key, metadata));
        Counter::from_arc(Arc::new(Pair(both.0, both.1)))
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        let both = (self.0.register_gauge(key, metadata), self.1.register_gauge(key, metadata));
        Gauge::from_arc(Arc::new(Pair(both.0, both.1)))
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        let both =
            (self.0.register_histogram(key, metadata), self.1.register_histogram(key, metadata));
        Histogram::from_arc(Arc::new(Pair(both.0, both.1)))
    }
}
