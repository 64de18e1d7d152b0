use std::fmt;

use jsonwebtoken::{Algorithm, EncodingKey};
use thiserror::Error;
use url::Url;

use super::{
    issuer::SeenIssuer,
    key::{VerifyingKey, type_name},
    location::Location,
    namespace::Namespace,
};

/// What JWTs are verified with: `NHOST_JWT_SECRET`, in Hasura's format.
#[derive(Clone)]
pub struct JwtSecret {
    pub(super) keys: Keys,
    pub(super) location: Location,
    pub(super) namespace: Namespace,
    pub(super) issuer: Option<String>,
    pub(super) seen_issuer: SeenIssuer,
    /// Never an empty list.
    pub(super) audience: Option<Vec<String>>,
    /// Audiences of sessions besides: `ALLOWED_AUDIENCES`.
    pub(super) session_audiences: Vec<String>,
    /// Seconds of leeway for `exp` and `nbf`.
    pub(super) allowed_skew: u32,
}

/// Where the keys are.
#[derive(Clone)]
pub(super) enum Keys {
    /// Here: `type` and `key`.
    Fixed { verifying: [VerifyingKey; 1], signing: Option<Signing> },
    /// At `jwk_url`. With a `type`, too, tokens of that algorithm alone are good.
    Published { url: Url, only: Option<Algorithm> },
}

/// What this server signs with.
#[derive(Clone)]
pub(super) struct Signing {
    pub algorithm: Algorithm,
    pub key: EncodingKey,
    pub kid: Option<String>,
}

/// Why a JWT secret can't be used: every problem at once, none of them showing a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", problems.join("; "))]
pub struct JwtSecretError {
    pub(super) problems: Vec<String>,
}

impl JwtSecretError {
    /// What is wrong and what to do, a sentence each; never empty.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// It isn't JSON, or not of the expected kind.
    pub(super) fn no_json(meant: &str, error: Option<&serde_json::Error>) -> Self {
        // serde's own words can quote the text.
        let place = error.map_or_else(String::new, |error| {
            format!(
                " (line {}, column {}; line breaks in a key are written \\n)",
                error.line(),
                error.column()
            )
        });
        Self { problems: vec![format!("{meant}{place}")] }
    }
}

impl JwtSecret {
    /// Whether a session may carry this `aud`; another one is a client's.
    pub(super) fn is_own_audience(&self, audience: &str) -> bool {
        let own = self.audience.iter().flatten().chain(&self.session_audiences);
        own.into_iter().any(|own| own == audience)
    }

    pub(super) fn signing(&self) -> Option<&Signing> {
        match &self.keys {
            Keys::Fixed { signing, .. } => signing.as_ref(),
            Keys::Published { .. } => None,
        }
    }
}

/// Says the type only, or that the keys are elsewhere.
impl fmt::Debug for JwtSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.keys {
            Keys::Fixed { verifying: [key], .. } => {
                let types = key.algorithms.iter().map(|algorithm| type_name(*algorithm));
                write!(f, "JwtSecret({})", types.collect::<Vec<_>>().join(", "))
            }
            Keys::Published { .. } => write!(f, "JwtSecret(jwk_url)"),
        }
    }
}
