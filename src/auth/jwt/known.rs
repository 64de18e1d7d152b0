use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};

use super::{key::VerifyingKey, key_set::PassedOver, token::KeyName};

/// While the endpoint is down it is asked this often for what is overdue, as Hasura does.
const RETRY: TimeDelta = TimeDelta::minutes(1);
/// A key that a fetch did not bring is not fetched again for so long.
const UNKNOWN: TimeDelta = TimeDelta::seconds(5);
/// So many key ids are remembered as unknown; beyond that the pace of fetches alone protects.
const UNKNOWN_LIMIT: usize = 1024;

/// What has been fetched of a set of keys, and what came of trying.
#[derive(Default)]
pub(super) struct Known {
    /// Replaced as a whole by a fetch that brings other keys, and only by such a fetch.
    pub keys: Arc<[VerifyingKey]>,
    /// The keys of the last set that can't be used.
    pub passed_over: Vec<PassedOver>,
    /// Why the last fetch failed; `None`: it did not.
    pub failure: Option<&'static str>,
    /// How many fetches have begun, and when the last one did.
    pub fetches: u64,
    pub last_fetch: Option<DateTime<Utc>>,
    /// When the keys that are at hand were fetched.
    pub fetched_at: Option<DateTime<Utc>>,
    pub refresh_at: Option<DateTime<Utc>>,
    unknown: HashMap<KeyName, DateTime<Utc>>,
}

impl Known {
    pub(super) fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.refresh_at.is_some_and(|at| at <= now)
    }

    pub(super) fn has(&self, name: &KeyName) -> bool {
        self.keys.iter().any(|key| key.may_be(name))
    }

    /// Whether a fetch has just shown that there is no such key.
    pub(super) fn lacks(&self, name: &KeyName, now: DateTime<Utc>) -> bool {
        self.unknown.get(name).is_some_and(|at| is_recent(*at, now))
    }

    pub(super) fn remember_to_lack(&mut self, name: &KeyName, now: DateTime<Utc>) {
        if self.unknown.len() >= UNKNOWN_LIMIT {
            self.unknown.retain(|_, at| is_recent(*at, now));
        }
        if self.unknown.len() < UNKNOWN_LIMIT {
            self.unknown.insert(name.clone(), now);
        }
    }

    pub(super) fn begin_fetch(&mut self, now: DateTime<Utc>) {
        self.fetches += 1;
        self.last_fetch = Some(now);
    }

    pub(super) fn fetched(&mut self, keys: Vec<VerifyingKey>, refresh_at: Option<DateTime<Utc>>) {
        // The tokens that were verified with the same keys stay known (`verified_tokens.rs`).
        let unchanged = keys.len() == self.keys.len()
            && keys.iter().zip(&*self.keys).all(|(new, old)| new.is_same(old));
        if !unchanged {
            self.keys = keys.into();
        }
        self.fetched_at = self.last_fetch;
        self.failure = None;
        self.refresh_at = refresh_at;
        self.unknown.clear();
    }

    /// The keys that are there go on.
    pub(super) fn failed(&mut self, cause: &'static str, now: DateTime<Utc>) {
        self.failure = Some(cause);
        self.refresh_at = Some(now + RETRY);
    }
}

/// Whether a key that was missing at this time needn't be asked for again. False after the clock was set
/// back, too.
fn is_recent(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    (at..at + UNKNOWN).contains(&now)
}
