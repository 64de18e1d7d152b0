use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{AnyValue, KeyValue, any_value::Value},
    logs::v1::LogRecord,
    metrics::v1::{Metric, NumberDataPoint, metric::Data, number_data_point},
    trace::v1::Span,
};
use prost::Message;
use tokio::net::TcpListener;

use super::until;

/// A receiver of OTLP over HTTP, as a collector has one: it takes exports and decodes them.
pub struct Collector {
    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub endpoint: String,
    received: Arc<Mutex<Received>>,
}

/// All that was exported.
#[derive(Default)]
pub struct Received {
    pub spans: Vec<Exported>,
    pub metrics: Vec<Metric>,
    /// With the scope of each: the target of its line.
    pub logs: Vec<(String, LogRecord)>,
    /// What each export was about: `service.name` and the like.
    pub resources: Vec<BTreeMap<String, String>>,
    /// The bodies as they came.
    pub raw: Vec<u8>,
    pub headers: Vec<HeaderMap>,
}

/// A span.
#[derive(Clone, Debug)]
pub struct Exported {
    pub name: String,
    pub trace: String,
    pub id: String,
    /// Empty: it is the first of its trace.
    pub parent: String,
    pub kind: i32,
    /// In nanoseconds since 1970.
    pub start: u64,
    pub is_error: bool,
    /// The spans that it is linked to.
    pub links: Vec<String>,
    pub attributes: BTreeMap<String, String>,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::<Mutex<Received>>::default();
        let router = Router::new().route("/v1/{signal}", post(export)).with_state(received.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { endpoint, received }
    }

    /// Looks at what has come so far.
    pub fn with<T>(&self, look: impl FnOnce(&Received) -> T) -> T {
        look(&self.received.lock().unwrap())
    }

    /// Waits until what has come is enough.
    pub async fn until(&self, enough: impl Fn(&Received) -> bool) {
        until(async || self.with(&enough)).await;
    }
}

async fn export(
    State(received): State<Arc<Mutex<Received>>>,
    Path(signal): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let mut received = received.lock().unwrap();
    received.raw.extend_from_slice(&body);
    received.headers.push(headers);
    match signal.as_str() {
        "traces" => {
            let Ok(request) = ExportTraceServiceRequest::decode(body) else {
                return StatusCode::BAD_REQUEST;
            };
            for of in request.resource_spans {
                received.resources.push(all(&of.resource.unwrap_or_default().attributes));
                let spans = of.scope_spans.into_iter().flat_map(|scope| scope.spans);
                received.spans.extend(spans.map(Exported::from));
            }
        }
        "metrics" => {
            let Ok(request) = ExportMetricsServiceRequest::decode(body) else {
                return StatusCode::BAD_REQUEST;
            };
            for of in request.resource_metrics {
                received.resources.push(all(&of.resource.unwrap_or_default().attributes));
                received.metrics.extend(of.scope_metrics.into_iter().flat_map(|of| of.metrics));
            }
        }
        "logs" => {
            let Ok(request) = ExportLogsServiceRequest::decode(body) else {
                return StatusCode::BAD_REQUEST;
            };
            for of in request.resource_logs {
                received.resources.push(all(&of.resource.unwrap_or_default().attributes));
                for scope in of.scope_logs {
                    let name = scope.scope.unwrap_or_default().name;
                    let records = scope.log_records.into_iter();
                    received.logs.extend(records.map(|record| (name.clone(), record)));
                }
            }
        }
        _ => return StatusCode::NOT_FOUND,
    }
    StatusCode::OK
}

impl From<Span> for Exported {
    fn from(span: Span) -> Self {
        Self {
            name: span.name,
            trace: hex(&span.trace_id),
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            kind: span.kind,
            start: span.start_time_unix_nano,
            is_error: span.status.is_some_and(|status| status.code == 2),
            links: span.links.iter().map(|link| hex(&link.span_id)).collect(),
            attributes: all(&span.attributes),
        }
    }
}

impl Received {
    /// The only span of this name. Fails where there is none, or another.
    #[track_caller]
    pub fn span(&self, name: &str) -> &Exported {
        let mut found = self.spans.iter().filter(|span| span.name == name);
        match (found.next(), found.next()) {
            (Some(span), None) => span,
            (None, _) => panic!("no span {name} among {:#?}", self.spans),
            (Some(_), Some(_)) => panic!("several spans {name} among {:#?}", self.spans),
        }
    }

    /// How far a counter has come, for a series with this among its labels.
    pub fn counted(&self, counter: &str, label: &str) -> i64 {
        let newest = self.metrics.iter().rev().find(|metric| metric.name == counter);
        let Some(Data::Sum(sum)) = newest.and_then(|metric| metric.data.as_ref()) else {
            return 0;
        };
        let is_wanted =
            |point: &&NumberDataPoint| all(&point.attributes).values().any(|value| value == label);
        let value = sum.data_points.iter().find(is_wanted).and_then(|point| point.value);
        match value {
            Some(number_data_point::Value::AsInt(number)) => number,
            _ => 0,
        }
    }

    /// The names from a span up to the first of its trace.
    pub fn path_of(&self, span: &Exported) -> Vec<&str> {
        let mut path = Vec::new();
        let mut next = self.spans.iter().find(|one| one.id == span.id);
        while let Some(span) = next {
            path.push(span.name.as_str());
            next = self.spans.iter().find(|one| one.id == span.parent);
        }
        path
    }
}

/// Attributes as text.
pub fn all(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Option<AnyValue>| match value.as_ref().and_then(|any| any.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(is)) => is.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    attributes.iter().map(|of| (of.key.clone(), text(&of.value))).collect()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}
