//! Checks whether Nhost Auth accepts a JWT, and which issuer it publishes. These calls change
//! nothing.

use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::json;

use super::{NhostAuth, join};
use crate::upstream::{UpstreamError, answer::of_upstream};

/// No provider's name: there is nobody whom Nhost Auth could call.
const NO_PROVIDER: &str = "none";

/// What Nhost Auth says to a JWT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JwtCheck {
    Taken,
    Refused,
    /// There is no endpoint that refreshes provider tokens: it is too old, or the path is wrong.
    NoEndpoint,
}

impl NhostAuth {
    /// Asks for a refresh at no provider. Nhost Auth checks the JWT before it looks at anything else:
    /// nothing is called, nothing changes, and it doesn't count among the sign-ins.
    ///
    /// # Errors
    /// It does not answer, limits the rate, or says something else.
    pub async fn check_jwt(&self, jwt: &SecretString) -> Result<JwtCheck, UpstreamError> {
        let path = ["token", "provider", NO_PROVIDER];
        let request = self.request(Method::POST, &path, jwt).json(&json!({}));
        let answer = self.send("check_jwt", request).await?;
        // A proxy in front of it has words of its own.
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

    /// The issuer that an OpenID provider publishes. Nhost Auth is one from 0.46 on, where that is
    /// switched on; `None`: it publishes none.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn published_issuer(&self) -> Result<Option<String>, UpstreamError> {
        let url = join(&self.base, &[".well-known", "openid-configuration"]);
        let answer = self.send("published_issuer", self.http.get(url)).await?;
        let issuer = answer.fields.text("issuer").map(str::to_owned);
        Ok(issuer.filter(|_| answer.status.is_success()))
    }

    /// Nhost Auth's own addresses, as it may write them into its JWTs.
    pub fn addresses(&self) -> [String; 2] {
        [&self.public, &self.base].map(|url| url.as_str().trim_end_matches('/').to_owned())
    }
}
