use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{JwtSecret, JwtSecretError, bare_key, fields::Fields};

const NOT_AN_OBJECT: &str =
    "the JWT secret is not a JSON object: write it like {\"type\":\"HS256\",\"key\":\"…\"}";
const IN_QUOTES: &str = "the JWT secret is in quotes, which are part of the value here: a shell \
                         removes them, an .env file or a container may not. Remove them";
const WITHOUT_QUOTES: &str = "the JWT secret has lost its quotes, probably in a shell or a \
                              settings file: put single quotes around the JSON, \
                              '{\"type\":\"HS256\",\"key\":\"…\"}'";
const A_STRING: &str = "the JWT secret is JSON inside a JSON string: remove the quotes around it, \
                        and the backslashes before the quotes in it";
const IN_BASE64: &str =
    "the JWT secret is in base64: decode it with `base64 -d`, and set the JSON that comes out";

impl JwtSecret {
    /// Reads the JSON object of `NHOST_JWT_SECRET` or `HASURA_GRAPHQL_JWT_SECRET`, or a key of
    /// HS256 alone. Fields that Hasura does not know are ignored, unless they are misspelt ones.
    pub fn parse(json: &str) -> Result<Self, JwtSecretError> {
        if let Some(problem) = wrapped(json) {
            return Err(JwtSecretError::no_json(problem, None));
        }
        if let Some(bare) = bare_key::parse(json) {
            return bare;
        }
        match serde_json::from_str(json) {
            Ok(value) => Self::from_json(value),
            Err(error) => Err(JwtSecretError::no_json(NOT_AN_OBJECT, Some(&error))),
        }
    }

    pub(super) fn from_json(value: Value) -> Result<Self, JwtSecretError> {
        match value {
            Value::Object(fields) => Fields::new(fields).read(),
            Value::String(text) if is_json(text.as_bytes()) => {
                Err(JwtSecretError::no_json(A_STRING, None))
            }
            Value::String(text) if bare_key::parse(&text).is_some_and(|bare| bare.is_ok()) => {
                Err(JwtSecretError::no_json(IN_QUOTES, None))
            }
            _ => Err(JwtSecretError::no_json(NOT_AN_OBJECT, None)),
        }
    }
}

/// What JSON is wrapped in that is none as it came, or what was taken from it.
pub(super) fn wrapped(text: &str) -> Option<&'static str> {
    let text = text.trim();
    if text.starts_with(['\'', '"']) && serde_json::from_str::<Value>(text).is_err() {
        return Some(IN_QUOTES);
    }
    if text.starts_with(['{', '[']) && !text.contains('"') && text.contains(':') {
        return Some(WITHOUT_QUOTES);
    }
    let decoded = STANDARD.decode(text.split_whitespace().collect::<String>()).ok()?;
    is_json(&decoded).then_some(IN_BASE64)
}

/// An object, or a list of them.
fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<Value>(text).is_ok_and(|value| value.is_object() || value.is_array())
}
