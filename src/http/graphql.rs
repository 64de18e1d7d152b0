use std::{sync::Arc, time::Duration};

use async_graphql::Response as GraphqlResponse;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use serde_json::json;
use tokio::sync::Semaphore;
use tower_http::request_id::RequestId as HttpRequestId;

use super::answer::{MediaType, executed, refused};
use crate::{
    auth::{Authenticator, Caller},
    config::Introspection,
    connections::Connections,
    graphql::{
        ConnectionLoader, Documents, EventLoader, Limits, ProviderConnectionsSchema, RequestId,
        schema,
    },
    metrics,
};

/// A larger body is refused. Queries are far smaller; Hasura's with a hundred aliases is 10 KiB.
const BODY_LIMIT: usize = 256 * 1024;
/// A body that is too large is read this far and thrown away, because a client that is still
/// sending would not see the answer.
const DRAIN_LIMIT: usize = 32 * 1024 * 1024;
/// Requests at once; more are turned away rather than queued without end.
const CONCURRENCY: usize = 1024;
/// A body that has not come by then does not come.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);
/// Under the 60 seconds after which Hasura gives up. What was started goes on.
const TIMEOUT: Duration = Duration::from_secs(55);

/// Everything behind `POST /graphql`.
pub struct GraphqlEndpoint {
    authenticator: Authenticator,
    introspection: Introspection,
    for_users: ProviderConnectionsSchema,
    for_services: ProviderConnectionsSchema,
    connections: Connections,
    documents: Documents,
    places: Semaphore,
}

impl GraphqlEndpoint {
    pub fn new(
        connections: Connections,
        authenticator: Authenticator,
        introspection: Introspection,
    ) -> Self {
        Self {
            authenticator,
            introspection,
            for_users: schema(connections.clone(), Limits::USER),
            for_services: schema(connections.clone(), Limits::SERVICE),
            connections,
            documents: Documents::default(),
            places: Semaphore::new(CONCURRENCY),
        }
    }

    async fn answer(&self, request: Request) -> Result<Response, Refusal> {
        let (parts, body) = request.into_parts();
        let headers = &parts.headers;
        let media_type = MediaType::accepted(headers);
        let refuse = |status, code, message| Refusal { media_type, status, code, message };
        if parts.method != Method::POST {
            return Err(refuse(
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "Send GraphQL by POST.",
            ));
        }
        if !is_json(headers) {
            return Err(refuse(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "Send GraphQL as JSON, with the header 'Content-Type: application/json'.",
            ));
        }
        let _place = self.places.try_acquire().map_err(|_| {
            refuse(
                StatusCode::TOO_MANY_REQUESTS,
                "RATE_LIMITED",
                "This server has more requests than it can take. Try again in a second.",
            )
        })?;
        let body = tokio::time::timeout(BODY_TIMEOUT, read(body));
        let body = body.await.unwrap_or(Err(BodyError::Broken)).map_err(|error| match error {
            BodyError::TooLarge => refuse(
                StatusCode::PAYLOAD_TOO_LARGE,
                "PAYLOAD_TOO_LARGE",
                "The request is larger than 256 KiB. Send a smaller one.",
            ),
            BodyError::Broken => refuse(
                StatusCode::BAD_REQUEST,
                "BAD_REQUEST",
                "The request ended before its body was complete. Send it again.",
            ),
        })?;
        let request = parse(&body)
            .map_err(|message| refuse(StatusCode::BAD_REQUEST, "BAD_REQUEST", message))?;
        let caller = self.authenticator.authenticate(headers).await;
        let is_service = matches!(caller, Ok(Caller::Service(_)));
        metrics::graphql_asked(match &caller {
            Ok(Caller::User(_)) => "user",
            Ok(Caller::Service(_)) => "service",
            Err(_) => "none",
        });
        let mut request = request
            .data(caller)
            .data(ConnectionLoader::new(self.connections.clone()))
            .data(EventLoader::new(self.connections.clone()));
        if let Some(id) = parts.extensions.get::<HttpRequestId>() {
            let id = id.header_value().to_str().unwrap_or_default().to_owned();
            request = request.data(RequestId(id));
        }
        let may_introspect = match self.introspection {
            Introspection::Public => true,
            Introspection::Service => is_service,
            Introspection::Off => false,
        };
        if !may_introspect {
            request = request.disable_introspection();
        }
        let (schema, limits) = if is_service {
            (&self.for_services, Limits::SERVICE)
        } else {
            (&self.for_users, Limits::USER)
        };
        if let Err(error) = self.documents.parse_within(&mut request, limits) {
            return Ok(executed(media_type, GraphqlResponse::from_errors(vec![error])));
        }
        let response =
            tokio::time::timeout(TIMEOUT, schema.execute(request)).await.map_err(|_| {
                refuse(
                    StatusCode::GATEWAY_TIMEOUT,
                    "UPSTREAM_UNAVAILABLE",
                    "This took too long. Nothing is lost; try again in a few seconds.",
                )
            })?;
        Ok(executed(media_type, response))
    }
}

/// `POST /graphql`.
pub async fn graphql(State(endpoint): State<Arc<GraphqlEndpoint>>, request: Request) -> Response {
    endpoint.answer(request).await.unwrap_or_else(Refusal::into_response)
}

/// Why a request did not get as far as GraphQL.
struct Refusal {
    media_type: MediaType,
    status: StatusCode,
    code: &'static str,
    message: &'static str,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let more = match self.code {
            "RATE_LIMITED" => json!({ "retryAfter": 1 }),
            "UPSTREAM_UNAVAILABLE" => {
                json!({ "upstream": "provider-connections", "retryAfter": 5 })
            }
            _ => json!({}),
        };
        let mut response = refused(self.media_type, self.status, self.code, self.message, &more);
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        }
        response
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

enum BodyError {
    TooLarge,
    Broken,
}

async fn read(body: Body) -> Result<Vec<u8>, BodyError> {
    let mut stream = body.into_data_stream();
    let (mut bytes, mut seen) = (Vec::new(), 0);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| BodyError::Broken)?;
        seen += chunk.len();
        if seen <= BODY_LIMIT {
            bytes.extend_from_slice(&chunk);
        } else if seen > DRAIN_LIMIT {
            break;
        }
    }
    if seen > BODY_LIMIT { Err(BodyError::TooLarge) } else { Ok(bytes) }
}

fn parse(body: &[u8]) -> Result<async_graphql::Request, &'static str> {
    const NOT_JSON: &str = "The body is not JSON. Send {\"query\": \"…\", \"variables\": {…}}.";
    let json: serde_json::Value = serde_json::from_slice(body).map_err(|_| NOT_JSON)?;
    if json.is_array() {
        return Err("Batches of operations are off. Send one operation a request; it may hold \
                    many fields.");
    }
    // A misspelt or missing `query` would otherwise be an empty document.
    if !json.get("query").is_some_and(serde_json::Value::is_string) {
        return Err(
            "The body has no string \"query\". Send {\"query\": \"…\", \"variables\": {…}}.",
        );
    }
    serde_json::from_value(json).map_err(|_| {
        "\"variables\" and \"extensions\" are objects, and \"operationName\" is a string. Send \
         {\"query\": \"…\", \"variables\": {…}}."
    })
}
