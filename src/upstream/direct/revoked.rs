//! What the response of a revocation endpoint means.

use domain::Provider;
use reqwest::StatusCode;
use serde_json::Value;
use url::Url;

use super::{
    UpstreamError,
    refusal::{client_refused, refusal},
};
use crate::upstream::{RevocationMethod, answer::Answer};

/// The result for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Revoked {
    Now,
    /// The provider does not know it: it was revoked before, or has expired.
    Unknown,
}

/// What an error response says about the token.
pub(super) fn outcome(
    provider: Provider,
    method: RevocationMethod,
    url: &Url,
    answer: &Answer,
) -> Result<Revoked, UpstreamError> {
    let (status, fields) = (answer.status, &answer.fields);
    match method {
        RevocationMethod::GithubGrant => match status {
            StatusCode::NOT_FOUND => return Ok(Revoked::Unknown),
            StatusCode::UNAUTHORIZED => return Err(client_refused(status, url)),
            _ => {}
        },
        RevocationMethod::StravaDeauthorize if status == StatusCode::UNAUTHORIZED => {
            return Ok(Revoked::Unknown);
        }
        RevocationMethod::FacebookPermissions => {
            let code = fields.get("error").and_then(|error| error.get("code"));
            match code.and_then(Value::as_i64) {
                // The access token has expired.
                Some(190) => return Ok(Revoked::Unknown),
                // A parameter is wrong, and the proof is the only one.
                Some(100) => return Err(client_refused(status, url)),
                _ => {}
            }
        }
        _ if status == StatusCode::BAD_REQUEST => {
            let unknown = fields.text("error") == Some("invalid_token")
                || fields
                    .text("message")
                    .is_some_and(|text| text.eq_ignore_ascii_case("invalid token"));
            if unknown {
                return Ok(Revoked::Unknown);
            }
        }
        _ => {}
    }
    match refusal(provider, url, answer) {
        // A token that a policy blocks for now is not revoked.
        UpstreamError::Ended(evidence) if evidence.code == "invalid_grant" => Ok(Revoked::Unknown),
        error => Err(error),
    }
}
