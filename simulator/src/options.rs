//! The options that a simulator is started with.

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
    /// As Nhost Auth from 0.46 on if its JWT secret names no issuer: `iss` is its own URL
    /// (`AUTH_SERVER_URL`) instead, and the secret that it returns names none.
    pub issues_by_address: bool,
    /// Whether it is an OpenID provider as well (from 0.46 on), which publishes its issuer.
    pub is_openid_provider: bool,
    pub rate_limits: RateLimits,
    /// The lifetime of Nhost Auth's JWTs.
    pub access_token_lifetime: Duration,
    /// The URL for browsers, without `/v1`. `None`: the address it listens on.
    pub public_url: Option<Url>,
    /// The version of Nhost Auth that it reports.
    pub version: String,
    /// `AUTH_CLIENT_URL`: the app's front page, to which denied, slow and broken sign-ins return.
    /// `None`: the simulator's own page, at `/`.
    pub client_url: Option<Url>,
    /// `AUTH_ACCESS_CONTROL_ALLOWED_REDIRECT_URLS`; empty: every web URL.
    pub redirect_urls: Vec<String>,
    /// How long a person may take at the provider. Nhost Auth allows a minute.
    pub sign_in_lifetime: Duration,
    pub sign_up: SignUp,
    /// Older versions always fail (500) once a user has linked two accounts of one provider.
    pub fails_with_two_accounts: bool,
    pub link_endpoint: LinkEndpoint,
}

/// `POST /link/provider/{provider}`, by which newer versions link another provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkEndpoint {
    #[default]
    Missing,
    /// For every user's JWT.
    Open,
    /// Only for a JWT from a step-up (`AUTH_REQUIRE_ELEVATED_CLAIM`).
    Elevated,
}

/// How new users are created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignUp {
    /// By their first sign-in.
    #[default]
    Automatic,
    /// Only by `/signup/provider/{provider}` (`AUTH_DISABLE_AUTO_SIGNUP`).
    OnRequest,
    /// Not at all (`AUTH_DISABLE_SIGNUP`).
    Disabled,
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
            client_url: None,
            redirect_urls: Vec::new(),
            sign_in_lifetime: Duration::minutes(1),
            sign_up: SignUp::Automatic,
            fails_with_two_accounts: false,
            link_endpoint: LinkEndpoint::Missing,
        }
    }
}

impl Options {
    /// As this version of Nhost Auth does what the versions differ in. From 0.46 on the issuer is its own
    /// address, which it publishes; up to 0.46 a user with two accounts of a provider always gets a
    /// 500.
    pub fn of_version(version: &str) -> Self {
        let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let version_number = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        Self {
            issues_by_address: version_number >= (0, 46),
            is_openid_provider: version_number >= (0, 46),
            fails_with_two_accounts: version_number <= (0, 46),
            version: version.to_owned(),
            ..Self::default()
        }
    }

    /// Reads algorithm, keys, `kid` and issuer from a secret in Nhost's format
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

/// The key that signs JWTs. `None` values are generated.
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
    /// HS256 with a generated key.
    pub fn hs256() -> Self {
        Self::Hs256 { key: None }
    }

    /// HS256 with this key.
    pub fn hs256_with_key(key: impl Into<String>) -> Self {
        Self::Hs256 { key: Some(key.into()) }
    }

    /// RS256 with a generated key pair (2048 bits).
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
