//! When connections end unless their users sign in again: collects what this server knows and
//! passes it to `domain::forecast`.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::{ENDS_IN_TESTING, Forecast, GrantTimes, Provider, State, ended_in_testing, forecast};

use super::{Connections, Status, status};
use crate::{
    store::{AfterLook, ConnectionRecord, EndFacts, Look, Store, StoreError},
    upstream::{grant_limits, life_in_testing},
};

/// How often a connection is checked whose end is far away or unknown: settings and the facts about
/// a provider change, and older servers write less.
const LOOKS_AGAIN: TimeDelta = TimeDelta::days(7);
/// How often a connection is checked that ends soon, or would end soon if the OAuth app is in
/// testing: a refresh may extend it, and other connections show whether the app is in testing.
const LOOKS_CLOSELY: TimeDelta = TimeDelta::days(1);

/// What the forecasts of this deployment are based on, besides the facts about each provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndRules {
    /// The providers whose tokens servers refresh while nobody reads them.
    pub kept_alive: Vec<Provider>,
    /// The providers whose OAuth app was observed to be in testing.
    pub in_testing: Vec<Provider>,
}

impl EndRules {
    /// When the connection ends unless its user signs in again, as far as that is known. `None`:
    /// the end is unknown, or it has ended already. The record was read with its `expiry`, its `refresh_token_end` and
    /// `refreshed_at`.
    pub fn forecast(&self, record: &ConnectionRecord) -> Option<Forecast> {
        let provider = record.provider;
        let kept_alive = self.kept_alive.contains(&provider);
        forecast_of(record, kept_alive, self.in_testing.contains(&provider))
    }
}

/// When the refresh token expires according to the provider. `None`: the provider doesn't say, or
/// there is no refresh token.
pub fn refresh_token_expires_at(record: &ConnectionRecord) -> Option<DateTime<Utc>> {
    record.refresh_token_expires_at.filter(|_| record.refreshable)
}

fn forecast_of(record: &ConnectionRecord, kept_alive: bool, in_testing: bool) -> Option<Forecast> {
    if has_no_end(record) {
        return None;
    }
    let grant = GrantTimes {
        connected_at: record.connected_at,
        granted_at: granted_at(record),
        refreshed_at: record.refreshed_at,
        refreshable: record.refreshable,
        access_token_expires_at: record.access_token_expires_at,
        refresh_token_expires_at: refresh_token_expires_at(record),
        end_known_at: record.refresh_token_end_known_at,
        // While refreshes fail, nothing keeps it alive.
        kept_alive: kept_alive && record.state == State::Active,
    };
    forecast(&grant, &grant_limits(record.provider, in_testing))
}

/// It has ended already, or not started: a sign-in that is running, or was interrupted, has left a
/// row without tokens.
fn has_no_end(record: &ConnectionRecord) -> bool {
    record.state == State::Connecting || status(record) == Status::ReauthenticationRequired
}

/// The sign-in that returned the refresh token.
fn granted_at(record: &ConnectionRecord) -> DateTime<Utc> {
    record.refresh_token_granted_at.unwrap_or(record.connected_at)
}

/// The providers whose OAuth app was observed to be in testing, according to the database.
pub async fn providers_in_testing(store: &Store) -> Result<Vec<Provider>, StoreError> {
    let seen = store.ends_in_testing().await?;
    let enough = seen.into_iter().filter(|(_, ends)| *ends >= ENDS_IN_TESTING);
    Ok(enough.map(|(provider, _)| provider).collect())
}

/// The same as last read by this server, and when it found that no connection contradicts it.
#[derive(Debug, Default)]
pub(super) struct InTesting(Mutex<BTreeMap<Provider, DateTime<Utc>>>);

impl InTesting {
    pub fn set(&self, providers: BTreeMap<Provider, DateTime<Utc>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = providers;
    }

    pub fn checked_at(&self, provider: Provider) -> Option<DateTime<Utc>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&provider).copied()
    }

    fn contains(&self, provider: Provider) -> bool {
        self.checked_at(provider).is_some()
    }
}

impl Connections {
    /// See [`EndRules::forecast`].
    pub fn forecast(&self, record: &ConnectionRecord) -> Option<Forecast> {
        let kept_alive = self.has_worker() && self.can_refresh_alone(record.provider);
        forecast_of(record, kept_alive, self.parts.work.in_testing.contains(record.provider))
    }

    /// The result of checking a connection, and when to check it again.
    pub(super) fn look(&self, facts: &EndFacts) -> Look {
        let EndFacts { record, expires_soon_at } = facts;
        let (now, before) = (record.now, self.parts.expires_soon_before);
        let mut again_at = now + LOOKS_AGAIN - self.jitter(LOOKS_AGAIN / 4);
        if has_no_end(record) {
            // After a sign-in it is checked again.
            return Look { again_at, then: AfterLook::Nothing };
        }
        let end = self.forecast(record);
        let told_at = expires_soon_at.filter(|at| *at >= record.connected_at);
        let soon = end.and_then(|end| Some((end, end.soon_at(before)?)));
        if let Some((_, soon_at)) = soon {
            let soon_at = if soon_at > now { soon_at } else { now + LOOKS_CLOSELY };
            again_at = again_at.min(soon_at);
        }
        if life_in_testing(record.provider).is_some_and(|life| now < granted_at(record) + life) {
            again_at = again_at.min(now + LOOKS_CLOSELY);
        }
        let then = match soon {
            // It has outlived what is known, or ends at any moment, which does not count as soon.
            Some((end, _)) if end.at <= now => AfterLook::Nothing,
            // If a refresh has extended the connection since its user was notified, the user was
            // not notified of the new end.
            Some((end, soon_at)) if soon_at <= now && told_at.is_none_or(|at| at < soon_at) => {
                let Forecast { at, end, .. } = end;
                let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
                AfterLook::Tell { evidence: format!("by {at}: {}", end.as_str()) }
            }
            Some((_, soon_at)) if soon_at <= now => AfterLook::Nothing,
            _ if told_at.is_some() => AfterLook::EndsLater,
            _ => AfterLook::Nothing,
        };
        Look { again_at, then }
    }

    /// A refresh token was rejected for good, which may show that the provider treats the OAuth app
    /// as being in testing.
    pub(super) async fn note_end(&self, before: &ConnectionRecord) {
        let Some(life) = life_in_testing(before.provider) else { return };
        let ended_at = before.first_refused_at.unwrap_or(before.now);
        if !ended_in_testing(granted_at(before), before.refreshed_at, ended_at, life) {
            return;
        }
        let noted = self.parts.store.note_end_in_testing(before.provider, before.id).await;
        if let Err(error) = noted {
            tracing::warn!(
                cause = error.causes(),
                provider = %before.provider,
                connection = %before.id,
                "a connection ended a week after its sign-in, but this could not be recorded"
            );
        }
    }
}

#[cfg(test)]
mod tests;
