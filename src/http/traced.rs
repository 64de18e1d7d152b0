use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::signals;
use crate::telemetry::{answering, remote_parent, spans};

/// A span for the request, as a child of the caller's if the request names one. Within the log's
/// own span.
pub async fn traced(request: Request, next: Next) -> Response {
    // Load balancers call these all the time.
    if matches!(request.uri().path(), "/healthz" | "/readyz") {
        return next.run(request).await;
    }
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let span = spans::request(request.method(), signals::shown(request.uri().path()), route);
    if span.is_disabled() {
        return next.run(request).await;
    }
    if let Some(parent) = remote_parent(request.headers()) {
        // Fails only for a span that has been entered, and this one has not.
        let _ = span.set_parent(parent);
    }
    let response = answering(next.run(request).instrument(span.clone())).await;
    spans::answered(&span, response.status());
    response
}
