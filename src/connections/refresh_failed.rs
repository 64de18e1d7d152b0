//! What happens after a refresh that failed.

use std::{fmt::Write, time::Duration};

use chrono::TimeDelta;
use domain::{Actor, Answer, FailureCode, Health, Lease, Provider, State, Verdict, classify};

use super::{
    Connections, Error, Subject,
    demand::RETRY_AFTER,
    error::Upstream,
    single_flight::Outcome,
    upstream_health::{Path, answer},
};
use crate::{metrics, store::ConnectionRecord, upstream::UpstreamError};

/// When the worker returns to a connection that it could not try to refresh.
const WORKER_TRIES_AGAIN: Duration = Duration::from_mins(10);
/// How long a rejection waits for the result of another connection of the provider.
const ASKED_FOR: Duration = Duration::from_secs(1);
/// But before the token expires, if it is valid for a shorter time.
const WORKER_TRIES_SOON: Duration = Duration::from_secs(15);

impl Connections {
    pub(super) async fn failed(
        &self,
        lease: Lease,
        record: ConnectionRecord,
        error: &UpstreamError,
        subject: &Subject,
    ) -> Outcome {
        let actor = subject.actor();
        let Some(answer) = answer(error) else {
            return self.not_tried(lease, record, not_let_in(error), actor).await;
        };
        let provider = self.note(&record, answer).await;
        let history = record.history();
        let (answer, verdict) = if let Some(known) = &provider {
            (answer, classify(answer, &history, &known.health, known.now))
        } else {
            // No user is signed out on a guess: if the database doesn't answer, it counts as an
            // outage.
            let down = Answer::Unavailable(None);
            (down, classify(down, &history, &Health::default(), record.now))
        };
        let verdict = self.with_jitter(verdict, actor);
        if verdict.wrong_client {
            wrong_client(record.provider);
        }
        let then = match verdict.code {
            FailureCode::ReauthenticationRequired => "the user must sign in again",
            FailureCode::NotRefreshable => "there is no refresh token",
            FailureCode::ProviderNotEnabled | FailureCode::UpstreamUnavailable => {
                "the server tries again"
            }
        };
        tracing::warn!(
            %error,
            status = error.status(),
            class = error.class(),
            provider = %record.provider,
            connection = %record.id,
            code = verdict.code.as_str(),
            retry_in_seconds = verdict.retry_in.as_secs(),
            "a refresh failed: {then}"
        );
        metrics::refresh_ended(record.provider, verdict.code.as_str());
        let told = self.told(&verdict, error, record.provider);
        let evidence = evidence(error, &record, provider.as_ref().map(|known| &known.health));
        let store = self.parts.store.until((lease.deadline + Duration::from_secs(1)).into());
        let outcome = match store.commit_failure(lease, answer, &verdict, actor, &evidence).await {
            Ok(Some(ended)) => {
                if verdict.state == State::ReauthenticationRequired {
                    self.note_end(&record).await;
                }
                Outcome::failed(ended, told)
            }
            Ok(None) => self.overtaken(&record).await,
            // The failure goes unrecorded; the lease ends on its own.
            Err(_) => Outcome::failed(record.clone(), told),
        };
        if let (true, Some(known)) = (verdict.asks_another, &provider) {
            // After this failure, so that a success counts as later; and awaited, so that the next
            // attempt knows it.
            let asked = self.ask_another(known, &record, subject);
            let _ = tokio::time::timeout(ASKED_FOR, asked).await;
        }
        outcome
    }

    /// Connections that failed together should not be retried together.
    fn with_jitter(&self, verdict: Verdict, actor: &Actor) -> Verdict {
        if *actor != Actor::Worker {
            return verdict;
        }
        let most = TimeDelta::from_std(verdict.retry_in / 5).unwrap_or_default();
        let jitter = self.jitter(most).to_std().unwrap_or_default();
        Verdict { retry_in: verdict.retry_in + jitter, ..verdict }
    }

    fn told(&self, verdict: &Verdict, error: &UpstreamError, provider: Provider) -> Error {
        let of_nhost_auth = matches!(
            error,
            UpstreamError::RateLimited { .. }
                | UpstreamError::Unavailable { .. }
                | UpstreamError::Unreadable { .. }
        ) && self.path(provider) == Path::NhostAuth;
        match verdict.code {
            FailureCode::UpstreamUnavailable if of_nhost_auth => Error::UpstreamUnavailable {
                upstream: Upstream::NhostAuth,
                retry_after: verdict.retry_in,
            },
            code => Error::of_stored(code, provider, verdict.retry_in),
        }
    }

    /// The lease was lost: the write of another holder counts.
    pub(super) async fn overtaken(&self, before: &ConnectionRecord) -> Outcome {
        match self.newest(before.key()).await {
            Ok(record) if record.generation != before.generation => Outcome::ok(record),
            Ok(record) => Outcome::failed(record, took_too_long(before.provider)),
            Err(error) => error.into(),
        }
    }

    /// No refresh was attempted, which says nothing about the connection, so nothing is recorded. A
    /// user is told what is missing; nobody reads the worker's errors.
    pub(super) async fn not_tried(
        &self,
        lease: Lease,
        record: ConnectionRecord,
        error: Error,
        actor: &Actor,
    ) -> Outcome {
        if *actor == Actor::Worker {
            tracing::warn!(
                %error,
                class = error.code(),
                provider = %record.provider,
                connection = %record.id,
                "a background refresh could not be tried"
            );
            let left = record.access_token_expires_at.map(|at| (at - record.now) / 2);
            let left = left.and_then(|left| left.to_std().ok()).unwrap_or(WORKER_TRIES_AGAIN);
            let later = left.clamp(WORKER_TRIES_SOON, WORKER_TRIES_AGAIN);
            if let Err(error) = self.parts.store.put_off_refresh(lease, later).await {
                tracing::warn!(cause = error.causes(), "a lease could not be released");
            }
        } else {
            self.give_back(lease).await;
        }
        Outcome::failed(record, error)
    }
}

/// Another replica, or a slow database, held the lease for longer than it lasts.
pub(super) fn took_too_long(provider: Provider) -> Error {
    tracing::warn!(
        %provider,
        "another call for this connection did not finish within its lease: if this continues, look \
         for a slow database"
    );
    Error::UpstreamUnavailable { upstream: Upstream::Provider(provider), retry_after: RETRY_AFTER }
}

fn wrong_client(provider: Provider) {
    tracing::error!(
        %provider,
        class = "client_refused",
        "the provider rejects new grants, or all that were never refreshed, and refreshes none. \
         Unless their users revoked them, check that PROVIDER_{0}_CLIENT_ID and \
         PROVIDER_{0}_CLIENT_SECRET are those of the client that Nhost Auth signs in with",
        provider.as_str().to_uppercase(),
    );
}

/// Details for an operator who asks later why a connection ended.
fn evidence(error: &UpstreamError, record: &ConnectionRecord, health: Option<&Health>) -> String {
    let mut evidence = error.evidence();
    let refused = answer(error).is_some_and(Answer::refuses_grant);
    if let (true, Some(since)) = (refused, record.first_refused_at) {
        let times = record.refusal_count + 1;
        let _ = write!(evidence, "; refused {times} times since {since}");
        if let Some(at) = health.and_then(|health| health.last_success_at) {
            let _ = write!(evidence, "; the provider last refreshed a token at {at}");
        }
    }
    evidence
}

fn not_let_in(error: &UpstreamError) -> Error {
    match error {
        UpstreamError::Forbidden => {
            Error::Forbidden("Nhost Auth rejects this user because the account is disabled.")
        }
        _ => Error::JWT_REFUSED,
    }
}
