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

/// A connection whose end is far away, or not known, is looked at so often all the same: settings and
/// what is known of a provider change, and older servers write less.
const LOOKS_AGAIN: TimeDelta = TimeDelta::days(7);
/// One that ends soon, or would in testing, is looked at so often: a refresh may move its end, and
/// what is in testing is learnt from others.
const LOOKS_CLOSELY: TimeDelta = TimeDelta::days(1);

/// What the forecasts of this deployment go by, besides what is known of each provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndRules {
    /// The providers whose tokens servers refresh while nobody reads them.
    pub kept_alive: Vec<Provider>,
    /// Those that were seen to hold the OAuth app to be in testing.
    pub in_testing: Vec<Provider>,
}

impl EndRules {
    /// When the connection ends unless its user signs in again, as far as that is known. `None`: no
    /// end is, or it has ended. The record was read with its `lifetime` and `refreshed_at`.
    pub fn forecast(&self, record: &ConnectionRecord) -> Option<Forecast> {
        let provider = record.provider;
        let kept_alive = self.kept_alive.contains(&provider);
        forecast_of(record, kept_alive, self.in_testing.contains(&provider))
    }
}

/// When the provider said that the refresh token expires. `None`: it doesn't say, or there is none.
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
        // While refreshes fail nobody keeps it alive.
        kept_alive: kept_alive && record.state == State::Active,
    };
    forecast(&grant, &grant_limits(record.provider, in_testing))
}

/// It has ended already, or has not begun: a sign-in that is under way, or died, has left a row without
/// tokens.
fn has_no_end(record: &ConnectionRecord) -> bool {
    record.state == State::Connecting || status(record) == Status::ReauthenticationRequired
}

/// The sign-in that brought the refresh token.
fn granted_at(record: &ConnectionRecord) -> DateTime<Utc> {
    record.refresh_token_granted_at.unwrap_or(record.connected_at)
}

/// The providers that were seen to hold the OAuth app to be in testing, by what the database has.
pub async fn providers_in_testing(store: &Store) -> Result<Vec<Provider>, StoreError> {
    let seen = store.ends_in_testing().await?;
    let enough = seen.into_iter().filter(|(_, ends)| *ends >= ENDS_IN_TESTING);
    Ok(enough.map(|(provider, _)| provider).collect())
}

/// The same as this server has read it last, and when it saw that no connection shows otherwise.
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
    /// As [`EndRules::forecast`].
    pub fn forecast(&self, record: &ConnectionRecord) -> Option<Forecast> {
        let kept_alive = self.has_worker() && self.can_refresh_alone(record.provider);
        forecast_of(record, kept_alive, self.parts.work.in_testing.contains(record.provider))
    }

    /// What a look at a connection finds, and when the next one is due.
    pub(super) fn look(&self, facts: &EndFacts) -> Look {
        let EndFacts { record, expires_soon_at } = facts;
        let (now, before) = (record.now, self.parts.expires_soon_before);
        let mut again_at = now + LOOKS_AGAIN - self.jitter(LOOKS_AGAIN / 4);
        if has_no_end(record) {
            // A sign-in has it looked at anew.
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
            // It has outlived what is known, or ends any moment, which is not soon.
            Some((end, _)) if end.at <= now => AfterLook::Nothing,
            // A user who was told of an end that a refresh has moved since was not told of this one.
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

    /// A refresh token was refused for good, which may say how the provider sees the OAuth app.
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
