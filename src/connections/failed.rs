//! What is done about a refresh that brought nothing.

use std::{fmt::Write, time::Duration};

use chrono::TimeDelta;
use domain::{Actor, Provider};

use super::{
    Connections, Error,
    classify::{History, classify},
    demand::RETRY_AFTER,
    error::Upstream,
    single_flight::Outcome,
    upstream_health::Path,
};
use crate::{
    metrics,
    store::{ConnectionRecord, Health, Lease},
    upstream::UpstreamError,
};

/// When the worker comes back to a connection that it could not try to refresh.
const WORKER_TRIES_AGAIN: Duration = Duration::from_mins(10);

impl Connections {
    pub(super) async fn failed(
        &self,
        lease: Lease,
        record: ConnectionRecord,
        error: &UpstreamError,
        actor: Actor,
    ) -> Outcome {
        let store = &self.parts.store;
        let health = self.upstream_fails(&record, error).await;
        let mut history = History::of(&record);
        if let (true, Some(since)) = (history.would_end(), record.last_failed_at) {
            // Somebody's refresh worked since this one was refused the last time. A success before
            // that may have been the last before an outage. Nobody is logged out on a guess:
            // without a word from the database it counts as an outage.
            history.outage = health.is_none_or(|health| health.is_outage_since(since));
        }
        let Some(mut failure) = classify(error, &history) else {
            return self.not_tried(lease, record, not_let_in(error), actor).await;
        };
        failure.retry_in = failure.retry_in.max(error.retry_after().unwrap_or_default());
        if actor == Actor::Worker {
            // Those who failed together are not to try again together.
            let most = TimeDelta::from_std(failure.retry_in / 5).unwrap_or_default();
            failure.retry_in += self.jitter(most).to_std().unwrap_or_default();
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
            UpstreamError::RateLimited { .. } | UpstreamError::Unavailable { .. }
                if self.path(record.provider) == Path::NhostAuth =>
            {
                Upstream::NhostAuth
            }
            _ => Upstream::Provider(record.provider),
        };
        let told = match failure.code {
            "UPSTREAM_UNAVAILABLE" => {
                Error::UpstreamUnavailable { upstream, retry_after: failure.retry_in }
            }
            code => Error::of_stored(code, record.provider, failure.retry_in),
        };
        match store.commit_failure(lease, failure, actor, &evidence(error, &record, health)).await {
            Ok(Some(record)) => Outcome::failed(record, told),
            Ok(None) => self.overtaken(&record).await,
            // The failure goes unrecorded; the lease ends by itself.
            Err(_) => Outcome::failed(record, told),
        }
    }

    /// The lease was lost: what another holder wrote counts.
    pub(super) async fn overtaken(&self, before: &ConnectionRecord) -> Outcome {
        match self.reread(before).await {
            Ok(Some(record)) if record.generation != before.generation => Outcome::ok(record),
            Ok(Some(record)) => Outcome::failed(record, took_too_long(before.provider)),
            Ok(None) => Error::NotConnected(before.provider).into(),
            Err(error) => error.into(),
        }
    }

    /// It never came to a refresh, which says nothing about the connection: nothing is written
    /// down. A user is told what is missing; nobody reads what the worker is told.
    pub(super) async fn not_tried(
        &self,
        lease: Lease,
        record: ConnectionRecord,
        error: Error,
        actor: Actor,
    ) -> Outcome {
        if actor == Actor::Worker {
            tracing::warn!(
                %error,
                connection_id = %record.id,
                provider = %record.provider,
                retry_in_seconds = WORKER_TRIES_AGAIN.as_secs(),
                "a refresh ahead could not be tried"
            );
            if let Err(error) = self.parts.store.put_off_refresh(lease, WORKER_TRIES_AGAIN).await {
                tracing::warn!(cause = error.causes(), "a lease could not be given back");
            }
        } else {
            self.give_back(lease).await;
        }
        Outcome::failed(record, error)
    }
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

/// What was seen, for whoever asks later why a connection ended.
fn evidence(error: &UpstreamError, record: &ConnectionRecord, health: Option<Health>) -> String {
    let mut evidence = error.evidence();
    if let (UpstreamError::Refused, Some(since)) = (error, record.first_failed_at) {
        let times = record.failure_count + 1;
        let _ = write!(evidence, "; refused {times} times since {since}");
        if let Some(at) = health.and_then(|health| health.last_success_at) {
            let _ = write!(evidence, "; the provider last renewed a token at {at}");
        }
    }
    evidence
}

fn not_let_in(error: &UpstreamError) -> Error {
    match error {
        UpstreamError::Forbidden => {
            Error::Forbidden("Nhost Auth does not let this user in: it is disabled.")
        }
        _ => Error::JWT_REFUSED,
    }
}
