use std::task::{Context, Poll};

use axum::{
    extract::{MatchedPath, Request},
    response::Response,
};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Either},
};
use tower::{Layer, Service};
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::signals;
use crate::telemetry::{answering, remote_parent, spans};

/// A span for each request, as a child of the caller's if the request names one. Within the log's
/// own span. If nothing is exported, requests pass through as they are.
#[derive(Clone)]
pub struct TracedLayer;

impl<S> Layer<S> for TracedLayer {
    type Service = Traced<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Traced(inner)
    }
}

#[derive(Clone)]
pub struct Traced<S>(S);

impl<S> Service<Request> for Traced<S>
where
    S: Service<Request, Response = Response>,
    S::Future: Send + 'static,
    S::Error: 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // Load balancers call these all the time.
        if matches!(request.uri().path(), "/healthz" | "/readyz") {
            return Either::Left(self.0.call(request));
        }
        let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let span = spans::request(request.method(), signals::shown(request.uri().path()), route);
        if span.is_disabled() {
            return Either::Left(self.0.call(request));
        }
        if let Some(parent) = remote_parent(request.headers()) {
            // Fails only for a span that has been entered, and this one has not.
            let _ = span.set_parent(parent);
        }
        let response = span.in_scope(|| self.0.call(request)).instrument(span.clone());
        let answered = async move {
            let response = answering(response).await?;
            spans::answered(&span, response.status());
            Ok(response)
        };
        Either::Right(answered.boxed())
    }
}
