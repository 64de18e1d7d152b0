//! What is promised of JWTs, JWT secrets and callers. Each test's name is the promise.

mod algorithms;
mod callers;
mod certificates;
mod claims;
mod fuzz;
mod jwt_secret;
mod keys;
mod locations;
mod mint;
mod nothing_leaks;
mod places_of_claims;
mod services;
mod several_secrets;
mod times_issuer_audience;
mod tokens;
mod verified_tokens;
mod wrong_secrets;

use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{AuthError, Authenticator, Caller, JwtSecret, JwtSecrets, JwtVerifier, Service, User};
use crate::clock::Clock;
use tokens::sign;

const USER: Uuid = Uuid::from_u128(0x1111);
const SECRET: &str = "a shared secret of over thirty-two bytes";
const SERVICE_SECRET: &str = "the service secret";
/// What the clock of every test shows, in seconds since 1970.
const NOW: i64 = 1_800_000_000;
const CLAIMS: &str = "https://hasura.io/jwt/claims";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

/// The payload of an access token as Nhost Auth makes it.
fn payload() -> Value {
    json!({
        "sub": USER,
        "iss": "hasura-auth",
        "iat": NOW - 100,
        "exp": NOW + 800,
        CLAIMS: {
            "x-hasura-user-id": USER,
            "x-hasura-default-role": "user",
            "x-hasura-allowed-roles": ["me", "user"],
            "x-hasura-user-is-anonymous": "false",
        },
    })
}

/// [`payload`] after `change`.
fn payload_but(change: impl FnOnce(&mut Value)) -> Value {
    let mut payload = payload();
    change(&mut payload);
    payload
}

/// The secret `{"type":"HS256",…}` with `more` fields.
fn secret(mut more: Value) -> JwtSecret {
    more["type"] = "HS256".into();
    more["key"] = SECRET.into();
    JwtSecret::parse(&more.to_string()).unwrap()
}

fn authenticator() -> Authenticator {
    authenticator_of(secret(json!({})), Some(SERVICE_SECRET), Clock::from_fn(now))
}

fn authenticator_of(
    secret: impl Into<JwtSecrets>,
    service_secret: Option<&str>,
    clock: Clock,
) -> Authenticator {
    let jwt = JwtVerifier::new(&secret.into(), clock).unwrap();
    Authenticator::new(jwt, service_secret.map(Into::into))
}

/// With the keys at hand nothing is waited for.
fn who(authenticator: &Authenticator, headers: &HeaderMap) -> Result<Caller, AuthError> {
    authenticator.authenticate(headers).now_or_never().unwrap()
}

fn headers(list: &[(&str, &str)]) -> HeaderMap {
    list.iter()
        .map(|(name, value)| {
            (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
        })
        .fold(HeaderMap::new(), |mut map, (name, value)| {
            map.append(name, value);
            map
        })
}

fn bearer(payload: &Value) -> String {
    format!("Bearer {}", sign(payload))
}

fn user(list: &[(&str, &str)]) -> Result<User, AuthError> {
    match who(&authenticator(), &headers(list))? {
        Caller::User(user) => Ok(user),
        other => panic!("taken for another: {other:?}"),
    }
}

fn service(list: &[(&str, &str)]) -> Result<Service, AuthError> {
    let mut headers = headers(list);
    headers.insert("x-service-secret", HeaderValue::from_static(SERVICE_SECRET));
    match who(&authenticator(), &headers)? {
        Caller::Service(service) => Ok(service),
        other => panic!("taken for another: {other:?}"),
    }
}
