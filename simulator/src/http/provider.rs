//! The providers' own endpoints.

pub(super) mod authorize;
pub(super) mod client;
pub(super) mod revoke;
pub(super) mod signals;
pub(super) mod token;
pub(super) mod tokeninfo;
pub(super) mod userinfo;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{Provider, Simulator};

/// Why a provider does not respond.
pub(crate) enum Unreachable {
    /// No provider has this name.
    Unknown,
    /// It is down.
    Down,
}

impl IntoResponse for Unreachable {
    fn into_response(self) -> Response {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND.into_response(),
            Self::Down => error(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
        }
    }
}

/// The provider in the path, if there is one and it is up.
fn reachable(simulator: &Simulator, id: &str) -> Result<Provider, Unreachable> {
    let provider = id.parse::<Provider>().map_err(|_| Unreachable::Unknown)?;
    if simulator.state().provider(provider).down {
        return Err(Unreachable::Down);
    }
    Ok(provider)
}

/// An error response (RFC 6749 §5.2).
pub(super) fn error(status: StatusCode, error: &str) -> Response {
    let body = json!({ "error": error, "error_description": "The simulated provider refused." });
    (status, Json(body)).into_response()
}
