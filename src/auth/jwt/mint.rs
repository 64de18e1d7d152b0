use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::Header;
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{DEFAULT_NAMESPACE, Issuer, JwtSecret, namespace::Namespace, secret::Signing};

impl JwtSecret {
    /// Whether [`JwtSecret::mint`] gives a JWT: always with a shared secret, otherwise where there
    /// is a `signing_key`.
    pub fn can_mint(&self) -> bool {
        self.signing().is_some()
    }

    /// The issuer of Nhost Auth, as far as it is known.
    pub(super) fn issuer(&self) -> Issuer {
        match (&self.issuer, self.seen_issuer.get()) {
            (Some(issuer), _) => Issuer::Configured(issuer.clone()),
            (None, Some(issuer)) => Issuer::Seen(issuer.as_ref().to_owned()),
            (None, None) => Issuer::Unknown,
        }
    }

    /// A JWT like those of Nhost Auth, as which this server calls Nhost Auth for `user_id`.
    /// `None`: there is nothing to sign with.
    pub fn mint(
        &self,
        user_id: Uuid,
        issuer: &str,
        now: DateTime<Utc>,
        lifetime: Duration,
    ) -> Option<SecretString> {
        let Signing { algorithm, key, kid } = self.signing()?;
        let mut header = Header::new(*algorithm);
        header.kid.clone_from(kid);
        // As Nhost Auth makes its own, which knows names only.
        let namespace = match &self.namespace {
            Namespace::Name(name, _) => name,
            Namespace::Path(..) | Namespace::Map(_) => DEFAULT_NAMESPACE,
        };
        let mut claims = json!({
            "sub": user_id,
            "iss": issuer,
            "iat": now.timestamp(),
            "exp": now.timestamp().saturating_add(lifetime.num_seconds()),
            namespace: {
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
        jsonwebtoken::encode(&header, &claims, key).ok().map(SecretString::from)
    }
}
