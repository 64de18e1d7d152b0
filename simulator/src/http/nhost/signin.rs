//! The beginning of a sign-in with a provider.

use std::collections::HashMap;

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use serde_json::json;

use super::{
    error::{Code, Error},
    pkce, provider,
    redirect::{redirect, redirect_error},
    redirect_to::allowed,
    upstream_params,
};
use crate::{Provider, SignUp, Simulator, http::form};

/// The purpose of the sign-in. It is signed into the state, so that one can't be taken for the
/// other.
#[derive(Clone, Copy)]
pub(super) enum Flow {
    Signin,
    Signup,
}

impl Flow {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Signin => "signin",
            Self::Signup => "signup",
        }
    }
}

/// `GET /v1/signin/provider/{provider}`
pub(crate) async fn signin(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    start(&simulator, provider(&id)?, &parsed(query), Flow::Signin)
}

/// `GET /v1/signup/provider/{provider}`: how new users sign up if `AUTH_DISABLE_AUTO_SIGNUP` is
/// set.
pub(crate) async fn signup(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let provider = provider(&id)?;
    if simulator.sign_up() == SignUp::Disabled {
        return Err(Code::SIGNUP_DISABLED.into());
    }
    start(&simulator, provider, &parsed(query), Flow::Signup)
}

fn parsed(query: Option<String>) -> HashMap<String, String> {
    form::parse(query.unwrap_or_default().as_bytes())
}

fn start(
    simulator: &Simulator,
    provider: Provider,
    parameters: &HashMap<String, String>,
    flow: Flow,
) -> Result<Response, Error> {
    let parameter = |name: &str| parameters.get(name).map(String::as_str);
    let target = allowed(simulator, parameter("redirectTo"))?;
    let challenge = parameter("codeChallenge").filter(|challenge| !challenge.is_empty());
    if challenge.is_some_and(|challenge| !pkce::is_challenge(challenge)) {
        return Err(Code::INVALID_REQUEST.into());
    }
    let settings = simulator.state().provider(provider);
    if !settings.enabled {
        return Ok(redirect_error(&target, Code::DISABLED_ENDPOINT, &[]));
    }
    let upstream = upstream_params::of(parameters)?;
    // A sign-up links nothing.
    let connect = parameter("connect").filter(|_| matches!(flow, Flow::Signin));
    let state = simulator.sign_state(json!({
        "connect": connect,
        "options": { "redirectTo": target },
        "state": parameter("state"),
        "flow": flow.as_str(),
        "codeChallenge": challenge,
    }));
    let consent = consent_page(simulator, provider, &state, &upstream);
    Ok(redirect(&consent))
}

/// The provider's page, as Nhost Auth redirects browsers to it.
pub(super) fn consent_page(
    simulator: &Simulator,
    provider: Provider,
    state: &str,
    upstream: &[(&str, &str)],
) -> String {
    let client_id = simulator.state().provider(provider).client_id;
    let own = [("response_type", "code"), ("client_id", client_id.as_str()), ("state", state)];
    let query = form::write(own.into_iter().chain(upstream.iter().copied()));
    simulator.absolute(&format!("/providers/{provider}/authorize?{query}"))
}
