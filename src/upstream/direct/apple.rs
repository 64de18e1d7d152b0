//! Apple's client secret: a JWT that is signed with a key of the developer account.

use std::{fmt, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, crypto};
use secrecy::SecretString;
use serde_json::json;

/// Apple allows six months, but a leaked secret should be of little use.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// A secret is not used in this last part of its lifetime, because clocks differ and calls take
/// time.
const MARGIN: TimeDelta = TimeDelta::minutes(1);

/// A key for "Sign in with Apple", and its owner.
#[derive(Clone)]
pub struct AppleKey {
    team_id: String,
    key_id: String,
    /// Shared, so that signing keys are not copied.
    private_key: Arc<EncodingKey>,
}

/// The text is not a P-256 private key in PEM (PKCS#8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a P-256 private key in PEM format (PKCS#8)")]
pub struct NotAnAppleKey;

/// A signed secret, while it is valid.
#[derive(Clone)]
pub(super) struct Signed {
    pub secret: SecretString,
    from: DateTime<Utc>,
}

impl Signed {
    /// Whether it may be used. One from the future was signed before the clock was set back.
    pub fn is_good(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && now < self.from + LIFETIME - MARGIN
    }
}

impl AppleKey {
    /// # Errors
    /// The key can't sign as Apple wants it to.
    pub fn new(team_id: String, key_id: String, pem: &str) -> Result<Self, NotAnAppleKey> {
        // Settings that go through Compose or a shell often carry line breaks as `\n`.
        let pem = pem.replace("\\n", "\n");
        let key = EncodingKey::from_ec_pem(pem.as_bytes()).map_err(|_| NotAnAppleKey)?;
        // The library accepts a key on any curve, and only fails when it signs.
        crypto::sign(b"provider-connections", &key, Algorithm::ES256).map_err(|_| NotAnAppleKey)?;
        Ok(Self { team_id, key_id, private_key: Arc::new(key) })
    }

    /// See Apple's "Creating a client secret". `None`: it could not be signed, which
    /// [`AppleKey::new`] rules out.
    pub(super) fn sign(&self, client_id: &str, now: DateTime<Utc>) -> Option<Signed> {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.key_id.clone());
        let claims = json!({
            "iss": self.team_id,
            "iat": now.timestamp(),
            "exp": (now + LIFETIME).timestamp(),
            "aud": "https://appleid.apple.com",
            "sub": client_id,
        });
        let secret = jsonwebtoken::encode(&header, &claims, &self.private_key).ok()?.into();
        Some(Signed { secret, from: now })
    }
}

impl fmt::Debug for AppleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AppleKey({} of {})", self.key_id, self.team_id)
    }
}
