use std::{borrow::Cow, collections::BTreeMap};

use serde_json::{Map, Value};

use super::path::JsonPath;
use crate::auth::AuthError;

const NONE: AuthError = AuthError::invalid(
    "Could not verify JWT: it has no Hasura claims: send the access token of a session, not \
     another token that Nhost Auth signed",
);
const NOT_STRINGIFIED: AuthError = AuthError::invalid(
    "Could not verify JWT: expecting a string when claims_format is stringified_json: the issuer \
     of the token must write its Hasura claims as a JSON string, or this server's JWT secret must \
     have another claims_format",
);
const NOT_MAPPED: AuthError = AuthError::invalid(
    "Could not verify JWT: JWT claim from claims_map not found: the issuer of the token must add \
     the claims that this server's JWT secret maps, or the secret must have a default for it",
);

/// Where the Hasura claims of a token are.
#[derive(Clone)]
pub(super) enum Namespace {
    /// `claims_namespace`.
    Name(String, Format),
    /// `claims_namespace_path`.
    Path(JsonPath, Format),
    /// `claims_map`: each claim on its own. Names in lower case.
    Map(BTreeMap<String, Mapped>),
}

/// `claims_format`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    StringifiedJson,
}

/// One entry of `claims_map`.
#[derive(Clone)]
pub(super) enum Mapped {
    Literal(Value),
    At { path: JsonPath, default: Option<Value> },
}

impl Namespace {
    /// The claims `x-hasura-…` of a payload, by their names.
    pub(super) fn claims<'a>(
        &self,
        payload: &'a Value,
    ) -> Result<Cow<'a, Map<String, Value>>, AuthError> {
        let (found, format) = match self {
            Self::Name(name, format) => (payload.get(name), *format),
            Self::Path(path, format) => (path.find(payload), *format),
            Self::Map(map) => return mapped(map, payload).map(Cow::Owned),
        };
        match (found.ok_or(NONE)?, format) {
            (Value::Object(claims), Format::Json) => Ok(Cow::Borrowed(claims)),
            (_, Format::Json) => Err(NONE),
            (Value::String(json), Format::StringifiedJson) => {
                serde_json::from_str(json).map(Cow::Owned).map_err(|_| NOT_STRINGIFIED)
            }
            (_, Format::StringifiedJson) => Err(NOT_STRINGIFIED),
        }
    }
}

fn mapped(
    map: &BTreeMap<String, Mapped>,
    payload: &Value,
) -> Result<Map<String, Value>, AuthError> {
    let claim = |(name, mapped): (&String, &Mapped)| {
        let value = match mapped {
            Mapped::Literal(value) => Some(value),
            Mapped::At { path, default } => path.find(payload).or(default.as_ref()),
        };
        Ok((name.clone(), value.ok_or(NOT_MAPPED)?.clone()))
    };
    map.iter().map(claim).collect()
}
