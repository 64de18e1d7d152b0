//! How a GraphQL request comes: by `POST`, as JSON, or by `GET`, in the URL. See the
//! GraphQL-over-HTTP specification, section 5.

use async_graphql::{Name, parser::types::OperationType};
use axum::{
    body::Body,
    extract::Query,
    http::{HeaderMap, Method, StatusCode, Uri, header, request::Parts},
};
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};

use super::refusal::Refusal;

/// A larger body is refused. Queries are far smaller; Hasura's with a hundred aliases is 10 KiB.
/// A URL can't be as large: hyper ends it at 64 KiB.
const BODY_LIMIT: usize = 256 * 1024;
/// A body that is too large is read this far and thrown away, because a client that is still
/// sending would not see the answer.
const DRAIN_LIMIT: usize = 32 * 1024 * 1024;

/// Reads the request, by either method.
///
/// # Errors
/// It is not GraphQL, or is too large.
pub async fn read(parts: &Parts, body: Body) -> Result<async_graphql::Request, Refusal> {
    if parts.method == Method::GET {
        return from_url(&parts.uri);
    }
    if parts.method != Method::POST {
        return Err(Refusal::method("GET, POST", "Send GraphQL by POST, or a query by GET."));
    }
    if !is_json(&parts.headers) {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "Send GraphQL as JSON, with the header 'Content-Type: application/json'.",
        ));
    }
    let body = bytes(body).await.map_err(|error| match error {
        BodyError::TooLarge => Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "PAYLOAD_TOO_LARGE",
            "The request is larger than 256 KiB. Send a smaller one.",
        ),
        BodyError::Broken => {
            Refusal::bad_request("The request ended before its body was complete. Send it again.")
        }
    })?;
    from_body(&body)
}

/// Refuses a request that came by `GET` and would do more than read: a link, an image or a
/// prefetch must change nothing.
///
/// # Errors
/// It is anything but a query, or could be.
pub fn only_reads(request: &mut async_graphql::Request) -> Result<(), Refusal> {
    let name = request.operation_name.clone();
    let queries = request.parsed_query().is_ok_and(|document| {
        document
            .operations
            .iter()
            // Without a name there is but one operation, or none runs.
            .filter(|(named, _)| name.is_none() || named.map(Name::as_str) == name.as_deref())
            .all(|(_, operation)| operation.node.ty == OperationType::Query)
    });
    if queries {
        return Ok(());
    }
    Err(Refusal::method("POST", "Only a query can be sent by GET. Send a mutation by POST."))
}

/// Whether it runs a subscription.
pub fn is_subscription(request: &mut async_graphql::Request) -> bool {
    let name = request.operation_name.clone();
    request.parsed_query().is_ok_and(|document| {
        document
            .operations
            .iter()
            .filter(|(named, _)| name.is_none() || named.map(Name::as_str) == name.as_deref())
            .any(|(_, operation)| operation.node.ty == OperationType::Subscription)
    })
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

async fn bytes(body: Body) -> Result<Vec<u8>, BodyError> {
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

fn from_body(body: &[u8]) -> Result<async_graphql::Request, Refusal> {
    let json: Value = serde_json::from_slice(body).map_err(|_| {
        Refusal::bad_request("The body is not JSON. Send {\"query\": \"…\", \"variables\": {…}}.")
    })?;
    if json.is_array() {
        return Err(Refusal::bad_request(
            "Batches of operations are off. Send one operation a request; it may hold many fields.",
        ));
    }
    // A misspelt or missing `query` would otherwise be an empty document.
    if !json.get("query").is_some_and(Value::is_string) {
        return Err(Refusal::bad_request(
            "The body has no string \"query\". Send {\"query\": \"…\", \"variables\": {…}}.",
        ));
    }
    serde_json::from_value(json).map_err(|_| {
        Refusal::bad_request(
            "\"variables\" and \"extensions\" are objects, and \"operationName\" is a string. \
             Send {\"query\": \"…\", \"variables\": {…}}.",
        )
    })
}

/// The parameters of a URL. One that is there twice is refused, one that is not known ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: String,
    #[serde(default)]
    operation_name: String,
    #[serde(default)]
    variables: String,
    #[serde(default)]
    extensions: String,
}

fn from_url(uri: &Uri) -> Result<async_graphql::Request, Refusal> {
    let Query(parameters) = Query::<Parameters>::try_from_uri(uri).map_err(|_| {
        Refusal::bad_request(
            "The URL has no \"query\", or a parameter twice. Send GraphQL by POST, or a query by \
             GET: ?query=…&variables={…}.",
        )
    })?;
    let Parameters { query, operation_name, variables, extensions } = parameters;
    // A URL has no null: an empty parameter is one that was left out.
    let name = (!operation_name.is_empty()).then_some(operation_name);
    let object = |text: String| match text.as_str() {
        "" => Ok(Value::Null),
        text => serde_json::from_str(text),
    };
    let malformed = || {
        Refusal::bad_request(
            "\"variables\" and \"extensions\" in the URL are objects in JSON, URL-encoded: \
             ?query=…&variables={…}.",
        )
    };
    let variables = object(variables).map_err(|_| malformed())?;
    let extensions = object(extensions).map_err(|_| malformed())?;
    let request = json!({
        "query": query,
        "operationName": name,
        "variables": variables,
        "extensions": extensions,
    });
    serde_json::from_value(request).map_err(|_| malformed())
}
