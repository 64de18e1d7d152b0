//! Redirects a browser.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use url::Url;

use super::error::Code;
use crate::http::form;

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

/// `target` with these parameters, which replace those with the same names.
pub(super) fn with_query(target: &str, pairs: &[(&str, &str)]) -> String {
    // Only a simulator that does not know its own URL has a relative target.
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
