use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::Header;
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use super::JwtSecret;

/// The issuer of Nhost Auth where none is configured.
const DEFAULT_ISSUER: &str = "hasura-auth";

impl JwtSecret {
    /// Whether [`JwtSecret::mint`] gives a JWT: always with a shared secret, otherwise where there
    /// is a `signing_key`.
    pub fn can_mint(&self) -> bool {
        self.signing.is_some()
    }

    /// A JWT like those of Nhost Auth, as which this server calls Nhost Auth for `user_id`.
    /// `None`: there is nothing to sign with.
    pub fn mint(
        &self,
        user_id: Uuid,
        now: DateTime<Utc>,
        lifetime: Duration,
    ) -> Option<SecretString> {
        let signing = self.signing.as_ref()?;
        let mut header = Header::new(self.algorithm);
        header.kid.clone_from(&self.kid);
        let mut claims = json!({
            "sub": user_id,
            "iss": self.issuer.as_deref().unwrap_or(DEFAULT_ISSUER),
            "iat": now.timestamp(),
            "exp": now.timestamp().saturating_add(lifetime.num_seconds()),
            &self.claims_namespace: {
                "x-hasura-user-id": user_id,
                "x-hasura-default-role": "user",
                "x-hasura-allowed-roles": ["user", "me"],
                "x-hasura-user-is-anonymous": "false",
            },
        });
        if let Some(audience) = &self.audience {
            claims["aud"] = match audience.as_slice() {
                [one] => Value::from(one.as_str()),
                several => Value::from(several),
            };
        }
        jsonwebtoken::encode(&header, &claims, signing).ok().map(SecretString::from)
    }
}
