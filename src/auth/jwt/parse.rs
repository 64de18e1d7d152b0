use serde_json::Value;

use super::{JwtSecret, JwtSecretError, fields::Fields};

const NOT_AN_OBJECT: &str =
    "the JWT secret is not a JSON object: write it like {\"type\":\"HS256\",\"key\":\"…\"}";

impl JwtSecret {
    /// Reads the JSON object of `NHOST_JWT_SECRET` or `HASURA_GRAPHQL_JWT_SECRET`. Fields that
    /// Hasura does not know are ignored.
    pub fn parse(json: &str) -> Result<Self, JwtSecretError> {
        match serde_json::from_str(json) {
            Ok(value) => Self::from_json(value),
            Err(error) => Err(JwtSecretError::no_json(NOT_AN_OBJECT, Some(&error))),
        }
    }

    pub(super) fn from_json(value: Value) -> Result<Self, JwtSecretError> {
        match value {
            Value::Object(fields) => Fields::new(fields).read(),
            _ => Err(JwtSecretError::no_json(NOT_AN_OBJECT, None)),
        }
    }
}
