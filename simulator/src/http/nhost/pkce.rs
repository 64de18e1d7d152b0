//! PKCE (RFC 7636) between the app and Nhost Auth: a sign-in that started with `codeChallenge`
//! returns with a `code`, which is worthless without the verifier.

use aws_lc_rs::digest::{SHA256, digest};
use axum::{Json, body::Bytes, extract::State, http::HeaderMap};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    body,
    error::{Code, Error},
    session,
};
use crate::Simulator;

/// Whether it looks like an S256 challenge: 43 characters of base64url.
pub(super) fn is_challenge(challenge: &str) -> bool {
    challenge.len() == 43
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The challenge of a verifier (S256).
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// `POST /v1/token/exchange`: a session for a code and its verifier, once. A code that is unknown,
/// expired or used up, or has another verifier, gets the same `invalid-request`.
pub(crate) async fn exchange(
    State(simulator): State<Simulator>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Error> {
    let code = body::string(&headers, &bytes, "code")?;
    let verifier = body::string(&headers, &bytes, "codeVerifier")?;
    if verifier.len() < 43 {
        return Err(Error::schema("minimum string length is 43"));
    }
    if verifier.len() > 128 {
        return Err(Error::schema("maximum string length is 128"));
    }
    let now = simulator.now();
    let user = simulator.state().redeem_sign_in_code(&code, &challenge_of(&verifier), now);
    let session = session::session(&simulator, user, Code::INVALID_REQUEST)?;
    Ok(Json(json!({ "session": session })))
}
