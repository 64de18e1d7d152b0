//! The end of a sign-in with a provider.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{
    error::{Code, Error},
    provider,
    signin::{redirect, redirect_error, with_query},
};
use crate::{Provider, Simulator, state::Consent};

#[derive(Deserialize)]
pub(crate) struct Parameters {
    state: String,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// `GET /v1/signin/provider/{provider}/callback`
pub(crate) async fn callback(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Result<Response, Error> {
    let provider = provider(&id)?;
    let state = simulator.verify(&parameters.state);
    let target = state.as_ref().and_then(|state| state["options"]["redirectTo"].as_str());
    let (Some(state), Some(target)) = (&state, target) else {
        let target = simulator.absolute("/");
        return Ok(redirect_error(&target, Code::INVALID_STATE, &[]));
    };
    if let Some(error) = &parameters.error {
        let description = parameters.error_description.as_deref().unwrap_or_default();
        let more =
            [("provider_error", error.as_str()), ("provider_error_description", description)];
        return Ok(redirect_error(target, Code::OAUTH_PROVIDER, &more));
    }
    let code = parameters.code.as_deref().unwrap_or_default();
    Ok(match complete(&simulator, provider, code, state) {
        Ok(refresh_token) => {
            let mut pairs = Vec::new();
            if let Some(token) = &refresh_token {
                pairs.push(("refreshToken", token.as_str()));
            }
            if let Some(value) = state["state"].as_str() {
                pairs.push(("state", value));
            }
            match pairs[..] {
                [] => redirect(target),
                _ => redirect(&with_query(target, &pairs)),
            }
        }
        Err(code) => redirect_error(target, code, &[]),
    })
}

/// Exchanges the code and keeps the provider session. Whoever signs in gets a refresh token;
/// whoever links one more provider has a session already and gets none.
fn complete(
    simulator: &Simulator,
    provider: Provider,
    code: &str,
    state: &Value,
) -> Result<Option<String>, Code> {
    let consent = exchange(simulator, provider, code)?;
    let (user, refresh_token) = if let Some(jwt) = state["connect"].as_str() {
        (connect(simulator, &consent, jwt)?, None)
    } else {
        let user = sign_in(simulator, &consent)?;
        let now = simulator.now();
        (user, Some(simulator.state().issue_refresh_token(user, now)))
    };
    simulator.sign_in_as(user, provider, &consent.account, consent.script);
    Ok(refresh_token)
}

fn exchange(simulator: &Simulator, provider: Provider, code: &str) -> Result<Consent, Code> {
    let mut state = simulator.state();
    let settings = state.provider(provider);
    if !settings.enabled {
        return Err(Code::DISABLED_ENDPOINT);
    }
    if settings.down {
        return Err(Code::TOKEN_EXCHANGE);
    }
    state.redeem_code(provider, code).ok_or(Code::TOKEN_EXCHANGE)
}

/// The user who has linked the account, else the one with its address, else a new one.
fn sign_in(simulator: &Simulator, consent: &Consent) -> Result<Uuid, Code> {
    let mut state = simulator.state();
    let user = match state.owner(consent.provider, &consent.account) {
        Some(owner) => owner,
        None => state.add_user(Some(&consent.account)),
    };
    if state.users.get(&user).is_some_and(|user| user.disabled) {
        return Err(Code::DISABLED_USER);
    }
    Ok(user)
}

/// Links the account to the user of the JWT. An account that is linked already, even to the same
/// user, is refused, and no session is kept.
fn connect(simulator: &Simulator, consent: &Consent, jwt: &str) -> Result<Uuid, Code> {
    let claims = simulator.verify(jwt).ok_or(Code::INVALID_REQUEST)?;
    let user: Uuid =
        claims["sub"].as_str().and_then(|sub| sub.parse().ok()).ok_or(Code::INVALID_REQUEST)?;
    let mut state = simulator.state();
    if !state.users.contains_key(&user) {
        return Err(Code::INVALID_REQUEST);
    }
    state.link(user, consent.provider, &consent.account).map_err(|_| Code::ALREADY_LINKED)?;
    Ok(user)
}
