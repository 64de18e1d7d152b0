//! What each provider means by its responses where it differs from RFC 6749 §5.2.

use domain::Provider;
use reqwest::StatusCode;
use serde_json::Value;

use super::{microsoft, said::Said};
use crate::upstream::{answer::Answer, reader::Fields};

/// Google, "Using OAuth 2.0": the user's organisation, its policies, or a required reauthentication
/// prevent it; only the user can resolve that.
const GOOGLE_ENDED: [&str; 8] = [
    "access_denied",
    "account_deleted",
    "account_disabled",
    "admin_policy_enforced",
    "invalid_rapt",
    "org_internal",
    "policy_enforced",
    "rapt_required",
];

pub fn said(provider: Provider, answer: &Answer) -> Said {
    let fields = &answer.fields;
    let code = code(answer);
    let own = match provider {
        Provider::Azuread | Provider::Entraid => microsoft::said(fields, code.as_deref()),
        Provider::Google => google(code.as_deref()),
        Provider::Strava => strava(fields),
        Provider::Twitch => twitch(fields),
        Provider::Github => github(answer),
        // They return `invalid_request` for a refresh token that they no longer know.
        Provider::Bitbucket | Provider::Discord | Provider::Linkedin | Provider::Windowslive => {
            (code.as_deref() == Some("invalid_request") && names_dead_token(fields))
                .then_some(Said::Ended("invalid_grant"))
        }
        _ => None,
    };
    own.or(code.map(Said::Code)).unwrap_or(Said::Nothing)
}

/// The string `error` of the body; without one, that of `WWW-Authenticate` (RFC 6750 §3), which
/// Doorkeeper writes as well.
fn code(answer: &Answer) -> Option<String> {
    let of_body = answer.fields.text("error").map(|code| code.trim().to_ascii_lowercase());
    let of_header = || {
        let (_, code) = answer.challenge.split_once("error=\"")?;
        Some(code.split('"').next()?.to_ascii_lowercase())
    };
    of_body.filter(|code| !code.is_empty()).or_else(of_header)
}

fn google(code: Option<&str>) -> Option<Said> {
    GOOGLE_ENDED.iter().find(|ended| Some(**ended) == code).map(|ended| Said::Ended(ended))
}

/// A `client_id` that GitHub does not know is 404 `{"error":"Not Found"}`.
fn github(answer: &Answer) -> Option<Said> {
    let text = answer.fields.text("error").or_else(|| answer.fields.text("message"));
    let not_found = text.is_some_and(|text| normal(text) == "not found");
    (answer.status == StatusCode::NOT_FOUND && not_found).then_some(Said::Client)
}

/// `{"message":"Bad Request","errors":[{"resource":"RefreshToken","field":"…","code":"invalid"}]}`
fn strava(fields: &Fields) -> Option<Said> {
    fields.get("errors")?.as_array()?.iter().find_map(|error| {
        let of = |name| error.get(name).and_then(Value::as_str);
        match (of("resource")?, normal(of("code")?).as_str()) {
            ("RefreshToken", "invalid" | "expired" | "revoked" | "not found") => {
                Some(Said::Ended("invalid_grant"))
            }
            ("Application", "invalid" | "missing" | "inactive") => Some(Said::Client),
            _ => None,
        }
    })
}

/// `{"status":400,"message":"Invalid refresh token"}`. Its `error`, where there is one, is the name of
/// the HTTP status.
fn twitch(fields: &Fields) -> Option<Said> {
    match normal(fields.text("message")?).as_str() {
        "invalid refresh token" | "invalid grant" => Some(Said::Ended("invalid_grant")),
        "invalid client"
        | "invalid client id"
        | "invalid client secret"
        | "missing client id"
        | "missing client secret" => Some(Said::Client),
        _ => None,
    }
}

/// Whether the description says that the refresh token is no longer valid: `Invalid refresh_token`,
/// `The provided value for the input parameter 'refresh_token' is not valid.` Not that it is
/// missing, or too long.
fn names_dead_token(fields: &Fields) -> bool {
    let description = normal(fields.text("error_description").unwrap_or_default());
    let dead = ["invalid", "expired", "revoked", "not valid", "no longer valid", "not found"];
    let other = ["missing", "required", "must be", "supplied", "parameter is"];
    description.contains("refresh token")
        && dead.iter().any(|word| description.contains(word))
        && !other.iter().any(|word| description.contains(word))
}

/// In lower case, with single spaces between words.
pub(super) fn normal(text: &str) -> String {
    let text = text.to_lowercase();
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
