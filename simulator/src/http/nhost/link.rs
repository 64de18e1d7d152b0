//! Links another provider by `POST /v1/link/provider/{provider}` (newer versions; read from
//! `link_provider.go` and `link_cookie.go`). The user is identified by a cookie of the browser that
//! called, and not by the URL as with `connect=<JWT>`: someone who is sent the URL links nothing.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    bearer,
    error::{Code, Error},
    provider,
    redirect_to::allowed,
    signin::consent_page,
};
use crate::{LinkEndpoint, Provider, Simulator, random};

/// The state's `flow`.
pub(super) const FLOW: &str = "connect";
const COOKIE: &str = "nhost-link-connect";
/// Distinguishes the cookie from a session's JWT, which the same key signs.
const PURPOSE: &str = "link-connect";
const LIFETIME: Duration = Duration::minutes(5);

/// `POST /v1/link/provider/{provider}`: returns the provider's URL, and sets the cookie.
pub(crate) async fn start(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Error> {
    let claims = match simulator.link_endpoint() {
        LinkEndpoint::Missing => return Ok(StatusCode::NOT_FOUND.into_response()),
        LinkEndpoint::Open => bearer::required(&simulator, &headers)?,
        LinkEndpoint::Elevated => bearer::elevated(&simulator, &headers)?,
    };
    let provider = provider(&id)?;
    let body: Value = serde_json::from_slice(&bytes)
        .map_err(|_| Error::request("request body has an error: failed to decode request body"))?;
    let user = claims.user().ok_or(Code::INVALID_REQUEST)?;
    {
        let state = simulator.state();
        let user = state.users.get(&user).ok_or(Code::INVALID_REQUEST)?;
        if user.disabled {
            return Err(Code::DISABLED_USER.into());
        }
        if user.email.is_none() {
            return Err(Code::FORBIDDEN_ANONYMOUS.into());
        }
        if !state.provider(provider).enabled {
            return Err(Code::DISABLED_ENDPOINT.into());
        }
    }
    let target = allowed(&simulator, body["redirectTo"].as_str())?;
    let nonce = random::token("");
    let cookie = simulator.sign_for(
        json!({ "sub": user, "purpose": PURPOSE, "provider": provider, "nonce": nonce }),
        LIFETIME,
    );
    let state = simulator.sign_state(json!({
        "options": { "redirectTo": target },
        "state": body["state"],
        "flow": FLOW,
        "nonce": nonce,
    }));
    let url = consent_page(&simulator, provider, &state, &[]);
    let cookie = set_cookie(&cookie, LIFETIME.num_seconds());
    Ok(([(header::SET_COOKIE, cookie)], Json(json!({ "url": url }))).into_response())
}

/// The user to whom a callback of this flow links the account: the user of the cookie, if it
/// belongs to this sign-in.
pub(super) fn user_of_cookie(
    simulator: &Simulator,
    headers: &HeaderMap,
    provider: Provider,
    state: &Value,
) -> Result<Uuid, Code> {
    let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
    let cookie = cookies
        .and_then(|cookies| {
            let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
            pairs.into_iter().find(|(name, _)| *name == COOKIE)
        })
        .and_then(|(_, jwt)| simulator.verify(jwt))
        .ok_or(Code::INVALID_REQUEST)?;
    let same = cookie["purpose"] == PURPOSE
        && cookie["provider"] == provider.as_str()
        && cookie["nonce"].is_string()
        && cookie["nonce"] == state["nonce"];
    let user = cookie["sub"].as_str().and_then(|sub| sub.parse().ok());
    user.filter(|_| same).ok_or(Code::INVALID_REQUEST)
}

/// Removes the cookie, which is valid for one callback.
pub(super) fn forget(response: &mut Response) {
    let value = set_cookie("", 0).parse().expect("a cookie of this file is a header");
    response.headers_mut().append(header::SET_COOKIE, value);
}

fn set_cookie(value: &str, seconds: i64) -> String {
    format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax")
}
