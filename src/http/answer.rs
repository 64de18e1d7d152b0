//! GraphQL over HTTP: the media type, the status, and errors that are JSON whatever went wrong. See
//! the GraphQL-over-HTTP specification, sections 6.3 and 6.4.

use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::json;

use super::bounded::{AnswerLimit, errors_to_json, to_json, with_few_errors};
use crate::graphql::{code_of_library_error, restore_path};

const JSON: &str = "application/json";
const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

/// The format that the client can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/json`: 200 whenever the request was GraphQL.
    Json,
    /// `application/graphql-response+json`: the status is meaningful as well.
    GraphqlResponse,
}

impl MediaType {
    /// The media type that the `Accept` header prefers; JSON if it names neither.
    pub fn accepted(headers: &HeaderMap) -> Self {
        let new = quality(headers, GRAPHQL_RESPONSE);
        if new > 0.0 && new >= quality(headers, JSON) { Self::GraphqlResponse } else { Self::Json }
    }

    /// Whether the `Accept` header has one of the two.
    pub fn is_named(headers: &HeaderMap) -> bool {
        [JSON, GRAPHQL_RESPONSE].iter().any(|wanted| quality(headers, wanted) > 0.0)
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json",
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
        })
    }
}

/// The weight of a media type in the `Accept` header; 0: not accepted (RFC 9110, section 12.5.1).
pub fn quality(headers: &HeaderMap, wanted: &str) -> f32 {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let matches = parts.next()?.eq_ignore_ascii_case(wanted);
            let q = parts
                .find_map(|parameter| parameter.strip_prefix("q="))
                .map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
            matches.then_some(q)
        })
        .fold(0.0, f32::max)
}

/// The response of the schema.
pub fn executed(media_type: MediaType, response: GraphqlResponse, limit: AnswerLimit) -> Response {
    let response = with_codes(response);
    let status = match media_type {
        MediaType::GraphqlResponse if never_ran(&response) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    };
    let body = if never_ran(&response) {
        errors_to_json(&response.errors)
    } else {
        to_json(&response, limit)
    };
    (status, [(header::CONTENT_TYPE, media_type.content_type())], body).into_response()
}

/// A response as it is sent: without `data` if it was never executed (GraphQL, September 2025,
/// section 7.1).
#[derive(Serialize)]
#[serde(untagged)]
pub enum Body<'a> {
    NeverRan { errors: &'a [ServerError] },
    Ran(&'a GraphqlResponse),
}

impl<'a> From<&'a GraphqlResponse> for Body<'a> {
    fn from(response: &'a GraphqlResponse) -> Self {
        if never_ran(response) {
            Self::NeverRan { errors: &response.errors }
        } else {
            Self::Ran(response)
        }
    }
}

/// An error without a path was found before the first resolver ran.
fn never_ran(response: &GraphqlResponse) -> bool {
    response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty())
}

/// The request never became GraphQL, or this server can't accept it now.
pub fn refused(
    media_type: MediaType,
    status: StatusCode,
    code: &str,
    message: &str,
    more: &serde_json::Value,
) -> Response {
    let mut extensions = json!({ "code": code });
    if let (Some(extensions), Some(more)) = (extensions.as_object_mut(), more.as_object()) {
        extensions.extend(more.clone());
    }
    let body = json!({ "errors": [{ "message": message, "extensions": extensions }] });
    (status, [(header::CONTENT_TYPE, media_type.content_type())], body.to_string()).into_response()
}

/// The same for each operation of a batch.
pub fn refused_in_a_list(
    media_type: MediaType,
    status: StatusCode,
    code: &str,
    message: &str,
    times: usize,
) -> Response {
    let one = json!({ "errors": [{ "message": message, "extensions": { "code": code } }] });
    let body = serde_json::Value::Array(vec![one; times]).to_string();
    (status, [(header::CONTENT_TYPE, media_type.content_type())], body).into_response()
}

/// Hasura would turn a response that is not JSON into an opaque error, and the cause is usually a
/// URL without its path.
pub fn not_found(message: &str) -> Response {
    refused(MediaType::Json, StatusCode::NOT_FOUND, "NOT_FOUND", message, &json!({}))
}

/// Each error with its code and its path, up to a sensible number.
pub fn with_codes(mut response: GraphqlResponse) -> GraphqlResponse {
    with_few_errors(&mut response);
    response.errors.iter_mut().for_each(with_code);
    response
}

fn with_code(error: &mut ServerError) {
    restore_path(error);
    let has_code =
        error.extensions.as_ref().is_some_and(|extensions| extensions.get("code").is_some());
    if !has_code {
        let code = code_of_library_error(error);
        error.extensions.get_or_insert_default().set("code", code);
    }
}
