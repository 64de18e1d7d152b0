//! Nhost Auth's JWTs: keys, claims, the secret's format, JWKS.

mod keys;

use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Header, Validation};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(crate) use keys::Keys;

/// The claim that Hasura reads.
pub(crate) const HASURA_CLAIMS: &str = "https://hasura.io/jwt/claims";

/// A signing key that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    #[error("the JWT secret is not JSON in Nhost's format: {0}")]
    Format(#[from] serde_json::Error),
    #[error("the simulator signs with HS256 or RS256, not with {0}")]
    Algorithm(String),
    #[error("RS256 needs the `signing_key` (private key, PEM) to sign with")]
    NoSigningKey,
    #[error("the private key is not an RSA key in PEM: {0}")]
    Key(String),
}

/// The differences of one JWT. The default: as Nhost Auth issues it.
#[derive(Clone, Debug, Default)]
pub struct JwtOptions {
    /// Negative: it has already expired.
    pub lifetime: Option<Duration>,
    /// `x-hasura-allowed-roles`.
    pub roles: Option<Vec<String>>,
    /// `x-hasura-default-role`.
    pub default_role: Option<String>,
    /// `iss`.
    pub issuer: Option<String>,
    /// `iat`; the lifetime counts from it.
    pub issued_at: Option<DateTime<Utc>>,
    /// The header `kid`.
    pub kid: Option<String>,
    /// Issued to a third party, as by Nhost Auth 0.46 as an OAuth 2 provider.
    pub third_party: Option<ThirdParty>,
    /// Overrides the Hasura claims. Arrays become Postgres literals (`{"a","b"}`) as at Nhost; a
    /// name without `x-hasura-` gets the prefix; `null` removes a claim.
    pub extra_claims: Map<String, Value>,
}

/// The OAuth app or MCP client that a JWT is issued to.
#[derive(Clone, Debug)]
pub struct ThirdParty {
    /// `aud`: an id, or a URL.
    pub client_id: String,
    /// `graphql`, or `graphql:role:<role>`, which allows only that role.
    pub scope: String,
}

/// The user that a JWT is for.
pub(crate) struct Subject {
    pub(crate) id: Uuid,
    pub(crate) anonymous: bool,
}

/// The claims of a JWT that Nhost Auth issues for `subject`.
pub(crate) fn claims(
    subject: &Subject,
    issuer: &str,
    lifetime: Duration,
    now: DateTime<Utc>,
    options: &JwtOptions,
) -> Value {
    let (role, roles) = if subject.anonymous {
        ("anonymous", vec!["anonymous".to_owned()])
    } else {
        ("user", vec!["user".to_owned(), "me".to_owned()])
    };
    let scoped_role = options
        .third_party
        .iter()
        .flat_map(|party| party.scope.split(' '))
        .find_map(|scope| scope.strip_prefix("graphql:role:"));
    let (role, roles) = match scoped_role {
        Some(role) => (role, vec![role.to_owned()]),
        None => (role, roles),
    };
    let mut hasura = Map::new();
    let mut put = |name: &str, value: Value| hasura.insert(name.to_owned(), value);
    put("x-hasura-user-id", json!(subject.id));
    put("x-hasura-default-role", json!(options.default_role.as_deref().unwrap_or(role)));
    put("x-hasura-allowed-roles", json!(options.roles.as_ref().unwrap_or(&roles)));
    put("x-hasura-user-is-anonymous", json!(subject.anonymous.to_string()));
    for (name, value) in &options.extra_claims {
        let name = match name.to_lowercase() {
            name if name.starts_with("x-hasura-") => name,
            name => format!("x-hasura-{name}"),
        };
        if value.is_null() {
            hasura.remove(&name);
        } else {
            hasura.insert(name, as_session_variable(value));
        }
    }
    let issued_at = options.issued_at.unwrap_or(now);
    let mut claims = json!({
        "sub": subject.id,
        "iss": options.issuer.as_deref().unwrap_or(issuer),
        "iat": issued_at.timestamp(),
        "exp": (issued_at + options.lifetime.unwrap_or(lifetime)).timestamp(),
        HASURA_CLAIMS: hasura,
    });
    if let Some(ThirdParty { client_id, scope }) = &options.third_party {
        claims["aud"] = json!(client_id);
        claims["scope"] = json!(scope);
    }
    claims
}

/// Session variables are strings; Nhost Auth writes an array as a Postgres literal.
fn as_session_variable(value: &Value) -> Value {
    match value {
        Value::String(_) => value.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(Value::to_string).collect();
            Value::String(format!("{{{}}}", items.join(",")))
        }
        other => Value::String(other.to_string()),
    }
}

/// Signs `claims`.
pub(crate) fn sign(keys: &Keys, claims: &Value, kid: Option<&str>) -> String {
    let mut header = Header::new(keys.algorithm());
    header.kid = kid.or(keys.kid()).map(str::to_owned);
    jsonwebtoken::encode(&header, claims, keys.encoding())
        .expect("a key that was checked at the start signs")
}

/// The claims of `jwt`, if its signature, issuer and times are valid. Like Nhost Auth's own check
/// it has no leeway, and it accepts JWTs without Hasura claims (OAuth state).
pub(crate) fn verify(keys: &Keys, issuer: &str, now: DateTime<Utc>, jwt: &str) -> Option<Value> {
    let mut validation = Validation::new(keys.algorithm());
    // The library would use the system's clock.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["exp", "iss"]);
    let claims = jsonwebtoken::decode::<Value>(jwt, keys.decoding(), &validation).ok()?.claims;
    let time = |name: &str| claims.get(name).and_then(Value::as_i64);
    let fresh =
        time("exp")? > now.timestamp() && time("iat").is_none_or(|at| at <= now.timestamp());
    fresh.then_some(claims)
}
