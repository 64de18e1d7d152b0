//! `traceparent` (W3C Trace Context), incoming and outgoing. `tracestate` and baggage are neither
//! read nor forwarded, because strangers control their content.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, TextMapPropagator},
    trace::{SpanContext, TraceContextExt},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const NAME: &str = "traceparent";
const TRACEPARENT: HeaderName = HeaderName::from_static(NAME);

struct TraceparentAlone<'a>(&'a str);

impl Extractor for TraceparentAlone<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == NAME).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![NAME]
    }
}

/// The caller's span, if the request names one.
pub fn remote_parent(headers: &HeaderMap) -> Option<Context> {
    // More than one counts as none.
    let mut values = headers.get_all(&TRACEPARENT).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let value = TraceparentAlone(value.to_str().ok()?);
    let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &value);
    let is_valid = parent.span().span_context().is_valid();
    is_valid.then_some(parent)
}

/// Adds `span` to an outgoing request.
pub fn inject(span: &Span, headers: &mut HeaderMap) {
    if span.is_disabled() {
        return;
    }
    let context = span.context();
    let of = context.span().span_context().clone();
    if let Some(value) = traceparent(&of) {
        headers.insert(TRACEPARENT, value);
    }
}

fn traceparent(of: &SpanContext) -> Option<HeaderValue> {
    let flags = of.trace_flags().to_u8() & 1;
    let value = format!("00-{}-{}-{flags:02x}", of.trace_id(), of.span_id());
    of.is_valid().then(|| HeaderValue::from_str(&value).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use http::Method;
    use opentelemetry::trace::{TraceFlags, TracerProvider};
    use opentelemetry_sdk::{
        error::OTelSdkResult,
        trace::{SdkTracerProvider, SpanData, SpanExporter},
    };
    use tracing_subscriber::prelude::*;

    use super::*;
    use crate::telemetry::spans;

    /// Keeps what is exported.
    #[derive(Clone, Debug, Default)]
    struct Kept(Arc<Mutex<Vec<SpanData>>>);

    impl SpanExporter for Kept {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.lock().unwrap().extend(batch);
            Ok(())
        }
    }

    const SENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(values: &[&str]) -> HeaderMap {
        let value = |value: &&str| (TRACEPARENT, value.parse().unwrap());
        values.iter().map(value).collect()
    }

    #[test]
    fn a_callers_span_is_read_and_written_alike() {
        let mut headers = headers(&[SENT]);
        headers.insert("tracestate", "planted=1".parse().unwrap());
        let parent = remote_parent(&headers).unwrap();
        let parent = parent.span().span_context().clone();
        assert!(parent.is_remote());
        assert_eq!(parent.trace_flags(), TraceFlags::SAMPLED);
        assert_eq!(parent.trace_state().header(), "", "what strangers add is not kept");
        assert_eq!(traceparent(&parent).unwrap(), SENT);
    }

    #[test]
    fn a_request_names_the_span_that_it_is_made_in() {
        let url = "https://provider.example/token?secret=1".parse().unwrap();
        let mut headers = HeaderMap::new();
        inject(&spans::upstream("refresh", &Method::POST, &url), &mut headers);
        assert!(headers.is_empty(), "nothing is exported, and nothing is sent");

        let kept = Kept::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(kept.clone()).build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            inject(&spans::upstream("refresh", &Method::POST, &url), &mut headers);
        });
        let span = kept.0.lock().unwrap().pop().unwrap();
        assert_eq!(headers[NAME], traceparent(&span.span_context).unwrap());
        assert!(!format!("{span:?}").contains("secret"), "{span:?}");
    }

    #[test]
    fn what_is_no_traceparent_is_none() {
        let zeros = "00-00000000000000000000000000000000-0000000000000000-01";
        for sent in [&[][..], &[""], &["00-xyz"], &[zeros], &[SENT, SENT]] {
            assert!(remote_parent(&headers(sent)).is_none(), "{sent:?}");
        }
    }
}
