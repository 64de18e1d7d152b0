//! The provider session: returned once, then refreshed.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::Value;

use super::{
    bearer, body,
    error::{Code, Error},
    provider,
};
use crate::{Provider, Simulator, state::NoSession};

/// `GET /v1/signin/provider/{provider}/callback/tokens`
pub(crate) async fn fetch(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Error> {
    let claims = bearer::optional(&simulator, &headers)?;
    let provider = provider(&id)?;
    let user = claims.and_then(|claims| claims.user()).ok_or(Code::INVALID_REQUEST)?;
    let mut state = simulator.state();
    let user = state.users.get(&user).ok_or(Code::INVALID_REQUEST)?;
    if user.disabled {
        return Err(Code::DISABLED_USER.into());
    }
    if user.email.is_none() {
        return Err(Code::FORBIDDEN_ANONYMOUS.into());
    }
    let user = user.id;
    match state.take_session(user, provider) {
        Ok(session) => Ok(Json(session)),
        // The same response as a real fault.
        Err(NoSession::Cleared | NoSession::TwoAccounts) => Err(Code::INTERNAL.into()),
    }
}

/// `POST /v1/token/provider/{provider}`: any valid JWT of this project will do.
pub(crate) async fn refresh(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Error> {
    bearer::required(&simulator, &headers)?;
    let provider = provider(&id)?;
    let token = body::string(&headers, &bytes, "refreshToken")?;
    let now = simulator.now();
    let mut state = simulator.state();
    let settings = state.provider(provider);
    if !settings.enabled {
        return Err(Code::DISABLED_ENDPOINT.into());
    }
    if settings.down || provider == Provider::Twitter {
        return Err(Error::OAUTH_PROVIDER);
    }
    if state.blocked(provider, &token).is_some() {
        return Err(Error::OAUTH_PROVIDER);
    }
    match state.refresh(provider, &token, now) {
        Ok(issued) => Ok(Json(issued.provider_session())),
        Err(_) => Err(Error::OAUTH_PROVIDER),
    }
}
