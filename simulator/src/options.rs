//! What a simulator is started with.

use chrono::Duration;
use serde::Deserialize;
use url::Url;

use crate::{Clock, RateLimits, SigningError};

/// The settings of a simulator.
#[derive(Clone, Debug)]
pub struct Options {
    pub clock: Clock,
    pub signing: Signing,
    /// The claim `iss`.
    pub issuer: String,
    /// As Nhost Auth from 0.46 on where its JWT secret names no issuer: `iss` is its own address
    /// (`AUTH_SERVER_URL`) instead, and the secret that it gives out names none.
    pub issues_by_address: bool,
    /// Whether it is an OpenID provider as well (from 0.46 on), which publishes its issuer.
    pub is_openid_provider: bool,
    pub rate_limits: RateLimits,
    /// How long Nhost Auth's JWTs live.
    pub access_token_lifetime: Duration,
    /// Where browsers reach the simulator, without `/v1`. `None`: the address it listens on.
    pub public_url: Option<Url>,
    /// Which Nhost Auth it says it is.
    pub version: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            signing: Signing::hs256(),
            issuer: "hasura-auth".to_owned(),
            issues_by_address: false,
            is_openid_provider: false,
            rate_limits: RateLimits::default(),
            access_token_lifetime: Duration::seconds(900),
            public_url: None,
            version: "0.46.0".to_owned(),
        }
    }
}

impl Options {
    /// Takes algorithm, keys, `kid` and issuer from a secret in Nhost's format
    /// (`NHOST_JWT_SECRET`); RS256 needs its `signing_key`.
    pub fn with_jwt_secret(mut self, secret: &str) -> Result<Self, SigningError> {
        let secret: Secret = serde_json::from_str(secret)?;
        self.signing = match secret.kind.as_str() {
            "HS256" => Signing::hs256_with_key(secret.key),
            "RS256" => Signing::Rs256 {
                private_key_pem: Some(secret.signing_key.ok_or(SigningError::NoSigningKey)?),
                kid: secret.kid,
            },
            other => return Err(SigningError::Algorithm(other.to_owned())),
        };
        if let Some(issuer) = secret.issuer {
            self.issuer = issuer;
            self.issues_by_address = false;
        }
        Ok(self)
    }
}

#[derive(Deserialize)]
struct Secret {
    #[serde(rename = "type")]
    kind: String,
    key: String,
    signing_key: Option<String>,
    kid: Option<String>,
    issuer: Option<String>,
}

/// The key that JWTs are signed with. What is `None` is generated.
#[derive(Clone)]
pub enum Signing {
    Hs256 {
        key: Option<String>,
    },
    Rs256 {
        /// PKCS #8 or PKCS #1, PEM.
        private_key_pem: Option<String>,
        kid: Option<String>,
    },
}

impl Signing {
    /// HS256 with a key of its own.
    pub fn hs256() -> Self {
        Self::Hs256 { key: None }
    }

    /// HS256 with this key.
    pub fn hs256_with_key(key: impl Into<String>) -> Self {
        Self::Hs256 { key: Some(key.into()) }
    }

    /// RS256 with a key pair of its own (2048 bits).
    pub fn rs256() -> Self {
        Self::Rs256 { private_key_pem: None, kid: None }
    }

    /// RS256 with this private key.
    pub fn rs256_with_pem(private_key_pem: impl Into<String>, kid: impl Into<String>) -> Self {
        Self::Rs256 { private_key_pem: Some(private_key_pem.into()), kid: Some(kid.into()) }
    }
}

impl std::fmt::Debug for Signing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Hs256 { .. } => "Hs256",
            Self::Rs256 { .. } => "Rs256",
        })
    }
}
