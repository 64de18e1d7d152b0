use std::sync::Arc;

use chrono::TimeDelta;
use domain::{Answer, ConnectionKey, Lease, Provider, State};
use secrecy::SecretString;

use super::{
    Connections, Demand, Error, Subject,
    demand::{lives, settled},
    grant::{binding, kind_of_refresh},
    pause::Pause,
    pending_commit::{Committed, HeldOf},
    refresh_failed::took_too_long,
    single_flight::Outcome,
    story::told,
    unproven::Proof,
    upstream_health::{Failed, Turn},
};
use crate::{
    metrics,
    store::{ConnectionRecord, StoreError},
    telemetry::carried,
    vault::Field,
};

/// A token that is valid for at least this long is returned rather than making its reader wait for
/// another replica.
const GOOD_ENOUGH: TimeDelta = TimeDelta::seconds(5);

impl Connections {
    /// `refreshProviderToken`: refreshes the access token, or joins a refresh that is running or
    /// ended less than five seconds ago.
    pub async fn refresh(
        &self,
        subject: &Subject,
        provider: Provider,
        demand: Demand,
    ) -> Result<Arc<ConnectionRecord>, Error> {
        let refreshed = async {
            self.meet_as(subject, provider, demand, subject.is_counted()).await.into_result()
        };
        told("refresh", provider, |record: &Arc<ConnectionRecord>| record.id, refreshed).await
    }

    /// Makes sure that `demand` is met.
    pub(super) async fn meet(
        &self,
        subject: &Subject,
        provider: Provider,
        demand: Demand,
    ) -> Outcome {
        self.meet_as(subject, provider, demand, false).await
    }

    /// `counted`: it counts against the user's rate limit.
    async fn meet_as(
        &self,
        subject: &Subject,
        provider: Provider,
        demand: Demand,
        counted: bool,
    ) -> Outcome {
        let key = subject.key(provider);
        let work = &self.parts.work;
        loop {
            let (flight, started) = work.refreshes.join(key, &work.tasks, || {
                self.clone().refresh_flight(key, demand, subject.clone(), counted)
            });
            let outcome = flight.await;
            // These flights can't answer this caller: one that was started for less may have found
            // nothing to do; one that hit a user's rate limit does not concern another caller; and
            // a JWT that someone else sent, or that this server signed, says nothing about the
            // caller's own.
            let met = started
                || match &outcome.error {
                    Some(Error::RateLimited { .. }) => counted,
                    Some(Error::Unauthenticated(_)) => subject.own_bearer().is_none(),
                    Some(_) => true,
                    None => outcome
                        .record
                        .as_ref()
                        .is_none_or(|record| settled(record, demand).is_some()),
                };
            if met {
                return outcome;
            }
        }
    }

    async fn refresh_flight(
        self,
        key: ConnectionKey,
        demand: Demand,
        subject: Subject,
        counted: bool,
    ) -> Outcome {
        let mut pause = Pause::new();
        let mut counts = counted;
        loop {
            // What the database does not have yet is newer than what it has.
            if let Some(held) = self.parts.work.pending.get(key)
                && matches!(settled(&held, demand), Some(Ok(())))
            {
                return Outcome::ok(held);
            }
            let record = match self.newest(key).await {
                Ok(record) => record,
                Err(error) => return error.into(),
            };
            match settled(&record, demand) {
                Some(Ok(())) => return Outcome::ok(record),
                Some(Err(error)) => return Outcome::failed(record, error),
                None => {}
            }
            // Only once, and only if the demand can't be met locally.
            if std::mem::take(&mut counts)
                && let Err(error) = self.parts.user_rate.count_refresh(key.user_id)
            {
                return Outcome::failed(record, error);
            }
            if record.leased_for.is_none() {
                // Before the lease, which is only for the call: nobody waits for a replica that
                // waits for its turn.
                let turn = match self.turn(&record).await {
                    Ok(turn) => turn,
                    Err(error) => return Outcome::failed(record, error),
                };
                match self.take_lease(&record).await {
                    Ok(Some(lease)) => {
                        fail::fail_point!("refresh.leased");
                        return self.refresh_under(lease, record, &subject, turn).await;
                    }
                    Ok(None) => {}
                    Err(error) => return error.into(),
                }
            }
            let may_answer = matches!(demand, Demand::ValidFor(_));
            if may_answer && lives(&record, record.now + GOOD_ENOUGH) {
                return Outcome::ok(record);
            }
            if pause.waited() > Lease::LASTS {
                return Outcome::failed(record, took_too_long(key.provider));
            }
            pause.wait_at_most(record.leased_for).await;
        }
    }

    /// The connection with its newest tokens, wherever they are.
    pub(super) async fn newest(&self, key: ConnectionKey) -> Result<ConnectionRecord, Error> {
        let (read, held) = self.row_and_held(key).await;
        match read {
            Ok(Some(record)) if record.state == State::Connecting => {
                held.get(key).ok_or(Error::NotConnected(key.provider))
            }
            Ok(Some(record)) => Ok(held.newest(record)),
            Ok(None) => held.get_new(key).ok_or(Error::NotConnected(key.provider)),
            Err(error) => match held.get(key) {
                Some(held) => Ok(held),
                None => Err(error.into()),
            },
        }
    }

    /// The row, and the tokens that it did not have yet when the read began.
    pub(super) async fn row_and_held(
        &self,
        key: ConnectionKey,
    ) -> (Result<Option<ConnectionRecord>, StoreError>, HeldOf) {
        let pending = &self.parts.work.pending;
        let held = pending.held_at(key);
        let row = self.parts.store.find(key).await;
        (row, pending.around(held, pending.held_at(key)))
    }

    /// Calls the upstream and writes the result, holding only the lease: no database connection, no
    /// lock.
    pub(super) async fn refresh_under(
        &self,
        lease: Lease,
        record: ConnectionRecord,
        subject: &Subject,
        turn: Turn,
    ) -> Outcome {
        let _held = metrics::lease_held();
        let late = record.refresh_due_at.map(|due| record.now - due);
        let late = late.filter(|late| *late >= TimeDelta::zero());
        let refresh = metrics::refresh_begins(record.provider, late);
        let outcome = Box::pin(self.call_and_commit(lease, record, subject, turn)).await;
        refresh.ended(outcome.error.as_ref().map_or("OK", Error::code));
        outcome
    }

    async fn call_and_commit(
        &self,
        lease: Lease,
        record: ConnectionRecord,
        subject: &Subject,
        turn: Turn,
    ) -> Outcome {
        let refresh_token = match self.refresh_token(&record) {
            Ok(refresh_token) => refresh_token,
            Err(error) => return self.not_tried(lease, record, error, subject.actor()).await,
        };
        let session = match self.call(&lease, &record, &refresh_token, subject).await {
            Ok(session) => session,
            Err(Failed::Upstream(error)) if self.ends_unproven(&record, &error).await => {
                let why = error.evidence();
                return self.give_up_unproven(lease, record, subject.actor(), &why).await;
            }
            Err(Failed::Upstream(error)) => {
                if error.is_of_all()
                    && let Some(place) = &turn.place
                {
                    place.upstream_failed();
                }
                return self.failed(lease, record, &error, subject).await;
            }
            Err(Failed::NotCalled(error)) => {
                return self.not_tried(lease, record, error, subject.actor()).await;
            }
        };
        let Turn { news, place } = turn;
        if let Some(place) = place {
            place.answered();
        }
        fail::fail_point!("refresh.answered");
        let proof = tokio::time::timeout_at(lease.deadline.into(), self.proves(&record, &session));
        match proof.await.unwrap_or(Proof::NotNow) {
            Proof::Same => {}
            Proof::NotNow => {
                return self.keep_unproven(lease, record, &session, subject.actor()).await;
            }
            proof @ (Proof::Other | Proof::Unknown) => {
                let why = proof.evidence();
                return self.give_up_unproven(lease, record, subject.actor(), why).await;
            }
        }
        let kind = kind_of_refresh(&session, &refresh_token);
        let committed = self.commit(lease, &record, &session, kind, subject.actor()).await;
        fail::fail_point!("refresh.committed");
        match committed {
            Committed::Yes(refreshed) => {
                if news {
                    let (this, record) = (self.clone(), record.clone());
                    // While the database is unavailable, neither this response nor a shutdown waits
                    // for it.
                    let noted = async move { this.note(&record, Answer::Renewed).await };
                    let noted = tokio::spawn(carried(noted));
                    if self.parts.work.pending.get(refreshed.key()).is_none() {
                        let _ = noted.await;
                    }
                }
                metrics::refresh_ended(record.provider, "OK");
                Outcome::ok(refreshed)
            }
            Committed::Overtaken(Some(newer)) => {
                tracing::warn!(
                    connection = %newer.id,
                    provider = %newer.provider,
                    "another replica overtook a refresh, and its result was kept: if this \
                     continues, look for a machine that is paused or overloaded"
                );
                Outcome::ok(newer)
            }
            Committed::Overtaken(None) => Error::NotConnected(record.provider).into(),
        }
    }

    fn refresh_token(&self, record: &ConnectionRecord) -> Result<SecretString, Error> {
        let sealed = record.refresh_token.as_ref().ok_or(Error::NotRefreshable(record.provider))?;
        self.parts
            .vault
            .open(binding(record), Field::RefreshToken, sealed)
            .map_err(|error| Error::unopened(record, &error))
    }
}
