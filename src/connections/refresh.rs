use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;

use super::{
    Connections, Error, JOIN_WINDOW, MinValidFor, Subject,
    classify::{History, classify},
    commit::{binding, kind_of_refresh},
    error::Upstream,
    flights::Outcome,
    pause::Pause,
};
use crate::{
    metrics,
    store::{
        Actor, ConnectionKey, ConnectionRecord, LEASE, Lease, Provider, ProviderHealth, State,
    },
    upstream::UpstreamError,
    vault::Field,
};

/// What a client is told where nobody knows better.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A token whose whole life is shorter than what is asked for is as fresh as the provider makes
/// it for this long.
const AS_FRESH_AS_IT_GETS: TimeDelta = TimeDelta::seconds(60);

/// A token that lives this long yet is answered rather than have its reader wait for another
/// replica.
const GOOD_ENOUGH: TimeDelta = TimeDelta::seconds(5);

/// What must hold of a connection for a refresh not to be needed.
#[derive(Clone, Copy, Debug)]
pub enum Demand {
    /// The access token lives this long yet.
    ValidFor(MinValidFor),
    /// It was refreshed just now.
    Fresh,
}

impl Connections {
    /// `refreshProviderToken`: renews the access token, or joins a renewal that is under way or
    /// ended under five seconds ago.
    pub async fn refresh(
        &self,
        subject: &Subject,
        provider: Provider,
        demand: Demand,
    ) -> Result<Arc<ConnectionRecord>, Error> {
        self.meet(subject, provider, demand).await.into_result()
    }

    /// Sees to it that `demand` is met.
    pub(super) async fn meet(
        &self,
        subject: &Subject,
        provider: Provider,
        demand: Demand,
    ) -> Outcome {
        let key = subject.key(provider);
        let work = &self.parts.work;
        loop {
            let (flight, started) = work.refreshes.join(key, &work.tasks, || {
                self.clone().refresh_flight(key, demand, subject.clone())
            });
            let outcome = flight.await;
            // A flight that was started for less than is wanted here may have found nothing to do.
            let met = started
                || outcome.error.is_some()
                || outcome.record.as_ref().is_none_or(|record| settled(record, demand).is_some());
            if met {
                return outcome;
            }
        }
    }

    async fn refresh_flight(self, key: ConnectionKey, demand: Demand, subject: Subject) -> Outcome {
        let store = &self.parts.store;
        let mut pause = Pause::new();
        loop {
            let record = match store.find(key).await {
                Ok(Some(record)) if record.state != State::Connecting => record,
                Ok(_) => return Error::NotConnected(key.provider).into(),
                Err(error) => return error.into(),
            };
            match settled(&record, demand) {
                Some(Ok(())) => return Outcome::ok(record),
                Some(Err(error)) => return Outcome::failed(record, error),
                None => {}
            }
            match store.take_lease(&record, self.parts.random.uuid()).await {
                Ok(Some(lease)) => return self.refresh_under(lease, record, &subject).await,
                Ok(None) => {}
                Err(error) => return error.into(),
            }
            let may_answer = matches!(demand, Demand::ValidFor(_));
            if may_answer && lives(&record, record.now + GOOD_ENOUGH) {
                return Outcome::ok(record);
            }
            if pause.waited() > LEASE {
                return Outcome::failed(record, took_too_long(key.provider));
            }
            pause.wait().await;
        }
    }

    /// Calls the upstream and writes what came of it, holding the lease and nothing else: no
    /// database connection, no lock.
    async fn refresh_under(
        &self,
        lease: Lease,
        record: ConnectionRecord,
        subject: &Subject,
    ) -> Outcome {
        let (refresh_token, bearer) = match self.what_to_send(&record, subject) {
            Ok(both) => both,
            Err(error) => return self.give_up(lease, record, error).await,
        };
        let called = self.parts.nhost_auth.refresh(record.provider, &refresh_token, &bearer).await;
        match called {
            Ok(session) => {
                let kind = kind_of_refresh(&session, &refresh_token);
                match self.commit(lease, &record, &session, kind, subject.actor()).await {
                    Some(refreshed) => {
                        metrics::refresh_ended(record.provider, "OK");
                        Outcome::ok(refreshed)
                    }
                    None => self.overtaken(&record).await,
                }
            }
            Err(error) => self.failed(lease, record, &error, subject.actor()).await,
        }
    }

    fn what_to_send(
        &self,
        record: &ConnectionRecord,
        subject: &Subject,
    ) -> Result<(SecretString, SecretString), Error> {
        let sealed = record.refresh_token.as_ref().ok_or(Error::NotRefreshable(record.provider))?;
        let refresh_token = self
            .parts
            .vault
            .open(binding(record), Field::RefreshToken, sealed)
            .map_err(|error| Error::unopened(&error))?;
        Ok((refresh_token, self.bearer(subject)?))
    }

    async fn failed(
        &self,
        lease: Lease,
        record: ConnectionRecord,
        error: &UpstreamError,
        actor: Actor,
    ) -> Outcome {
        let store = &self.parts.store;
        let mut history = History::of(&record);
        if let (true, Some(since)) = (history.would_end(), record.first_failed_at) {
            // Only now it matters how the others fare. Nobody is logged out on a guess: without a
            // word from the database it counts as an outage.
            history.outage =
                store.provider_health(&record, since).await.map_or(true, ProviderHealth::is_outage);
        }
        let Some(mut failure) = classify(error, &history) else {
            return self.give_up(lease, record, not_let_in(error)).await;
        };
        if let UpstreamError::Unavailable { retry_after: Some(after), .. } = error {
            failure.retry_in = failure.retry_in.max(*after);
        }
        tracing::warn!(
            %error,
            provider = %record.provider,
            connection_id = %record.id,
            code = failure.code,
            retry_in_seconds = failure.retry_in.as_secs(),
            "a refresh failed; the connection is kept"
        );
        metrics::refresh_ended(record.provider, failure.code);
        let upstream = match error {
            UpstreamError::Unavailable { .. } => Upstream::NhostAuth,
            _ => Upstream::Provider(record.provider),
        };
        let told = match failure.code {
            "UPSTREAM_UNAVAILABLE" => {
                Error::UpstreamUnavailable { upstream, retry_after: failure.retry_in }
            }
            code => Error::of_stored(code, record.provider, failure.retry_in),
        };
        match store.commit_failure(lease, failure, actor).await {
            Ok(Some(record)) => Outcome::failed(record, told),
            Ok(None) => self.overtaken(&record).await,
            // The failure goes unrecorded; the lease ends by itself.
            Err(_) => Outcome::failed(record, told),
        }
    }

    /// The lease was lost: what another holder wrote counts.
    async fn overtaken(&self, before: &ConnectionRecord) -> Outcome {
        match self.reread(before).await {
            Ok(Some(record)) if record.generation != before.generation => Outcome::ok(record),
            Ok(Some(record)) => Outcome::failed(record, took_too_long(before.provider)),
            Ok(None) => Error::NotConnected(before.provider).into(),
            Err(error) => error.into(),
        }
    }

    async fn give_up(&self, lease: Lease, record: ConnectionRecord, error: Error) -> Outcome {
        self.give_back(lease).await;
        Outcome::failed(record, error)
    }
}

/// Whether the demand is met as things stand, or can't be for now; `None`: the upstream must be
/// asked.
pub(super) fn settled(record: &ConnectionRecord, demand: Demand) -> Option<Result<(), Error>> {
    let now = record.now;
    let within = |at: Option<DateTime<Utc>>, window: TimeDelta| {
        at.is_some_and(|at| (TimeDelta::zero()..window).contains(&(now - at)))
    };
    let met = match demand {
        Demand::ValidFor(min) => {
            let issued_at = record.refreshed_at.max(Some(record.connected_at));
            lives(record, now + min.delta())
                || (lives(record, now) && within(issued_at, AS_FRESH_AS_IT_GETS))
        }
        Demand::Fresh => within(record.refreshed_at, JOIN_WINDOW),
    };
    if met {
        return Some(Ok(()));
    }
    if !record.refreshable {
        // As fresh as the provider makes it, while it lives.
        let usable = matches!(demand, Demand::ValidFor(_)) && lives(record, now);
        return Some(if usable { Ok(()) } else { Err(Error::NotRefreshable(record.provider)) });
    }
    let just_failed = record.state != State::Active
        && match demand {
            Demand::ValidFor(_) => record.refresh_due_at.is_some_and(|due| now < due),
            Demand::Fresh => within(record.last_failed_at, JOIN_WINDOW),
        };
    if !just_failed {
        return None;
    }
    let retry_after = record
        .refresh_due_at
        .and_then(|due| (due - now).to_std().ok())
        .map_or(RETRY_AFTER, |wait| wait.max(Duration::from_secs(1)));
    let code = record.last_failure.as_deref().unwrap_or_default();
    Some(Err(Error::of_stored(code, record.provider, retry_after)))
}

/// Whether the access token is alive at `moment`. One without a known expiry is.
pub(super) fn lives(record: &ConnectionRecord, moment: DateTime<Utc>) -> bool {
    record.access_token_expires_at.is_none_or(|expires_at| expires_at > moment)
}

/// Another replica held the lease for longer than it lasts, or a slow database did.
pub(super) fn took_too_long(provider: Provider) -> Error {
    tracing::warn!(
        %provider,
        "another call of this connection did not end within its lease: if this goes on, look for \
         a slow database"
    );
    Error::UpstreamUnavailable { upstream: Upstream::Provider(provider), retry_after: RETRY_AFTER }
}

fn not_let_in(error: &UpstreamError) -> Error {
    match error {
        UpstreamError::Forbidden => {
            Error::Forbidden("Nhost Auth does not let this user in: it is disabled.")
        }
        _ => Error::JWT_REFUSED,
    }
}
