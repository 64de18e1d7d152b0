//! The provider's token endpoint: the refresh grant (RFC 6749 §6).

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use super::{Unreachable, client, error, reachable};
use crate::{
    Endpoint, Provider, Simulator,
    http::{form, instrument::instead},
};

/// `POST /providers/{provider}/token`
pub(crate) async fn refresh(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Unreachable> {
    let provider = reachable(&simulator, &id)?;
    let now = simulator.now();
    let form = form::parse(&body);
    let mut state = simulator.state();
    let answer = if !client::is_authentic(provider, &state.provider(provider), &headers, &form, now)
    {
        Err("invalid_client")
    } else if form.get("grant_type").map(String::as_str) != Some("refresh_token") {
        Err("unsupported_grant_type")
    } else if let Some(token) = form.get("refresh_token") {
        if let Some(fault) = state.blocked(provider, token)
            && let Some(response) = instead(fault, Endpoint::ProviderToken)
        {
            return Ok(response);
        }
        state.refresh(provider, token, now).map_err(|_| "invalid_grant")
    } else {
        Err("invalid_request")
    };
    let wants_json = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    let body = match answer {
        Ok(issued) => issued.oauth_answer(),
        // GitHub sends 200 with errors, too.
        Err(name) if provider == Provider::Github => {
            Map::from_iter([("error".to_owned(), json!(githubs(name)))])
        }
        Err(name) if provider == Provider::Strava => return Ok(stravas(name)),
        Err(name) if provider == Provider::Twitch => return Ok(twitchs(name)),
        Err(name @ "invalid_client") => return Ok(error(StatusCode::UNAUTHORIZED, name)),
        Err(name) => return Ok(error(StatusCode::BAD_REQUEST, name)),
    };
    Ok(if provider == Provider::Github && !wants_json {
        form_encoded(&body)
    } else {
        ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
    })
}

/// GitHub has its own names for these errors.
fn githubs(error: &str) -> &str {
    match error {
        "invalid_client" => "incorrect_client_credentials",
        "invalid_grant" => "bad_refresh_token",
        other => other,
    }
}

/// Strava's errors are those of its API.
fn stravas(error: &str) -> Response {
    let (resource, field) = match error {
        "invalid_client" => ("Application", "client_id"),
        "invalid_grant" => ("RefreshToken", "refresh_token"),
        _ => ("Request", "grant_type"),
    };
    let errors = json!([{ "resource": resource, "field": field, "code": "invalid" }]);
    let body = Json(json!({ "message": "Bad Request", "errors": errors }));
    (StatusCode::BAD_REQUEST, body).into_response()
}

/// And Twitch's are texts.
fn twitchs(error: &str) -> Response {
    let (status, message) = match error {
        "invalid_client" => (StatusCode::FORBIDDEN, "invalid client secret"),
        "invalid_grant" => (StatusCode::BAD_REQUEST, "Invalid refresh token"),
        _ => (StatusCode::BAD_REQUEST, "invalid grant type"),
    };
    let body = Json(json!({ "status": status.as_u16(), "message": message }));
    (status, body).into_response()
}

fn form_encoded(body: &Map<String, Value>) -> Response {
    let pairs: Vec<(&str, String)> = body
        .iter()
        .map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.as_str(), text)
        })
        .collect();
    let form = form::write(pairs.iter().map(|(name, value)| (*name, value.as_str())));
    let kind = [(header::CONTENT_TYPE, "application/x-www-form-urlencoded")];
    (kind, form).into_response()
}
