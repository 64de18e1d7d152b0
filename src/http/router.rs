use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderName, HeaderValue, Request, Response, StatusCode, Uri, header},
    routing::{any, get, post},
};
use serde_json::json;
use tower::{ServiceBuilder, layer::layer_fn};
use tower_http::{
    catch_panic::CatchPanicLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
    trace::TraceLayer,
};
use tracing::Span;

use super::{
    answer::{MediaType, not_found, refused},
    cors::cors,
    elements::elements,
    endpoint::GraphqlEndpoint,
    graphiql::graphiql,
    graphql::graphql,
    health::{Readiness, healthz, readyz},
    hooks::{self, Hooks, user_deleted},
    hosts::AllowedHosts,
    signals::{self, Signals},
    traced::Traced,
};
use crate::{
    config::{CorsOrigins, FrameAncestors},
    random::Random,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the router needs besides its endpoints.
#[derive(Debug)]
pub struct HttpOptions {
    pub graphiql: bool,
    /// The host names for GraphiQL; `None`: any.
    pub graphiql_hosts: Option<AllowedHosts>,
    pub cors: CorsOrigins,
    /// Who may frame the pages.
    pub frame_ancestors: FrameAncestors,
    /// Whether browsers send cookies from those pages, and may read the response.
    pub credentials: bool,
    pub random: Random,
}

/// Every path of this server.
pub fn router(
    endpoint: GraphqlEndpoint,
    hooks: Hooks,
    signals: Signals,
    readiness: Readiness,
    options: HttpOptions,
) -> Router {
    let mut router = Router::new()
        .merge(graphql_routes(Arc::new(endpoint)))
        .route(
            "/hooks/user-deleted",
            post(user_deleted).with_state(Arc::new(hooks)).layer((
                TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, hooks::TIMEOUT),
                RequestBodyLimitLayer::new(64 * 1024),
            )),
        )
        .merge(signals.routes())
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz).with_state(Arc::new(readiness)));
    if options.graphiql {
        // The visitor brings a JWT: the page never has one of its own.
        let page = graphiql(options.frame_ancestors, || json!({}));
        router = router.merge(match options.graphiql_hosts {
            Some(hosts) => hosts.only(page),
            None => page,
        });
    }
    router = router.fallback(async |uri: Uri| not_found(&nothing_at(uri.path())));
    // The outermost first.
    let private = ServiceBuilder::new()
        .layer(cors(options.cors, options.credentials, REQUEST_ID))
        // Responses contain access tokens. Files of a page set their own caching.
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(CatchPanicLayer::custom(panicked));
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(REQUEST_ID, NewRequestId(options.random)))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_response(|response: &Response<_>, latency: Duration, _: &Span| {
                    tracing::debug!(
                        status = response.status().as_u16(),
                        latency_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX),
                        "answered"
                    );
                })
                .on_failure(()),
        )
        .layer(layer_fn(Traced))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        // A response that a browser opens directly is plain content: it loads nothing and can't be
        // framed.
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        ));
    // Public files set their own CORS and caching headers.
    router.layer(private).merge(elements()).layer(layers)
}

/// Some clients, and proxies that strip a prefix, leave a trailing slash.
fn graphql_routes(endpoint: Arc<GraphqlEndpoint>) -> Router {
    let graphql = any(graphql).with_state(endpoint);
    Router::new().route("/graphql", graphql.clone()).route("/graphql/", graphql)
}

/// The path as it arrived: a proxy may have changed it.
fn nothing_at(path: &str) -> String {
    let path: String = path.chars().take(100).collect();
    format!("There is nothing at {path}. GraphQL is at POST /graphql.")
}

/// It contains neither the query of the URL, nor a header, nor the secret of a path: all of these
/// can contain secrets.
fn span(request: &Request<Body>) -> Span {
    let id = request.extensions().get::<RequestId>();
    tracing::info_span!(
        "request",
        id = id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default(),
        method = %request.method(),
        path = signals::shown(request.uri().path()),
    )
}

#[expect(clippy::needless_pass_by_value, reason = "tower-http's signature")]
fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response<Body> {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = text, "a request panicked: this is a bug, please report it");
    refused(
        MediaType::Json,
        StatusCode::INTERNAL_SERVER_ERROR,
        "INTERNAL",
        "The server could not complete the request. The operator can find the cause in its log.",
        &json!({}),
    )
}

/// Gives an id to a request without one.
#[derive(Clone, Debug)]
struct NewRequestId(Random);

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        let id = self.0.uuid().to_string();
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}
