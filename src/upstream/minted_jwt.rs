//! The JWTs that this server signs itself, and their issuer.
//!
//! Up to 0.45, Nhost Auth's issuer is `hasura-auth`; from 0.46 on it is its own URL, and the JWT
//! secret may name another. If it names none, the issuer of the project's own JWTs is used, and
//! after that the one that Nhost Auth publishes; in each case a call shows whether Nhost Auth
//! accepts it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use uuid::Uuid;

use super::{JwtCheck, NhostAuth, UpstreamError};
use crate::{
    auth::{Issuer, JwtSecrets},
    clock::Clock,
};

/// The issuer of Nhost Auth up to 0.45 if none is configured.
const DEFAULT_ISSUER: &str = "hasura-auth";

/// The lifetime of a JWT that this server signs: one call.
const LIFETIME: TimeDelta = TimeDelta::minutes(1);

/// The minimum time between two checks of whether Nhost Auth accepts them.
const CHECK_AGAIN: TimeDelta = TimeDelta::seconds(30);

/// Signs JWTs with the JWT secret, like those of Nhost Auth.
pub struct MintedJwts {
    secrets: Arc<JwtSecrets>,
    clock: Clock,
    known: Mutex<Known>,
    // Held during the calls: concurrent callers wait for the same result.
    checking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    verdict: MintedJwtVerdict,
    checked_at: Option<DateTime<Utc>>,
}

/// Whether Nhost Auth accepts the JWTs that this server signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MintedJwtVerdict {
    /// Not checked yet, or Nhost Auth has not answered.
    #[default]
    Unknown,
    /// Accepted with this issuer.
    Taken(String),
    /// Rejected with all of these issuers.
    Refused(Vec<String>),
    NoEndpoint,
}

/// A JWT that this server has signed.
#[derive(Clone, Debug)]
pub struct MintedJwt {
    pub jwt: SecretString,
    pub issuer: String,
}

impl MintedJwts {
    pub fn new(secrets: Arc<JwtSecrets>, clock: Clock) -> Self {
        Self { secrets, clock, known: Mutex::default(), checking: tokio::sync::Mutex::new(()) }
    }

    /// Whether there is a key to sign with.
    pub fn are_possible(&self) -> bool {
        self.secrets.can_mint()
    }

    /// What is known without a call.
    pub fn verdict(&self) -> MintedJwtVerdict {
        self.known().verdict.clone()
    }

    /// A JWT for the user. `None`: there is no key to sign with.
    pub fn mint(&self, user_id: Uuid) -> Option<MintedJwt> {
        let issuer = self.candidates().pop();
        self.mint_by(user_id, issuer.unwrap_or_else(|| DEFAULT_ISSUER.to_owned()))
    }

    fn mint_by(&self, user_id: Uuid, issuer: String) -> Option<MintedJwt> {
        let jwt = self.secrets.mint(user_id, &issuer, self.clock.now(), LIFETIME)?;
        Some(MintedJwt { jwt, issuer })
    }

    /// Asks Nhost Auth which issuer it accepts, unless it was asked recently.
    pub async fn check(&self, nhost_auth: &NhostAuth) -> MintedJwtVerdict {
        if !self.are_possible() {
            return MintedJwtVerdict::Unknown;
        }
        let _one_at_a_time = self.checking.lock().await;
        let now = self.clock.now();
        let before = self.verdict();
        let checked = self.known().checked_at;
        let checked = checked.is_some_and(|at| (at..at + CHECK_AGAIN).contains(&now));
        if checked && !self.has_learnt_more_than(&before) {
            return before;
        }
        let verdict = match self.ask(nhost_auth).await {
            Ok(verdict) => verdict,
            Err(error) => {
                tracing::info!(
                    %error,
                    status = error.status(),
                    class = error.class(),
                    "could not check whether Nhost Auth accepts the JWTs that this server signs"
                );
                before.clone()
            }
        };
        if verdict != before {
            say(&verdict);
        }
        *self.known() = Known { verdict: verdict.clone(), checked_at: Some(now) };
        verdict
    }

    /// Whether a session has shown an issuer that was not tried yet.
    fn has_learnt_more_than(&self, verdict: &MintedJwtVerdict) -> bool {
        match (verdict, self.secrets.issuer()) {
            (MintedJwtVerdict::Refused(tried), Issuer::Seen(seen)) => !tried.contains(&seen),
            _ => false,
        }
    }

    /// A different JWT from one that Nhost Auth has rejected. `None`: none would be accepted, or
    /// the issuer is not the reason.
    pub async fn instead_of(
        &self,
        nhost_auth: &NhostAuth,
        refused: &MintedJwt,
        user_id: Uuid,
    ) -> Option<MintedJwt> {
        match self.check(nhost_auth).await {
            MintedJwtVerdict::Taken(issuer) if issuer != refused.issuer => {
                self.mint_by(user_id, issuer)
            }
            _ => None,
        }
    }

    /// The same without waiting, and without storing the result.
    ///
    /// # Errors
    /// Nhost Auth does not answer.
    pub async fn ask(&self, nhost_auth: &NhostAuth) -> Result<MintedJwtVerdict, UpstreamError> {
        let mut tried = Vec::new();
        let mut candidates = self.candidates();
        let mut may_publish = !matches!(self.secrets.issuer(), Issuer::Configured(_));
        loop {
            let Some(issuer) = candidates.pop() else {
                if !may_publish {
                    return Ok(MintedJwtVerdict::Refused(tried));
                }
                may_publish = false;
                candidates = guessed(nhost_auth).await?;
                continue;
            };
            if tried.contains(&issuer) {
                continue;
            }
            let Some(minted) = self.mint_by(Uuid::nil(), issuer) else {
                return Ok(MintedJwtVerdict::Unknown);
            };
            match nhost_auth.check_jwt(&minted.jwt).await? {
                JwtCheck::Taken => return Ok(MintedJwtVerdict::Taken(minted.issuer)),
                JwtCheck::NoEndpoint => return Ok(MintedJwtVerdict::NoEndpoint),
                JwtCheck::Refused => tried.push(minted.issuer),
            }
        }
    }

    /// The known issuers, the best one last.
    fn candidates(&self) -> Vec<String> {
        let taken = match self.verdict() {
            MintedJwtVerdict::Taken(issuer) => Some(issuer),
            _ => None,
        };
        match self.secrets.issuer() {
            Issuer::Configured(issuer) => vec![issuer],
            Issuer::Seen(seen) => [Some(seen), taken].into_iter().flatten().collect(),
            Issuer::Unknown => taken.into_iter().collect(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left if nothing is known, the best one last.
async fn guessed(nhost_auth: &NhostAuth) -> Result<Vec<String>, UpstreamError> {
    let mut guessed: Vec<_> = nhost_auth.addresses().into();
    guessed.push(DEFAULT_ISSUER.to_owned());
    guessed.extend(nhost_auth.published_issuer().await?);
    Ok(guessed)
}

fn say(verdict: &MintedJwtVerdict) {
    match verdict {
        MintedJwtVerdict::Taken(issuer) => {
            tracing::info!(issuer, "Nhost Auth accepts the JWTs that this server signs");
        }
        MintedJwtVerdict::Refused(tried) => tracing::error!(
            issuers = tried.join(", "),
            "Nhost Auth refuses the JWTs that this server signs, with any of these issuers. Set \
             issuer in the JWT secret to the iss of the project's own JWTs; if that is one of \
             them, copy the project's JWT secret again. Until then services can't connect, and \
             nothing is refreshed while users are away"
        ),
        MintedJwtVerdict::NoEndpoint => tracing::error!(
            "Nhost Auth has no endpoint that refreshes provider tokens: update it to 0.43 or later, \
             and check that NHOST_AUTH_URL ends in /v1"
        ),
        MintedJwtVerdict::Unknown => {}
    }
}

/// Prints no secret.
impl fmt::Debug for MintedJwts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MintedJwts").field("known", &*self.known()).finish_non_exhaustive()
    }
}
