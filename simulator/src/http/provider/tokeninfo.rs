//! The scopes of an access token, in the form of the provider's API.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{Unreachable, client, reachable};
use crate::{Provider, Simulator};

/// `GET /providers/{provider}/tokeninfo`, and `POST` at Google.
pub(crate) async fn tokeninfo(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Unreachable> {
    let provider = reachable(&simulator, &id)?;
    let now = simulator.now();
    let mut state = simulator.state();
    let token = match provider {
        Provider::Twitch => after_oauth(&headers),
        _ => client::bearer(&headers),
    };
    let grant = token.and_then(|token| {
        state.grant_by_token(provider, token).filter(|grant| grant.opens(token, now))
    });
    Ok(match grant {
        Some(grant) => Json(grant.scopes.about_token(provider)).into_response(),
        None => {
            (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_token" }))).into_response()
        }
    })
}

/// Twitch wants `Authorization: OAuth` here.
fn after_oauth(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("OAuth ")
}
