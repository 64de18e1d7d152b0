//! `/control/grants/{user}/{provider}/signal`: makes the provider send the signal that it sends
//! when a user revokes a grant.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::NotFound;
use crate::{Provider, Simulator};

#[derive(Deserialize)]
pub(super) struct Where {
    /// The app's receiver, such as `http://127.0.0.1:4000/signals/google`.
    url: String,
}

pub(super) async fn send(
    State(simulator): State<Simulator>,
    Path((user, provider)): Path<(Uuid, Provider)>,
    Json(to): Json<Where>,
) -> Result<Response, NotFound> {
    let grant = simulator.grant_of(user, provider);
    let grant = grant.ok_or(NotFound("this user has no grant at this provider"))?;
    simulator.revoke(grant);
    let message = simulator.signal_revoked(grant);
    let message = message.ok_or(NotFound("this provider sends no signals"))?;
    Ok(if let Ok(status) = message.send(&to.url).await {
        Json(json!({ "status": status })).into_response()
    } else {
        let body = json!({ "error": "nobody answers at this URL" });
        (StatusCode::BAD_GATEWAY, Json(body)).into_response()
    })
}
