//! The error codes of providers, grouped by what they mean.

/// The grant has ended, or can't continue without its user: RFC 6749 §5.2, GitHub's codes, and
/// those by which Microsoft asks for the user (a second factor, a consent; `OpenID` Connect Core
/// §3.1.2.6).
pub const ENDED: [&str; 6] = [
    "invalid_grant",
    "bad_refresh_token",
    "interaction_required",
    "consent_required",
    "login_required",
    "account_selection_required",
];

/// The client is wrong: RFC 6749 §5.2, GitHub's and Google's codes.
pub const CLIENT: [&str; 6] = [
    "invalid_client",
    "unauthorized_client",
    "incorrect_client_credentials",
    "application_suspended",
    "deleted_client",
    "disabled_client",
];

/// The provider is unavailable for now: RFC 6749 §4.1.2.1, RFC 8628 §3.5, and Google's codes, each
/// with the text for the error.
pub const PASSING: [(&str, &str); 8] = [
    ("backend_error", "it answered backend_error"),
    ("internal_error", "it answered internal_error"),
    ("internal_failure", "it answered internal_failure"),
    ("internal_server_error", "it answered internal_server_error"),
    ("server_error", "it answered server_error"),
    ("service_unavailable", "it answered service_unavailable"),
    ("slow_down", "it answered slow_down"),
    ("temporarily_unavailable", "it answered temporarily_unavailable"),
];

/// Other words for HTTP 429.
pub const RATE: [&str; 5] = [
    "quota_exceeded",
    "rate_limit_exceeded",
    "rate_limited",
    "ratelimitexceeded",
    "too_many_requests",
];

/// About this refresh, but not necessarily its end: they may be caused by the operator's settings,
/// or a policy.
pub const OTHER: [&str; 7] = [
    "access_denied",
    "invalid_request",
    "invalid_resource",
    "invalid_scope",
    "invalid_token",
    "unsupported_grant_type",
    "unverified_user_email",
];

/// Stands for every code that is in no list.
pub const UNKNOWN: &str = "unknown";

pub fn known(list: &[&'static str], code: &str) -> Option<&'static str> {
    list.iter().find(|known| **known == code).copied()
}
