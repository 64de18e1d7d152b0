//! The provider's revocation endpoint, in the forms that providers have for it.

use std::collections::HashMap;

use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{Unreachable, client, error, reachable};
use crate::{Simulator, http::form};

/// `POST /providers/{provider}/revoke` with `token` in a form (RFC 7009), or `access_token`
/// (Strava); `DELETE` with `access_token` in JSON (GitHub), in the query or as a bearer token
/// (Facebook). Client credentials, or the access token as bearer, must be right. A token that is
/// not known is no error (RFC 7009 §2.2); one that is takes its whole grant with it.
pub(crate) async fn revoke(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Unreachable> {
    let provider = reachable(&simulator, &id)?;
    let mut given = form::parse(&body);
    if let Ok(Value::Object(json)) = serde_json::from_slice(&body) {
        let strings = json.into_iter();
        given.extend(strings.filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))));
    }
    given.extend(query);
    let bearer = client::bearer(&headers).map(str::to_owned);
    let token = ["token", "access_token"]
        .iter()
        .find_map(|name| given.get(*name).cloned())
        .or_else(|| bearer.clone());
    let mut state = simulator.state();
    let by_itself = token.is_some() && (bearer.is_some() || given.contains_key("access_token"));
    if !by_itself && !client::is_authentic(&state.provider(provider), &headers, &given) {
        return Ok(error(StatusCode::UNAUTHORIZED, "invalid_client"));
    }
    let Some(token) = token else {
        return Ok(error(StatusCode::BAD_REQUEST, "invalid_request"));
    };
    if let Some(grant) = state.grant_by_token(provider, &token) {
        grant.end("it was revoked at the provider's revocation endpoint");
    }
    Ok(StatusCode::OK.into_response())
}
