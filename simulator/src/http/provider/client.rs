//! Client authentication at a provider's endpoint (RFC 6749 §2.3.1).

use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

use crate::{Provider, state::Settings};

/// Whether the caller is the client: by HTTP basic authentication, or by `client_id` and
/// `client_secret` in the form. Apple's secret is a JWT.
pub(super) fn is_authentic(
    provider: Provider,
    settings: &Settings,
    headers: &HeaderMap,
    form: &HashMap<String, String>,
    now: DateTime<Utc>,
) -> bool {
    let given = basic(provider, headers).or_else(|| {
        let secret = form.get("client_secret").cloned().unwrap_or_default();
        Some((form.get("client_id")?.clone(), secret))
    });
    given.is_some_and(|(id, secret)| {
        let is_right = if provider == Provider::Apple {
            is_apples(settings, &secret, now)
        } else {
            secret == settings.client_secret
        };
        id == settings.client_id && is_right
    })
}

#[derive(Deserialize)]
struct AppleClaims {
    aud: String,
    sub: String,
    iat: i64,
    exp: i64,
}

/// Apple's client secret is signed with the client's key, whose public half, in PEM, is configured
/// in the simulator.
fn is_apples(settings: &Settings, secret: &str, now: DateTime<Utc>) -> bool {
    let Ok(key) = DecodingKey::from_ec_pem(settings.client_secret.as_bytes()) else {
        return false;
    };
    let mut validation = Validation::new(Algorithm::ES256);
    // By the simulator's clock, below.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let Ok(jwt) = jsonwebtoken::decode::<AppleClaims>(secret, &key, &validation) else {
        return false;
    };
    let six_months = Duration::seconds(15_777_000).num_seconds();
    let (claims, now) = (jwt.claims, now.timestamp());
    jwt.header.kid.is_some()
        && claims.aud == "https://appleid.apple.com"
        && claims.sub == settings.client_id
        && claims.iat <= now
        && (now..=now + six_months).contains(&claims.exp)
}

fn basic(provider: Provider, headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    if provider == Provider::Github {
        // Its API expects both unencoded (RFC 7617).
        return Some((id.to_owned(), secret.to_owned()));
    }
    Some((unescaped(id)?, unescaped(secret)?))
}

/// RFC 6749 wants both form-encoded before they are put together.
fn unescaped(value: &str) -> Option<String> {
    let pair = format!("v={value}");
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned())
}

/// The token in `Authorization: Bearer`, if it is one.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    // Twitch's documentation writes `OAuth`.
    value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("OAuth "))
}
