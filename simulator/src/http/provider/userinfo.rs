//! A stand-in for the provider's API: does the access token open it?

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Unreachable, client, reachable};
use crate::{Simulator, signals};

/// `GET /providers/{provider}/userinfo`
pub(crate) async fn userinfo(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Unreachable> {
    let provider = reachable(&simulator, &id)?;
    let now = simulator.now();
    let mut state = simulator.state();
    let grant = client::bearer(&headers).and_then(|token| {
        state.grant_by_token(provider, token).filter(|grant| grant.opens(token, now))
    });
    Ok(if let Some(grant) = grant {
        // Each provider has its own name for the id.
        let id = signals::account_id(provider, &grant.account);
        Json(json!({
            "sub": id,
            "id": id,
            "uuid": id,
            "email": grant.account,
            "provider": provider,
        }))
        .into_response()
    } else {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
        let body = Json(json!({ "error": "invalid_token" }));
        (StatusCode::UNAUTHORIZED, challenge, body).into_response()
    })
}
