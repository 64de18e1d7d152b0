//! The layer that checks a JSON body against the API description.

use axum::http::{HeaderMap, header};
use serde_json::Value;

use super::error::Error;

/// The string `name` of a JSON object.
pub(super) fn string(headers: &HeaderMap, body: &[u8], name: &str) -> Result<String, Error> {
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    if !is_json {
        return Err(Error::request(
            "request body has an error: header Content-Type has unexpected value",
        ));
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return Err(Error::request("request body has an error: failed to decode request body"));
    };
    match body.get(name) {
        Some(Value::String(value)) => Ok(value.clone()),
        Some(_) => Err(Error::schema("value must be a string")),
        None => Err(Error::schema(format!("property \"{name}\" is missing"))),
    }
}
