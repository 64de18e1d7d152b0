use chrono::{DateTime, Duration, Utc};
use secrecy::SecretString;
use serde_json::Value;
use uuid::Uuid;

use super::{Issuer, JwtSecret, JwtSecretError, location::Location, parse::wrapped};

const NOT_A_LIST: &str = "the JWT secrets are not a JSON list of objects: write them like \
                          [{\"type\":\"HS256\",\"key\":\"…\"}]";

/// One JWT secret or several, of different issuers or while keys are changed. Never none.
#[derive(Clone, Debug)]
pub struct JwtSecrets(Vec<JwtSecret>);

impl JwtSecrets {
    /// Reads the JSON list of `HASURA_GRAPHQL_JWT_SECRETS`.
    pub fn parse(json: &str) -> Result<Self, JwtSecretError> {
        let list = match serde_json::from_str(json) {
            Ok(Value::Array(list)) if !list.is_empty() => list,
            Ok(_) => return Err(JwtSecretError::no_json(NOT_A_LIST, None)),
            Err(error) => {
                return Err(match wrapped(json) {
                    Some(problem) => JwtSecretError::no_json(problem, None),
                    None => JwtSecretError::no_json(NOT_A_LIST, Some(&error)),
                });
            }
        };
        let (mut secrets, mut problems) = (Vec::new(), Vec::new());
        for (number, value) in (1..).zip(list) {
            match JwtSecret::from_json(value) {
                Ok(secret) => secrets.push(secret),
                Err(error) => problems
                    .extend(error.problems().iter().map(|of| format!("number {number}: {of}"))),
            }
        }
        if problems.is_empty() { Ok(Self(secrets)) } else { Err(JwtSecretError { problems }) }
    }

    /// The same, where sessions may carry one of these in `aud` as well.
    #[must_use]
    pub fn with_session_audiences(mut self, audiences: &[String]) -> Self {
        for secret in &mut self.0 {
            secret.session_audiences = audiences.to_vec();
        }
        self
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &JwtSecret> {
        self.0.iter()
    }

    /// Whether some tokens come in cookies: then browsers of other origins must be let send them.
    pub fn uses_cookies(&self) -> bool {
        self.iter().any(|secret| matches!(secret.location, Location::Cookie(_)))
    }

    /// Whether [`JwtSecrets::mint`] gives a JWT.
    pub fn can_mint(&self) -> bool {
        self.iter().any(JwtSecret::can_mint)
    }

    /// The issuer of the tokens that belong to the secret which [`JwtSecrets::mint`] signs with.
    pub fn issuer(&self) -> Issuer {
        let minting = self.iter().find(|secret| secret.can_mint());
        minting.map_or(Issuer::Unknown, JwtSecret::issuer)
    }

    /// A JWT of `issuer` by the first of the secrets that can sign, as which this server calls Nhost
    /// Auth for `user_id`. `None`: none can.
    pub fn mint(
        &self,
        user_id: Uuid,
        issuer: &str,
        now: DateTime<Utc>,
        lifetime: Duration,
    ) -> Option<SecretString> {
        self.iter().find_map(|secret| secret.mint(user_id, issuer, now, lifetime))
    }
}

impl From<JwtSecret> for JwtSecrets {
    fn from(secret: JwtSecret) -> Self {
        Self(vec![secret])
    }
}
