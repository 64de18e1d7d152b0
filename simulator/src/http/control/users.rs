//! `POST /control/users` and `POST /control/third-party-jwts`

use axum::{Json, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Simulator;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Consent {
    email: String,
    client_id: String,
    #[serde(default = "graphql")]
    scope: String,
}

fn graphql() -> String {
    "graphql".to_owned()
}

/// The user signs in to an OAuth app or MCP client; returns the JWT that it gets.
pub(super) async fn consent(
    State(simulator): State<Simulator>,
    Json(Consent { email, client_id, scope }): Json<Consent>,
) -> Json<Value> {
    let id = simulator.add_user(&email);
    Json(json!({ "jwt": simulator.third_party_jwt(id, &client_id, &scope) }))
}

#[derive(Deserialize)]
pub(super) struct NewUser {
    /// If omitted: an anonymous user.
    email: Option<String>,
    #[serde(default)]
    disabled: bool,
}

/// Adds a user, or finds the one with this email address; returns a JWT and a personal access
/// token.
pub(super) async fn add(
    State(simulator): State<Simulator>,
    Json(user): Json<NewUser>,
) -> Json<Value> {
    let id = match &user.email {
        Some(email) => simulator.add_user(email),
        None => simulator.add_anonymous_user(),
    };
    if user.disabled {
        simulator.disable_user(id);
    }
    Json(json!({
        "id": id,
        "jwt": simulator.jwt(id),
        "personalAccessToken": simulator.personal_access_token(id),
    }))
}
