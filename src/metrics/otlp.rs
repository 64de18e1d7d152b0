//! The same metrics over OTLP: a recorder next to the one for Prometheus, with the same names,
//! units and descriptions.

use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use opentelemetry::{KeyValue, metrics as otel, metrics::MeterProvider as _};
use opentelemetry_sdk::metrics::SdkMeterProvider;

use super::{
    definitions::{ALL, Kind},
    recording::Samples,
};

/// The counts for each set of labels.
type Series = Arc<RwLock<HashMap<Key, Arc<AtomicU64>>>>;

/// Keeps what is recorded until the exporter reads it.
pub struct OtlpRecorder {
    counters: Series,
    gauges: Series,
    instruments: HashMap<&'static str, otel::Histogram<f64>>,
    histograms: RwLock<HashMap<Key, Histogram>>,
}

impl OtlpRecorder {
    /// Creates an instrument for each metric.
    pub fn new(provider: &SdkMeterProvider, samples: &Samples) -> Self {
        let meter = provider.meter("provider-connections");
        let (counters, gauges) = (Series::default(), Series::default());
        let mut instruments = HashMap::new();
        for metric in ALL {
            let name = metric.name;
            match metric.kind {
                Kind::Counter => {
                    let series = counters.clone();
                    meter
                        .u64_observable_counter(name)
                        .with_unit(metric.unit)
                        .with_description(metric.help)
                        .with_callback(move |observer| {
                            each(&series, name, |value, labels| observer.observe(value, labels));
                        })
                        .build();
                }
                Kind::Gauge => {
                    let (series, samples) = (gauges.clone(), samples.clone());
                    meter
                        .f64_observable_gauge(name)
                        .with_unit(metric.unit)
                        .with_description(metric.help)
                        .with_callback(move |observer| {
                            samples.take_for(name);
                            each(&series, name, |value, labels| {
                                observer.observe(f64::from_bits(value), labels);
                            });
                        })
                        .build();
                }
                Kind::Histogram(buckets) => {
                    let histogram = meter
                        .f64_histogram(name)
                        .with_unit(metric.unit)
                        .with_description(metric.help)
                        .with_boundaries(buckets.to_vec());
                    instruments.insert(name, histogram.build());
                }
            }
        }
        Self { counters, gauges, instruments, histograms: RwLock::default() }
    }
}

fn each(series: &Series, name: &str, mut observe: impl FnMut(u64, &[KeyValue])) {
    let series = series.read().unwrap_or_else(PoisonError::into_inner);
    for (key, value) in series.iter().filter(|(key, _)| key.name() == name) {
        observe(value.load(Ordering::Acquire), &labels(key));
    }
}

fn labels(key: &Key) -> Vec<KeyValue> {
    let label =
        |label: &metrics::Label| KeyValue::new(label.key().to_owned(), label.value().to_owned());
    key.labels().map(label).collect()
}

fn one_of(series: &Series, key: &Key) -> Arc<AtomicU64> {
    let known = series.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
    known.unwrap_or_else(|| {
        let mut series = series.write().unwrap_or_else(PoisonError::into_inner);
        series.entry(key.clone()).or_default().clone()
    })
}

/// One histogram with its labels.
struct Labelled {
    histogram: otel::Histogram<f64>,
    labels: Vec<KeyValue>,
}

impl HistogramFn for Labelled {
    fn record(&self, value: f64) {
        self.histogram.record(value, &self.labels);
    }
}

impl Recorder for OtlpRecorder {
    // Their descriptions come from the definitions.
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(one_of(&self.counters, key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(one_of(&self.gauges, key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let known =
            self.histograms.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        if let Some(histogram) = known {
            return histogram;
        }
        let Some(instrument) = self.instruments.get(key.name()) else { return Histogram::noop() };
        let labelled = Labelled { histogram: instrument.clone(), labels: labels(key) };
        let mut histograms = self.histograms.write().unwrap_or_else(PoisonError::into_inner);
        histograms
            .entry(key.clone())
            .or_insert_with(|| Histogram::from_arc(Arc::new(labelled)))
            .clone()
    }
}

impl fmt::Debug for OtlpRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OtlpRecorder")
    }
}
