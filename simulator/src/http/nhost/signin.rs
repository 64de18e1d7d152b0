//! The beginning of a sign-in with a provider.

use axum::{
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{
    error::{Code, Error},
    provider,
};
use crate::{Simulator, http::form};

#[derive(Deserialize)]
pub(crate) struct Parameters {
    #[serde(rename = "redirectTo")]
    redirect_to: Option<String>,
    /// The JWT of a user who links one more provider.
    connect: Option<String>,
    /// Comes back unread.
    state: Option<String>,
}

/// `GET /v1/signin/provider/{provider}`
pub(crate) async fn start(
    State(simulator): State<Simulator>,
    Path(id): Path<String>,
    Query(parameters): Query<Parameters>,
) -> Result<Response, Error> {
    let provider = provider(&id)?;
    let target = match &parameters.redirect_to {
        Some(target) => allowed(target)?,
        None => simulator.absolute("/"),
    };
    if !simulator.state().provider(provider).enabled {
        return Ok(redirect_error(&target, Code::DISABLED_ENDPOINT, &[]));
    }
    let state = simulator.sign_state(json!({
        "connect": parameters.connect,
        "options": { "redirectTo": target },
        "state": parameters.state,
        "flow": "signin",
    }));
    let query = form::write([
        ("response_type", "code"),
        ("client_id", &simulator.state().provider(provider).client_id),
        ("state", &state),
    ]);
    let consent = simulator.absolute(&format!("/providers/{provider}/authorize?{query}"));
    Ok(redirect(&consent))
}

/// Nhost Auth compares with a list; the simulator takes every web address.
fn allowed(target: &str) -> Result<String, Error> {
    match Url::parse(target) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url.into()),
        _ => Err(Code::REDIRECT_TO.into()),
    }
}

/// 302.
pub(crate) fn redirect(target: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, target)]).into_response()
}

/// Back to the app with `error` and `errorDescription`.
pub(super) fn redirect_error(target: &str, code: Code, more: &[(&str, &str)]) -> Response {
    let error = [("error", code.error), ("errorDescription", code.message)];
    let pairs: Vec<_> = error.iter().chain(more).copied().collect();
    redirect(&with_query(target, &pairs))
}

/// `target` with these parameters, which replace those of the same names.
pub(super) fn with_query(target: &str, pairs: &[(&str, &str)]) -> String {
    // Only a simulator that does not know its own address has a relative target.
    let Ok(mut url) = Url::parse(target) else {
        return format!("{target}?{}", form::write(pairs.iter().copied()));
    };
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .into_owned()
        .filter(|(name, _)| !pairs.iter().any(|(new, _)| new == name))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(pairs);
    url.into()
}
