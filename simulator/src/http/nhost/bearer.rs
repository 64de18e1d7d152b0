//! The layer that checks the bearer token.

use axum::http::{HeaderMap, header};
use serde_json::Value;
use uuid::Uuid;

use super::error::Error;
use crate::{Simulator, jwt::HASURA_CLAIMS};

/// The claims of a valid JWT. It may be an OAuth state, which has no user.
pub(super) struct Claims(Value);

impl Claims {
    pub(super) fn user(&self) -> Option<Uuid> {
        self.0.get("sub")?.as_str()?.parse().ok()
    }
}

/// The JWT in the header, if there is a header.
pub(super) fn optional(
    simulator: &Simulator,
    headers: &HeaderMap,
) -> Result<Option<Claims>, Error> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let malformed = Error::Bearer(MALFORMED);
    let Ok(value) = value.to_str() else {
        return Err(malformed);
    };
    match value.split(' ').collect::<Vec<_>>()[..] {
        ["Bearer", jwt] => match simulator.verify(jwt) {
            Some(claims) => Ok(Some(Claims(claims))),
            None => Err(Error::Bearer("invalid or expired token")),
        },
        _ => Err(malformed),
    }
}

/// The JWT in the header.
pub(super) fn required(simulator: &Simulator, headers: &HeaderMap) -> Result<Claims, Error> {
    optional(simulator, headers)?.ok_or(Error::Bearer(MALFORMED))
}

/// The JWT in the header, which must come from a step-up.
pub(super) fn elevated(simulator: &Simulator, headers: &HeaderMap) -> Result<Claims, Error> {
    let claims = required(simulator, headers)?;
    let elevated = claims.0[HASURA_CLAIMS]["x-hasura-auth-elevated"].as_str();
    let user = claims.0.get("sub").and_then(Value::as_str);
    if elevated.is_none() || elevated != user {
        return Err(Error::NotElevated);
    }
    Ok(claims)
}

const MALFORMED: &str = "missing or malformed authorization header";
