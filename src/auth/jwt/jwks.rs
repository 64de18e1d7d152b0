#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex as Turn, Semaphore};
use url::Url;

use super::{
    document::Document,
    freshness,
    key::VerifyingKey,
    key_set::{self, KeySet, PassedOver},
    known::Known,
    token::KeyName,
};
use crate::{clock::Clock, telemetry::carried};

/// How long requests wait for overdue keys before they are checked with the ones that were fetched
/// last.
const PATIENCE: Duration = Duration::from_secs(1);
/// From the beginning of a fetch to that of the next.
const PACE: Duration = freshness::AT_LEAST;
/// Requests that may wait for a key at once. While the endpoint hangs, strangers with made-up keys
/// must not occupy every place: half of them are reserved for requests whose key is known.
const WAITING: usize = 512;

/// The keys that `jwk_url` publishes. They are fetched again when their headers say so; while that
/// fails, the old ones stay in use. A token with another key triggers a fetch at once.
///
/// Fetches start at least a second apart, for all callers. A request waits for the fetch instead
/// of being rejected, so that no valid token is too early.
#[derive(Clone)]
pub(super) struct Jwks(Arc<Inner>);

struct Inner {
    published: Document,
    clock: Clock,
    known: Mutex<Known>,
    /// Held for the length of a fetch.
    turn: Turn<()>,
    waiting: Semaphore,
}

/// What is known about the keys at a `jwk_url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksState {
    /// Without its query, which may contain a secret.
    pub url: String,
    /// How many keys there are.
    pub keys: usize,
    /// When those were fetched. `None` if none were fetched yet.
    pub fetched_at: Option<DateTime<Utc>>,
    /// When they are fetched again. `None` if only a token with another key triggers it.
    pub refresh_at: Option<DateTime<Utc>>,
    /// Why the last fetch failed.
    pub failure: Option<&'static str>,
}

/// The key of a token can't be fetched, so the token can't be verified.
#[derive(Debug)]
pub(super) struct Unavailable;

impl Jwks {
    /// # Errors
    /// The TLS roots of the machine can't be read.
    pub(super) fn new(url: Url, clock: Clock) -> Result<Self, reqwest::Error> {
        let published = Document::new(url, "jwks")?;
        let (known, turn) = (Mutex::default(), Turn::default());
        let waiting = Semaphore::new(WAITING);
        Ok(Self(Arc::new(Inner { published, clock, known, turn, waiting })))
    }

    /// Whether a key with this name is known.
    pub(super) fn has(&self, name: &KeyName) -> bool {
        self.with(|known| known.has(name))
    }

    /// The known keys, after a fetch if `name` is not among them.
    pub(super) async fn keys_for(
        &self,
        name: &KeyName,
    ) -> Result<Arc<[VerifyingKey]>, Unavailable> {
        let now = self.0.clock.now();
        if self.with(|known| known.is_overdue(now)) {
            self.refresh_overdue().await;
        }
        let (keys, fetches) = self.with(|known| {
            let settled = known.has(name) || known.lacks(name, now);
            (settled.then(|| known.keys.clone()), known.fetches)
        });
        if let Some(keys) = keys {
            return Ok(keys);
        }
        let _place = self.0.waiting.try_acquire().map_err(|_| Unavailable)?;
        self.fetch_after(fetches, Some(name)).await;
        self.with(|known| {
            if !known.has(name) {
                if known.failure.is_some() {
                    return Err(Unavailable);
                }
                known.remember_to_lack(name, now);
            }
            Ok(known.keys.clone())
        })
    }

    /// Fetches the keys, unless another call already has, and reports the result.
    pub(super) async fn fetch_first(&self) -> JwksState {
        self.fetch_after(0, None).await;
        self.state()
    }

    /// What is known about the keys now.
    pub(super) fn state(&self) -> JwksState {
        self.with(|known| JwksState {
            url: self.url(),
            keys: known.keys.len(),
            fetched_at: known.fetched_at,
            refresh_at: known.refresh_at,
            failure: known.failure,
        })
    }

    /// Waits for a fetch that started when this many had started before, or later; or for a running
    /// one, if it brought the key.
    async fn fetch_after(&self, begun: u64, wanted: Option<&KeyName>) {
        let (this, wanted) = (self.clone(), wanted.cloned());
        let is_answered = move |known: &mut Known| {
            known.fetches > begun || wanted.is_some_and(|name| known.has(&name))
        };
        // In its own task: a caller that disconnects must not cancel what others wait for.
        let fetch = async move {
            let _turn = this.0.turn.lock().await;
            if !this.with(is_answered) {
                this.fetch().await;
            }
        };
        let _ = tokio::spawn(carried(fetch)).await;
    }

    async fn refresh_overdue(&self) {
        let this = self.clone();
        let refresh = async move {
            let _turn = this.0.turn.lock().await;
            if this.with(|known| known.is_overdue(this.0.clock.now())) {
                this.fetch().await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, tokio::spawn(carried(refresh))).await;
    }

    /// One fetch, by the task whose turn it is.
    async fn fetch(&self) {
        let clock = &self.0.clock;
        if let Some(last) = self.with(|known| known.last_fetch) {
            let next = (last + PACE - clock.now()).to_std().unwrap_or_default();
            tokio::time::sleep(next.min(PACE)).await;
        }
        let now = clock.now();
        self.with(|known| known.begin_fetch(now));
        match self
            .0
            .published
            .get()
            .await
            .and_then(|(headers, body)| Ok((headers, key_set::read(&body)?)))
        {
            Ok((headers, KeySet { keys, passed_over })) => {
                tracing::debug!(url = self.url(), keys = keys.len(), "the keys were fetched");
                self.warn_of(&passed_over);
                self.with(|known| known.fetched(keys, freshness::refresh_at(&headers, now)));
            }
            Err(cause) => {
                self.with(|known| known.failed(cause, now));
                tracing::error!(
                    url = self.url(),
                    cause,
                    at_hand = self.with(|known| known.keys.len()),
                    "the keys at jwk_url can't be fetched: the last fetched keys stay in use, and \
                     the server tries again"
                );
            }
        }
    }

    /// Logs each change once, because an issuer's keys may be fetched every second.
    fn warn_of(&self, passed_over: &[PassedOver]) {
        let news = self.with(|known| {
            let news = known.passed_over != passed_over;
            known.passed_over = passed_over.to_vec();
            news
        });
        for PassedOver { kid, cause } in passed_over.iter().filter(|_| news) {
            let kid = kid.as_ref().map(|kid| kid.chars().take(100).collect::<String>());
            tracing::warn!(
                url = self.url(),
                kid,
                cause,
                "a key at jwk_url can't be used and is skipped: the issuer must fix it"
            );
        }
    }

    fn url(&self) -> String {
        self.0.published.url()
    }

    fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(&mut self.0.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
