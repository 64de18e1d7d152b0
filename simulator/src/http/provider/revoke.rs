//! The provider's revocation endpoint, in the form that the provider uses.

use std::collections::HashMap;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{Unreachable, client, error, reachable};
use crate::{Provider, Simulator, http::form, state::Settings};

/// `POST /providers/{provider}/revoke` with `token` in a form (RFC 7009), which says 200 to tokens
/// that it does not know, too (§2.2). Google and Twitch refuse those. `DELETE` for GitHub, with
/// `access_token` in JSON, and for Facebook, with it as bearer; `POST` of `access_token` for Strava:
/// they take no refresh token. A token that is known takes its whole grant with it.
pub(crate) async fn revoke(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Unreachable> {
    let provider = reachable(&simulator, &id)?;
    let deletes = matches!(provider, Provider::Github | Provider::Facebook);
    if deletes != (method == Method::DELETE) {
        return Ok(StatusCode::METHOD_NOT_ALLOWED.into_response());
    }
    let given = given(&body);
    let now = simulator.now();
    let mut state = simulator.state();
    let settings = state.provider(provider);
    let proven = match provider {
        Provider::Google | Provider::Facebook | Provider::Strava => true,
        Provider::Twitch => is_client_id(&settings, &given),
        _ => client::is_authentic(provider, &settings, &headers, &given, now),
    };
    if !proven {
        return Ok(error(StatusCode::UNAUTHORIZED, "invalid_client"));
    }
    let by_access_token = deletes || provider == Provider::Strava;
    let token = match provider {
        Provider::Facebook => client::bearer(&headers).map(str::to_owned),
        _ if by_access_token => given.get("access_token").cloned(),
        _ => given.get("token").cloned(),
    };
    let Some(token) = token else {
        return Ok(error(StatusCode::BAD_REQUEST, "invalid_request"));
    };
    let grant = state
        .grant_by_token(provider, &token)
        .filter(|grant| !by_access_token || grant.opens(&token, now))
        .filter(|grant| grant.view().alive);
    let Some(grant) = grant else { return Ok(unknown(provider)) };
    grant.end("it was revoked at the provider's revocation endpoint");
    Ok(match provider {
        Provider::Github => StatusCode::NO_CONTENT.into_response(),
        Provider::Facebook => Json(json!({ "success": true })).into_response(),
        Provider::Strava => Json(json!({ "access_token": token })).into_response(),
        _ => StatusCode::OK.into_response(),
    })
}

/// The fields of the body: a form, or JSON.
fn given(body: &[u8]) -> HashMap<String, String> {
    let Ok(Value::Object(json)) = serde_json::from_slice(body) else { return form::parse(body) };
    let strings = json.into_iter();
    strings.filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
}

fn is_client_id(settings: &Settings, given: &HashMap<String, String>) -> bool {
    given.get("client_id") == Some(&settings.client_id)
}

/// The response to a token that was revoked before, has expired, or never existed.
fn unknown(provider: Provider) -> Response {
    let (status, body) = match provider {
        Provider::Google => (StatusCode::BAD_REQUEST, json!({ "error": "invalid_token" })),
        Provider::Twitch => {
            (StatusCode::BAD_REQUEST, json!({ "status": 400, "message": "Invalid token" }))
        }
        Provider::Github => (StatusCode::NOT_FOUND, json!({ "message": "Not Found" })),
        Provider::Facebook => (
            StatusCode::BAD_REQUEST,
            json!({ "error": { "type": "OAuthException", "code": 190, "message": "It expired." } }),
        ),
        Provider::Strava => (
            StatusCode::UNAUTHORIZED,
            json!({ "message": "Authorization Error", "errors": [
                { "resource": "Athlete", "field": "access_token", "code": "invalid" },
            ] }),
        ),
        _ => return StatusCode::OK.into_response(),
    };
    (status, Json(body)).into_response()
}
