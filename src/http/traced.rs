use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::signals;
use crate::telemetry::{answering, remote_parent, spans};

/// A span for the request, below the caller's where that is named. Within the log's own.
pub async fn traced(request: Request, next: Next) -> Response {
    // Load balancers ask these all the time.
    if matches!(request.uri().path(), "/healthz" | "/readyz") {
        return next.run(request).await;
    }
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let span = spans::request(request.method(), signals::shown(request.uri().path()), route);
    if span.is_disabled() {
        return next.run(request).await;
    }
    if let Some(parent) = remote_parent(request.headers()) {
        // Fails only for a span that has begun, which this one has not.
        let _ = span.set_parent(parent);
    }
    let response = answering(next.run(request).instrument(span.clone())).await;
    spans::answered(&span, response.status());
    response
}
