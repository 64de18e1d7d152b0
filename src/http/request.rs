//! Reads a GraphQL request: JSON in the body of a `POST`, or parameters in the URL of a `GET`. See
//! the GraphQL-over-HTTP specification, section 5.

use axum::{
    body::Body,
    extract::Query,
    http::{HeaderMap, Method, StatusCode, Uri, request::Parts},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::{self, Declared, Limit, Sender},
    persisted::Asked,
    refusal::Refusal,
};

/// The methods of `/graphql`.
pub const METHODS: &str = "GET, HEAD, POST, OPTIONS";

/// Reads the request, by either method; also returns its size in bytes.
///
/// # Errors
/// It is not GraphQL, or is too large.
pub async fn read(
    parts: &Parts,
    body: Body,
    sender: &Sender<'_>,
) -> Result<(Asked, usize), Refusal> {
    if reads(&parts.method) {
        let bytes = parts.uri.query().map_or(0, str::len);
        return from_url(&parts.uri).map(|asked| (asked, bytes));
    }
    if parts.method != Method::POST {
        return Err(Refusal::method(METHODS, "Send GraphQL by POST, or a query by GET."));
    }
    from_post(&parts.headers, body, sender).await
}

/// Whether the method is a safe one. `HEAD` is a `GET` whose response has no body.
pub fn reads(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
}

async fn from_post(
    headers: &HeaderMap,
    body: Body,
    sender: &Sender<'_>,
) -> Result<(Asked, usize), Refusal> {
    let declared = body::declared(headers, sender)?;
    let bytes = body::read(body, Limit::of(sender.caller)).await?;
    // Some editors and .NET's encoder put a byte order mark before the text (RFC 8259, 8.1).
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let json: Value = serde_json::from_slice(text).map_err(|_| match declared {
        Declared::Json => Refusal::bad_request(
            "The body is not JSON. Send {\"query\": \"…\", \"variables\": {…}}.",
        ),
        Declared::Otherwise => body::not_json(),
    })?;
    match json {
        Value::Array(batch) => Err(no_batch(batch.len())),
        json => Asked::from_json(json).map(|asked| (asked, bytes.len())),
    }
}

/// A client that sends a batch expects a list. The status is 200, because otherwise Apollo's
/// `BatchHttpLink` would not read it.
fn no_batch(length: usize) -> Refusal {
    /// Repeating the same error more often helps nobody.
    const MOST: usize = 100;
    if length == 0 {
        return Refusal::bad_request(
            "The body is an empty list. Send {\"query\": \"…\", \"variables\": {…}}.",
        );
    }
    Refusal::new(
        StatusCode::OK,
        "BAD_REQUEST",
        "This server does not accept batches. Send each operation in its own request (in Apollo \
         Client, HttpLink instead of BatchHttpLink).",
    )
    .in_a_list(length.min(MOST))
}

/// The parameters of a URL. A duplicate one is rejected, an unknown one ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    document_id: Option<String>,
    #[serde(rename = "doc_id")]
    doc_id: Option<String>,
    id: Option<String>,
    #[serde(default)]
    operation_name: String,
    #[serde(default)]
    variables: String,
    #[serde(default)]
    extensions: String,
}

fn from_url(uri: &Uri) -> Result<Asked, Refusal> {
    const NO_QUERY: &str = "The URL has no \"query\" parameter, or has a parameter twice. Send \
                            GraphQL by POST, or a query by GET: ?query=…&variables={…}.";
    let Query(parameters) =
        Query::<Parameters>::try_from_uri(uri).map_err(|_| Refusal::bad_request(NO_QUERY))?;
    let Parameters { query, document_id, doc_id, id, operation_name, variables, extensions } =
        parameters;
    // A URL has no null: an empty parameter counts as missing.
    let name = (!operation_name.is_empty()).then_some(operation_name);
    let object = |text: String| match text.as_str() {
        "" => Ok(Value::Null),
        text => serde_json::from_str(text),
    };
    let malformed = || {
        Refusal::bad_request(
            "\"variables\" and \"extensions\" in the URL must be JSON objects, URL-encoded: \
             ?query=…&variables={…}.",
        )
    };
    let variables = object(variables).map_err(|_| malformed())?;
    let extensions = object(extensions).map_err(|_| malformed())?;
    let is_object = |value: &Value| value.is_object() || value.is_null();
    if !is_object(&variables) || !is_object(&extensions) {
        return Err(malformed());
    }
    let mut request = json!({
        "documentId": document_id,
        "doc_id": doc_id,
        "id": id,
        "operationName": name,
        "variables": variables,
        "extensions": extensions,
    });
    if let Some(query) = query {
        request["query"] = query.into();
    } else if !Asked::names_a_document(&request) {
        return Err(Refusal::bad_request(NO_QUERY));
    }
    Asked::from_json(request)
}
