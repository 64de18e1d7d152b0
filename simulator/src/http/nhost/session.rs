//! Nhost Auth's own sessions.

use axum::{Json, body::Bytes, extract::State, http::HeaderMap};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    body,
    error::{Code, Error},
};
use crate::Simulator;

/// `POST /v1/token`: a new session for a refresh token, which is used up.
pub(crate) async fn renew(
    State(simulator): State<Simulator>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Error> {
    let token = body::string(&headers, &bytes, "refreshToken")?;
    let now = simulator.now();
    let user = simulator.state().redeem_refresh_token(&token, now);
    session(&simulator, user, Code::INVALID_REFRESH_TOKEN).map(Json)
}

/// `POST /v1/signin/pat`: a session for a personal access token, which stays.
pub(crate) async fn pat(
    State(simulator): State<Simulator>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Error> {
    let token = body::string(&headers, &bytes, "personalAccessToken")?;
    let token: Uuid =
        token.parse().map_err(|_| Error::schema("string doesn't match the format \"uuid\""))?;
    let user = simulator.state().personal_access_token(token);
    let session = session(&simulator, user, Code::INVALID_PAT)?;
    Ok(Json(json!({ "session": session })))
}

pub(super) fn session(
    simulator: &Simulator,
    user: Option<Uuid>,
    unknown: Code,
) -> Result<Value, Error> {
    let user = user.ok_or(unknown)?;
    let disabled = simulator.state().users.get(&user).is_some_and(|user| user.disabled);
    if disabled {
        return Err(Code::DISABLED_USER.into());
    }
    simulator.session(user).ok_or_else(|| unknown.into())
}
