//! Security event tokens (RFC 8417): JWTs in which an issuer reports that something happened. A
//! discovery document says where the issuer's keys are, as for Google's Cross-Account Protection.

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::{Mutex as Turn, Semaphore};
use url::Url;

use super::{
    document::Document, jwks::Jwks, token::Token, validity::seconds, verify::signed_payload,
};
use crate::clock::Clock;

/// The discovery document is taken to be good for so long.
const GOOD_FOR: TimeDelta = TimeDelta::days(1);
/// From a failed fetch of it to the next.
const RETRY: TimeDelta = TimeDelta::seconds(10);
/// Requests that wait at once for the first document, or for a key that is not at hand.
const WAITING: usize = 64;

/// Why a token is not believed, by the error codes of RFC 8935, section 2.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityEventError {
    /// It isn't a security event token.
    Malformed(&'static str),
    /// It is signed by a key or an algorithm that is not the issuer's.
    Key,
    Issuer,
    Audience,
    /// The issuer's keys can't be fetched now, so there is no telling.
    Unavailable,
}

/// Verifies the tokens of one issuer. Cheap to clone.
#[derive(Clone)]
pub struct SecurityEvents(Arc<Inner>);

struct Inner {
    configuration: Document,
    audiences: Vec<String>,
    clock: Clock,
    known: Mutex<Known>,
    /// Held for the length of a fetch.
    turn: Turn<()>,
    waiting: Semaphore,
}

#[derive(Default)]
struct Known {
    issuer: Option<Issuer>,
    /// While the clock is in this range, the document isn't fetched again.
    fetch_pause: Option<Range<DateTime<Utc>>>,
}

#[derive(Clone)]
struct Issuer {
    name: String,
    jwks_uri: Url,
    keys: Jwks,
}

/// The discovery document, as far as it matters here.
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

impl SecurityEvents {
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub fn new(
        configuration_url: Url,
        audiences: Vec<String>,
        clock: Clock,
    ) -> Result<Self, reqwest::Error> {
        let configuration = Document::new(configuration_url, "risc_configuration")?;
        let (known, turn) = (Mutex::default(), Turn::default());
        let waiting = Semaphore::new(WAITING);
        Ok(Self(Arc::new(Inner { configuration, audiences, clock, known, turn, waiting })))
    }

    /// The claims of a token that the issuer has signed for one of the audiences. What its times
    /// and events mean is for the caller to judge.
    ///
    /// What can be refused without arithmetic is refused first, so that a flood of tokens that
    /// anybody could make up costs little.
    pub async fn verify(&self, token: &str) -> Result<Map<String, Value>, SecurityEventError> {
        use SecurityEventError as E;
        let token = Token::read(token).map_err(|_| E::Malformed("it is not a JWT"))?;
        // Not left to the token: `none`, and HS256 with the public key for a secret, end here.
        if token.key.algorithm != Algorithm::RS256 {
            return Err(E::Key);
        }
        let claimed = Token::claimed(token.text).ok_or(E::Malformed("its claims are not JSON"))?;
        self.check_audience(&claimed)?;
        let issuer = self.issuer().await?;
        check_issuer(&claimed, &issuer.name)?;
        // A key id that anybody has made up waits for a fetch. However many do, a token with one of the
        // issuer's is not kept from its own.
        let place = if issuer.keys.has(&token.key) {
            None
        } else {
            Some(self.0.waiting.try_acquire().map_err(|_| E::Unavailable)?)
        };
        let keys = issuer.keys.keys_for(&token.key).await.map_err(|_| E::Unavailable)?;
        drop(place);
        let claims = signed_payload(&token, &keys).map_err(|_| E::Key)?;
        // Again, of what the signature is over.
        self.check_audience(&claims)?;
        check_issuer(&claims, &issuer.name)?;
        Ok(claims)
    }

    /// The `iat` of verified claims.
    pub fn issued_at(claims: &Map<String, Value>) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(claims.get("iat").and_then(seconds)?, 0)
    }

    /// The `toe` of verified claims: when it happened, where the issuer says that.
    pub fn happened_at(claims: &Map<String, Value>) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp(claims.get("toe").and_then(seconds)?, 0)
    }

    fn check_audience(&self, claims: &Map<String, Value>) -> Result<(), SecurityEventError> {
        let is_own =
            |of: &Value| of.as_str().is_some_and(|of| self.0.audiences.iter().any(|own| own == of));
        let good = match claims.get("aud") {
            Some(Value::Array(all)) => all.iter().any(is_own),
            Some(one) => is_own(one),
            None => false,
        };
        if good { Ok(()) } else { Err(SecurityEventError::Audience) }
    }

    async fn issuer(&self) -> Result<Issuer, SecurityEventError> {
        if let Some(issuer) = self.fresh() {
            return issuer;
        }
        // While one call fetches it again, the others use the known one.
        let known = {
            let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.issuer.clone()
        };
        let _turn = match (known, self.0.turn.try_lock()) {
            (_, Ok(turn)) => turn,
            (Some(issuer), Err(_)) => return Ok(issuer),
            (None, Err(_)) => {
                let place = self.0.waiting.try_acquire();
                let _place = place.map_err(|_| SecurityEventError::Unavailable)?;
                self.0.turn.lock().await
            }
        };
        // Whoever had the turn before may have fetched it.
        if let Some(issuer) = self.fresh() {
            return issuer;
        }
        let fetched = self.fetch().await;
        let now = self.0.clock.now();
        let mut known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        match fetched {
            Ok(issuer) => {
                known.issuer = Some(issuer);
                known.fetch_pause = Some(now..now + GOOD_FOR);
            }
            Err(cause) => {
                tracing::error!(
                    url = self.0.configuration.url(),
                    cause,
                    "the discovery document of security event tokens can't be fetched: the last \
                     fetched one stays in use, and the server tries again"
                );
                known.fetch_pause = Some(now..now + RETRY);
            }
        }
        known.issuer.clone().ok_or(SecurityEventError::Unavailable)
    }

    /// What is known while it needn't be fetched. An error: that failed a moment ago. `None`: it is
    /// to be fetched.
    fn fresh(&self) -> Option<Result<Issuer, SecurityEventError>> {
        let now = self.0.clock.now();
        let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
        let issuer = || known.issuer.clone().ok_or(SecurityEventError::Unavailable);
        // A time before the range means that the clock was set back: fetch again.
        known.fetch_pause.as_ref().filter(|pause| pause.contains(&now)).map(|_| issuer())
    }

    async fn fetch(&self) -> Result<Issuer, &'static str> {
        let (_, body) = self.0.configuration.get().await?;
        let Configuration { issuer, jwks_uri } = serde_json::from_slice(&body)
            .map_err(|_| "it is not a discovery document: it needs issuer and jwks_uri")?;
        let jwks_uri = Url::parse(&jwks_uri).map_err(|_| "the jwks_uri in it is not a URL")?;
        let before = {
            let known = self.0.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.issuer.clone()
        };
        let keys = match before {
            Some(before) if before.jwks_uri == jwks_uri => before.keys,
            _ => Jwks::new(jwks_uri.clone(), self.0.clock.clone())
                .map_err(|_| "the TLS roots of this machine can't be read")?,
        };
        Ok(Issuer { name: issuer, jwks_uri, keys })
    }
}

impl std::fmt::Debug for SecurityEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecurityEvents")
    }
}

/// Google writes its own name with a slash at its end and without.
fn check_issuer(claims: &Map<String, Value>, issuer: &str) -> Result<(), SecurityEventError> {
    let claimed = claims.get("iss").and_then(Value::as_str);
    let same = claimed.is_some_and(|claimed| {
        claimed.strip_suffix('/').unwrap_or(claimed) == issuer.strip_suffix('/').unwrap_or(issuer)
    });
    if same { Ok(()) } else { Err(SecurityEventError::Issuer) }
}

#[cfg(test)]
mod tests;
