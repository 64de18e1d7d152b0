//! Nhost Auth's endpoints.

pub(super) mod bearer;
pub(super) mod body;
pub(super) mod callback;
pub(super) mod error;
pub(super) mod link;
pub(super) mod pkce;
pub(super) mod provider_tokens;
pub(super) mod redirect;
mod redirect_to;
pub(super) mod session;
pub(super) mod signin;
mod upstream_params;

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use crate::{Provider, Simulator};
use error::Error;

/// `GET /v1/.well-known/jwks.json`
pub(super) async fn jwks(State(simulator): State<Simulator>) -> Json<Value> {
    Json(simulator.jwks())
}

/// `GET /v1/.well-known/openid-configuration`
pub(super) async fn openid_configuration(
    State(simulator): State<Simulator>,
) -> Result<Json<Value>, StatusCode> {
    simulator.openid_configuration().map(Json).ok_or(StatusCode::NOT_FOUND)
}

/// `GET /v1/healthz`
pub(super) async fn healthz() -> Json<&'static str> {
    Json("OK")
}

/// `GET /v1/version`
pub(super) async fn version(State(simulator): State<Simulator>) -> Json<Value> {
    Json(json!({ "version": simulator.version() }))
}

/// The provider in the path; a name that the API description does not list is rejected before the
/// endpoint sees it.
fn provider(id: &str) -> Result<Provider, Error> {
    id.parse().map_err(|_| {
        Error::request(
            "parameter \"provider\" in path has an error: value is not one of the allowed values",
        )
    })
}
