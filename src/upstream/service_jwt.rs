use std::sync::{Mutex as StdMutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;

use super::{NhostAuth, UpstreamError};
use crate::clock::Clock;

/// A JWT that expires sooner is renewed before it is used.
const RENEW_BEFORE: TimeDelta = TimeDelta::seconds(60);

/// The minimum time between two attempts after a failed sign-in: Nhost Auth allows ten in five
/// minutes.
const RETRY_AFTER: TimeDelta = TimeDelta::seconds(30);

/// The JWT of a service account, issued for its personal access token: this server calls Nhost Auth
/// with it while no user is there. All callers share one.
#[derive(Debug)]
pub struct ServiceJwt {
    personal_access_token: SecretString,
    clock: Clock,
    /// What is used while there is none, for the log.
    otherwise: &'static str,
    // Held during the call: concurrent callers wait for the same JWT.
    current: Mutex<Option<Jwt>>,
    /// The last failed sign-in, and when to try again.
    failed: StdMutex<Option<(UpstreamError, DateTime<Utc>)>>,
}

#[derive(Debug)]
struct Jwt {
    jwt: SecretString,
    ends_at: DateTime<Utc>,
}

impl ServiceJwt {
    /// `mints`: whether this server can sign JWTs itself instead.
    pub fn new(personal_access_token: SecretString, mints: bool, clock: Clock) -> Self {
        let otherwise = if mints {
            "JWTs that this server signs itself are used"
        } else {
            "tokens are refreshed only when their users read them"
        };
        Self {
            personal_access_token,
            clock,
            otherwise,
            current: Mutex::new(None),
            failed: StdMutex::new(None),
        }
    }

    /// Whether the last sign-in failed.
    pub fn is_missing(&self) -> bool {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// A JWT that is valid for a while.
    pub async fn get(&self, nhost_auth: &NhostAuth) -> Result<SecretString, UpstreamError> {
        let mut current = self.current.lock().await;
        match current.as_ref() {
            Some(held) if held.ends_at > self.clock.now() + RENEW_BEFORE => Ok(held.jwt.clone()),
            _ => self.sign_in(nhost_auth, &mut current).await,
        }
    }

    /// A different JWT from `refused`, which Nhost Auth no longer accepts.
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
        if let Some(error) = self.failed_just_now() {
            return Err(error);
        }
        match nhost_auth.sign_in_pat(&self.personal_access_token).await {
            Ok((jwt, lifetime)) => {
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = None;
                *current = Some(Jwt { jwt: jwt.clone(), ends_at: self.clock.now() + lifetime });
                Ok(jwt)
            }
            Err(error) => {
                let user_id = current.take().and_then(|held| user_of(&held.jwt));
                tracing::error!(
                    %error,
                    status = error.status(),
                    class = error.class(),
                    subject = "the service account of NHOST_SERVICE_PAT",
                    user_id,
                    until_then = self.otherwise,
                    "can't get a JWT with NHOST_SERVICE_PAT: check that the personal access token \
                     has not expired and that its user is neither disabled nor deleted"
                );
                let again_at = self.clock.now() + RETRY_AFTER;
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some((error.clone(), again_at));
                Err(error)
            }
        }
    }

    fn failed_just_now(&self) -> Option<UpstreamError> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        let (error, again_at) = failed.as_ref()?;
        let now = self.clock.now();
        (*again_at - RETRY_AFTER..*again_at).contains(&now).then(|| error.clone())
    }
}

/// The user of the JWT. Nhost Auth has just signed it, which is good enough for the log.
fn user_of(jwt: &SecretString) -> Option<String> {
    let claims = jsonwebtoken::dangerous::insecure_decode_claims::<Value>(jwt.expose_secret());
    claims.ok()?.get("sub")?.as_str().map(str::to_owned)
}
