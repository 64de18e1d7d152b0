use std::sync::Arc;

use axum::{
    Router,
    http::{StatusCode, Uri},
    routing::{any, get, post},
};
use serde_json::json;
use tower_http::{limit::RequestBodyLimitLayer, timeout::TimeoutLayer};

use super::{
    answer::not_found,
    cors::cors,
    elements::elements,
    endpoint::GraphqlEndpoint,
    graphiql::graphiql,
    graphql::graphql,
    health::{Readiness, healthz, readyz},
    hooks::{self, Hooks, user_deleted},
    hosts::AllowedHosts,
    layers::{REQUEST_ID, layered},
    signals::Signals,
};
use crate::{
    config::{CorsOrigins, FrameAncestors},
    random::Random,
};

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
    let cors = cors(options.cors, options.credentials, REQUEST_ID);
    layered(router, elements(), cors, options.random)
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
