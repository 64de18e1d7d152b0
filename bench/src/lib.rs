//! What the two servers that this project is compared with have in common: their settings, the check of the caller's
//! JWT, and the listener. Only what they do per request differs.

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use tokio::net::TcpListener;
use uuid::Uuid;

/// What prevents a peer from running.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// From the environment, as scripts/bench sets it.
pub struct Settings {
    /// `DATABASE_URL`
    pub database_url: String,
    /// `DATABASE_MAX_CONNECTIONS`
    pub max_connections: u32,
    /// `JWT_KEY`: the shared key of HS256.
    pub verifier: Verifier,
}

impl Settings {
    pub fn from_environment() -> Result<Self, Error> {
        let setting = |name: &str| {
            std::env::var(name).map_err(|_| format!("{name} is missing. scripts/bench sets it."))
        };
        Ok(Self {
            database_url: setting("DATABASE_URL")?,
            max_connections: setting("DATABASE_MAX_CONNECTIONS")?.parse()?,
            verifier: Verifier::new(&setting("JWT_KEY")?),
        })
    }
}

/// Checks Nhost's JWTs, as the documentation of `jsonwebtoken` shows it.
pub struct Verifier {
    key: DecodingKey,
    validation: Validation,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(rename = "https://hasura.io/jwt/claims")]
    hasura: HasuraClaims,
}

#[derive(Deserialize)]
struct HasuraClaims {
    #[serde(rename = "x-hasura-user-id")]
    user_id: Uuid,
}

impl Verifier {
    fn new(key: &str) -> Self {
        let key = DecodingKey::from_secret(key.as_bytes());
        Self { key, validation: Validation::new(Algorithm::HS256) }
    }

    /// The user whose JWT the request has.
    pub fn user(&self, headers: &HeaderMap) -> Result<Uuid, StatusCode> {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer "));
        let token = token.ok_or(StatusCode::UNAUTHORIZED)?;
        let decoded = decode::<Claims>(token, &self.key, &self.validation);
        decoded.map(|token| token.claims.hasura.user_id).map_err(|_| StatusCode::UNAUTHORIZED)
    }
}

/// `status`, as the schema of the server names it.
pub fn status(state: &str) -> &'static str {
    match state {
        "active" => "ACTIVE",
        "refresh_failing" => "REFRESH_FAILING",
        _ => "REAUTHENTICATION_REQUIRED",
    }
}

/// Serves on a free port, and prints the address.
pub async fn serve(router: Router) -> Result<(), Error> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    use super::*;

    const KEY: &str = "a key of at least 32 characters, for tests";
    const USER: &str = "0b3f4f8e-5a3c-4d4e-9b0a-0d3f4f8e5a3c";

    fn headers(key: &str, claims: &Value) -> HeaderMap {
        let key = EncodingKey::from_secret(key.as_bytes());
        let token = encode(&Header::default(), claims, &key).unwrap();
        let value = format!("Bearer {token}").parse().unwrap();
        HeaderMap::from_iter([(AUTHORIZATION, value)])
    }

    fn claims(exp: u64) -> Value {
        json!({ "exp": exp, "https://hasura.io/jwt/claims": { "x-hasura-user-id": USER } })
    }

    #[test]
    fn a_good_jwt_names_its_user() {
        let user = Verifier::new(KEY).user(&headers(KEY, &claims(u64::from(u32::MAX))));
        assert_eq!(user, Ok(USER.parse().unwrap()));
    }

    #[test]
    fn a_jwt_that_is_forged_expired_or_missing_is_refused() {
        let verifier = Verifier::new(KEY);
        let other = "another key of at least 32 characters, for tests";
        let refused = Err(StatusCode::UNAUTHORIZED);
        assert_eq!(verifier.user(&headers(other, &claims(u64::from(u32::MAX)))), refused);
        assert_eq!(verifier.user(&headers(KEY, &claims(1))), refused);
        assert_eq!(verifier.user(&HeaderMap::new()), refused);
    }
}
