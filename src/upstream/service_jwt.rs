use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use super::{NhostAuth, UpstreamError};
use crate::clock::Clock;

/// A JWT that ends sooner is renewed before it is used.
const RENEW_BEFORE: TimeDelta = TimeDelta::seconds(60);

/// A sign-in that failed is not tried again sooner: Nhost Auth allows ten in five minutes.
const RETRY_AFTER: TimeDelta = TimeDelta::seconds(30);

/// The JWT of a service account, had for its personal access token: what this server calls Nhost
/// Auth with while no user is there. All who need it share one.
#[derive(Debug)]
pub struct ServiceJwt {
    personal_access_token: SecretString,
    clock: Clock,
    // Held across the call: whoever comes meanwhile waits for the same JWT.
    current: Mutex<Option<Jwt>>,
    /// The last sign-in that failed, and when it is tried again.
    failed: Mutex<Option<(UpstreamError, DateTime<Utc>)>>,
}

#[derive(Debug)]
struct Jwt {
    jwt: SecretString,
    ends_at: DateTime<Utc>,
}

impl ServiceJwt {
    pub fn new(personal_access_token: SecretString, clock: Clock) -> Self {
        Self { personal_access_token, clock, current: Mutex::new(None), failed: Mutex::new(None) }
    }

    /// A JWT that lives for a while yet.
    pub async fn get(&self, nhost_auth: &NhostAuth) -> Result<SecretString, UpstreamError> {
        let mut current = self.current.lock().await;
        match current.as_ref() {
            Some(held) if held.ends_at > self.clock.now() + RENEW_BEFORE => Ok(held.jwt.clone()),
            _ => self.sign_in(nhost_auth, &mut current).await,
        }
    }

    /// Another JWT than `refused`, which Nhost Auth no longer takes.
    pub async fn renew(
        &self,
        nhost_auth: &NhostAuth,
        refused: &SecretString,
    ) -> Result<SecretString, UpstreamError> {
        let mut current = self.current.lock().await;
        match current.as_ref() {
            Some(held) if held.jwt.expose_secret() != refused.expose_secret() => {
                Ok(held.jwt.clone())
            }
            _ => self.sign_in(nhost_auth, &mut current).await,
        }
    }

    async fn sign_in(
        &self,
        nhost_auth: &NhostAuth,
        current: &mut Option<Jwt>,
    ) -> Result<SecretString, UpstreamError> {
        let mut failed = self.failed.lock().await;
        let now = self.clock.now();
        if let Some((error, again_at)) = failed.as_ref()
            && (*again_at - RETRY_AFTER..*again_at).contains(&now)
        {
            return Err(error.clone());
        }
        let (jwt, lifetime) =
            nhost_auth.sign_in_pat(&self.personal_access_token).await.inspect_err(|error| {
                *failed = Some((error.clone(), self.clock.now() + RETRY_AFTER));
                tracing::error!(
                    %error,
                    "no JWT could be had for NHOST_SERVICE_PAT: check that the personal access \
                     token has not expired and that its user is not disabled. Until then tokens \
                     are refreshed only when their users read them"
                );
            })?;
        *failed = None;
        *current = Some(Jwt { jwt: jwt.clone(), ends_at: self.clock.now() + lifetime });
        Ok(jwt)
    }
}
