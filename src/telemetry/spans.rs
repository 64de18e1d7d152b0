//! Every span that is exported. None contains a token, a document, a variable, an SQL parameter or
//! the query of a URL.
//!
//! They are only for the exporter: the log has its own span, and if nothing is exported these cost
//! one check of a flag.

use domain::Provider;
use http::{Method, StatusCode};
use opentelemetry::trace::TraceContextExt;
use tracing::{Level, Metadata, Span, field::Empty, info_span, span_enabled};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use url::Url;
use uuid::Uuid;

/// The target of these spans.
const TARGET: &str = "provider_connections::spans";

/// Whether this is one of the spans here.
pub fn is_exported(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target() == TARGET
}

/// A request. `route` is the path in the router; `None`: there is none.
pub fn request(method: &Method, path: &str, route: Option<&str>) -> Span {
    let span = info_span!(
        target: TARGET,
        "request",
        otel.name = Empty,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = known_method(method),
        http.route = Empty,
        http.response.status_code = Empty,
        // A client's text may be of any length.
        url.path = path.get(..256).unwrap_or(path),
    );
    if !span.is_disabled() {
        let method = known_method(method);
        match route {
            Some(route) => {
                span.record("http.route", route);
                span.record("otel.name", format!("{method} {route}"));
            }
            None => {
                span.record("otel.name", method);
            }
        }
    }
    span
}

/// It was answered.
pub fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    end(span);
}

/// An operation. `name` is the client's own name for it.
pub fn operation(kind: &'static str, name: Option<&str>, root_fields: &[String]) -> Span {
    let span = info_span!(
        target: TARGET,
        "graphql",
        otel.name = Empty,
        otel.status_code = Empty,
        graphql.operation.type = kind,
        graphql.operation.name = name.map(|name| name.get(..100).unwrap_or(name)),
        graphql.operation.root_fields = Empty,
        provider_connections.outcome = Empty,
    );
    if !span.is_disabled() {
        span.record("otel.name", format!("graphql {kind}"));
        span.record("graphql.operation.root_fields", root_fields.join(","));
    }
    span
}

/// One of the operations connect, refresh, read and disconnect.
pub fn story(name: &'static str, provider: Provider) -> Span {
    info_span!(
        target: TARGET,
        "story",
        otel.name = name,
        otel.status_code = Empty,
        provider_connections.provider = provider.as_str(),
        provider_connections.connection_id = Empty,
        provider_connections.outcome = Empty,
    )
}

/// The shared part of an operation, in its own task: the call of the upstream and its commit.
/// Callers that join it link to it.
pub fn flight(name: &'static str, provider: Provider) -> Span {
    let span = info_span!(
        target: TARGET,
        "flight",
        otel.name = Empty,
        otel.status_code = Empty,
        provider_connections.provider = provider.as_str(),
        provider_connections.connection_id = Empty,
        provider_connections.outcome = Empty,
    );
    if !span.is_disabled() {
        span.record("otel.name", format!("{name} flight"));
    }
    span
}

/// The connection that it is about.
pub fn is_about(span: &Span, connection: Uuid) {
    if !span.is_disabled() {
        span.record("provider_connections.connection_id", connection.to_string());
    }
}

/// How it ended: `OK`, or with an error code.
pub fn ended(span: &Span, outcome: &str) {
    if !span.is_disabled() {
        span.record("provider_connections.outcome", outcome);
        if outcome != "OK" {
            span.record("otel.status_code", "ERROR");
        }
        end(span);
    }
}

/// Ends it now. Work that it has started may continue, and would keep it open.
fn end(span: &Span) {
    if !span.is_disabled() {
        span.context().span().end();
    }
}

/// `span` waits for work that `other` has started.
pub fn joins(span: &Span, other: &Span) {
    if span.is_disabled() || other.is_disabled() {
        return;
    }
    let other = other.context().span().span_context().clone();
    if other.is_valid() {
        span.add_link(other);
    }
}

/// A statement, by its first word and its table. Without a surrounding span it is not recorded,
/// because the jobs query the database all the time.
pub fn statement<'a>(
    database: &'static str,
    operation: &'static str,
    table: impl FnOnce() -> &'a str,
) -> Span {
    if !span_enabled!(target: TARGET, Level::INFO) || Span::current().is_none() {
        return Span::none();
    }
    let table = table();
    let name = if table.is_empty() { operation.to_owned() } else { format!("{operation} {table}") };
    info_span!(
        target: TARGET,
        "statement",
        otel.name = name,
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = database,
        db.operation.name = operation,
        db.collection.name = Some(table).filter(|table| !table.is_empty()),
    )
}

/// A call to Nhost Auth, a provider, or the publisher of the JWTs' keys. Of the URL it contains
/// only the host.
pub fn upstream(call: &'static str, method: &Method, url: &Url) -> Span {
    info_span!(
        target: TARGET,
        "upstream",
        otel.name = call,
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = known_method(method),
        http.response.status_code = Empty,
        server.address = url.host_str(),
        server.port = url.port_or_known_default(),
        error.type = Empty,
    )
}

/// The upstream has responded, or not.
pub fn upstream_answered(span: &Span, answer: Result<u16, &'static str>) {
    match answer {
        Ok(status) => {
            span.record("http.response.status_code", status);
            if status >= 400 {
                span.record("otel.status_code", "ERROR");
            }
        }
        Err(why) => {
            span.record("error.type", why);
            span.record("otel.status_code", "ERROR");
        }
    }
}

/// A method may be any word.
fn known_method(method: &Method) -> &str {
    let known = [
        Method::GET,
        Method::POST,
        Method::OPTIONS,
        Method::HEAD,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
    ];
    if known.contains(method) { method.as_str() } else { "_OTHER" }
}
