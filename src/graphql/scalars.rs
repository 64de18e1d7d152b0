//! Scalars with the names that Hasura uses, so that a remote relationship can join a table's
//! columns to ours.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, SecondsFormat, Utc};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uuid(pub uuid::Uuid);

/// A UUID (RFC 9562), such as `"c2bf8a3e-7d5e-4f0e-9a45-0d1f6a1f0c11"`. It has the name of Hasura's
/// scalar.
#[Scalar(name = "uuid")]
impl ScalarType for Uuid {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text.parse().map(Self).map_err(|_| {
                InputValueError::custom(
                    "this is not a UUID; one looks like \"c2bf8a3e-7d5e-4f0e-9a45-0d1f6a1f0c11\"",
                )
            }),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamptz(pub DateTime<Utc>);

/// A point in time in RFC 3339 format, in UTC, such as `"2026-01-31T12:00:00Z"`. It has the name of
/// Hasura's scalar.
#[Scalar(name = "timestamptz")]
impl ScalarType for Timestamptz {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text.parse().map(Self).map_err(|_| {
                InputValueError::custom(
                    "this is not an RFC 3339 time; one looks like \"2026-01-31T12:00:00Z\"",
                )
            }),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}
