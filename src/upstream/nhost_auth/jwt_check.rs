//! Checks whether Nhost Auth accepts a JWT, and which issuer it publishes. These calls change
//! nothing.

use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::json;

use super::{NhostAuth, join};
use crate::upstream::{UpstreamError, answer::of_upstream};

/// Not the name of a provider, so that Nhost Auth calls nobody.
const NO_PROVIDER: &str = "none";

/// What Nhost Auth answers to a JWT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtCheck {
    Taken,
    Refused,
    /// There is no endpoint that refreshes provider tokens: Nhost Auth is too old, or the path is
    /// wrong.
    NoEndpoint,
}

impl NhostAuth {
    /// Requests a refresh at a provider that doesn't exist. Nhost Auth checks the JWT first:
    /// nothing is called, nothing changes, and it doesn't count as a sign-in.
    ///
    /// # Errors
    /// It does not answer, limits the rate, or says something else.
    pub async fn check_jwt(&self, jwt: &SecretString) -> Result<JwtCheck, UpstreamError> {
        let path = ["token", "provider", NO_PROVIDER];
        let request = self.request(Method::POST, &path, jwt).json(&json!({}));
        let answer = self.send("check_jwt", request).await?;
        // A proxy in front of it has its own errors.
        let by_nhost_auth = answer.error_code().is_some();
        match answer.status {
            StatusCode::BAD_REQUEST | StatusCode::CONFLICT if by_nhost_auth => Ok(JwtCheck::Taken),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if by_nhost_auth => {
                Ok(JwtCheck::Refused)
            }
            StatusCode::NOT_FOUND => Ok(JwtCheck::NoEndpoint),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(UpstreamError::RateLimited { retry_after: answer.retry_after })
            }
            status => Err(UpstreamError::unavailable(
                of_upstream(status).unwrap_or("it answered what this server does not know"),
            )),
        }
    }

    /// The issuer that an OpenID provider publishes. Nhost Auth is one from 0.46 on, if that is
    /// enabled; `None`: it publishes none.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn published_issuer(&self) -> Result<Option<String>, UpstreamError> {
        let url = join(&self.base, &[".well-known", "openid-configuration"]);
        let answer = self.send("published_issuer", self.http.get(url)).await?;
        let issuer = answer.fields.text("issuer").map(str::to_owned);
        Ok(issuer.filter(|_| answer.status.is_success()))
    }

    /// Nhost Auth's own URLs, as it may write them into its JWTs.
    pub fn addresses(&self) -> [String; 2] {
        [&self.public, &self.base].map(|url| url.as_str().trim_end_matches('/').to_owned())
    }
}
