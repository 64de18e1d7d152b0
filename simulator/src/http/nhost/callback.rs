//! The end of a sign-in with a provider.

use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
    response::Response,
};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{
    error::{Code, Error},
    link, provider,
    redirect::{redirect, redirect_error, with_query},
    redirect_to::allowed,
    signin::Flow,
};
use crate::{Provider, SignUp, Simulator, state::Consent};

#[derive(Deserialize)]
pub(crate) struct Parameters {
    state: String,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    error_uri: Option<String>,
}

/// `GET /v1/signin/provider/{provider}/callback`. A bad state and the provider's own errors
/// redirect to `AUTH_CLIENT_URL`; later errors redirect to the URL that the sign-in asked for.
pub(crate) async fn callback(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let provider = provider(&id)?;
    let client = simulator.client_url();
    let state = simulator.verify(&parameters.state);
    let Some(state) = state.filter(|state| is_flow(&state["flow"])) else {
        let more = [("provider_state", parameters.state.as_str())];
        return Ok(redirect_error(&client, Code::INVALID_STATE, &more));
    };
    let Ok(target) = allowed(&simulator, state["options"]["redirectTo"].as_str()) else {
        return Ok(redirect_error(&client, Code::REDIRECT_TO, &[]));
    };
    let echo = state["state"].as_str().filter(|state| !state.is_empty()).map(|own| ("state", own));
    if let Some(error) = parameters.error.as_deref().filter(|error| !error.is_empty()) {
        let mut more = vec![
            ("provider_error", error),
            (
                "provider_error_description",
                parameters.error_description.as_deref().unwrap_or_default(),
            ),
            ("provider_error_url", parameters.error_uri.as_deref().unwrap_or_default()),
        ];
        more.extend(echo);
        return Ok(redirect_error(&client, Code::OAUTH_PROVIDER, &more));
    }
    let code = parameters.code.as_deref().unwrap_or_default();
    let mut response = match complete(&simulator, provider, code, &state, &headers) {
        Ok(arrival) => {
            let pairs: Vec<_> = arrival.pair().into_iter().chain(echo).collect();
            match pairs[..] {
                [] => redirect(&target),
                _ => redirect(&with_query(&target, &pairs)),
            }
        }
        Err(code) => redirect_error(&target, code, echo.as_slice()),
    };
    if state["flow"] == link::FLOW {
        link::forget(&mut response);
    }
    Ok(response)
}

/// Other JWTs of the same key aren't states.
fn is_flow(flow: &Value) -> bool {
    [Flow::Signin.as_str(), Flow::Signup.as_str(), link::FLOW].iter().any(|known| flow == known)
}

/// The parameters that the browser brings back to the app.
enum Arrival {
    RefreshToken(String),
    /// For a sign-in that started with a challenge.
    Code(String),
    /// A user who links another provider already has a session.
    Linked,
}

impl Arrival {
    fn pair(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::RefreshToken(token) => Some(("refreshToken", token)),
            Self::Code(code) => Some(("code", code)),
            Self::Linked => None,
        }
    }
}

/// Exchanges the code and stores the provider session.
fn complete(
    simulator: &Simulator,
    provider: Provider,
    code: &str,
    state: &Value,
    headers: &HeaderMap,
) -> Result<Arrival, Code> {
    let consent = exchange(simulator, provider, code)?;
    let (user, arrival) = if state["flow"] == link::FLOW {
        let user = link::user_of_cookie(simulator, headers, provider, state)?;
        (link_to(simulator, &consent, user)?, Arrival::Linked)
    } else if let Some(jwt) = state["connect"].as_str() {
        (connect(simulator, &consent, jwt)?, Arrival::Linked)
    } else {
        let user = sign_in(simulator, &consent, state["flow"] == Flow::Signup.as_str())?;
        let now = simulator.now();
        let arrival = match state["codeChallenge"].as_str() {
            Some(challenge) => {
                Arrival::Code(simulator.state().issue_sign_in_code(user, challenge, now))
            }
            None => Arrival::RefreshToken(simulator.state().issue_refresh_token(user, now)),
        };
        (user, arrival)
    };
    simulator.sign_in_as(user, provider, &consent.account, consent.script);
    Ok(arrival)
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

/// The user who has linked the account, otherwise the one with its email address, otherwise a new
/// one if that is allowed: with `AUTH_DISABLE_AUTO_SIGNUP`, new users must come through `/signup`.
fn sign_in(simulator: &Simulator, consent: &Consent, signs_up: bool) -> Result<Uuid, Code> {
    let mut state = simulator.state();
    let known = state
        .owner(consent.provider, &consent.account)
        .or_else(|| state.user_with_address(&consent.account));
    let user = match (known, simulator.sign_up()) {
        (Some(user), _) => user,
        (None, SignUp::Disabled) => return Err(Code::SIGNUP_DISABLED),
        // The same as for a wrong password, so that nobody can find out who is a user.
        (None, SignUp::OnRequest) if !signs_up => return Err(Code::INVALID_EMAIL_PASSWORD),
        (None, SignUp::Automatic | SignUp::OnRequest) => state.add_user(Some(&consent.account)),
    };
    if state.users.get(&user).is_some_and(|user| user.disabled) {
        return Err(Code::DISABLED_USER);
    }
    Ok(user)
}

/// Links the account to the user of the JWT.
fn connect(simulator: &Simulator, consent: &Consent, jwt: &str) -> Result<Uuid, Code> {
    let claims = simulator.verify(jwt).ok_or(Code::INVALID_REQUEST)?;
    let user = claims["sub"].as_str().and_then(|sub| sub.parse().ok());
    link_to(simulator, consent, user.ok_or(Code::INVALID_REQUEST)?)
}

/// An account that is already linked, even to the same user, is rejected, and no session is stored.
fn link_to(simulator: &Simulator, consent: &Consent, user: Uuid) -> Result<Uuid, Code> {
    let mut state = simulator.state();
    if !state.users.contains_key(&user) {
        return Err(Code::INVALID_REQUEST);
    }
    state.link(user, consent.provider, &consent.account).map_err(|_| Code::ALREADY_LINKED)?;
    Ok(user)
}
