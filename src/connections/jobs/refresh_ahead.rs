use std::time::Duration;

use domain::{Admission, Health, Lane, Lease, Provider};
use secrecy::SecretString;
use tokio::task::JoinHandle;
use tracing::Instrument;
use uuid::Uuid;

use super::busy::wait_for;
use crate::{
    connections::{
        Connections, Subject,
        grant::keep_alive,
        single_flight::Outcome,
        upstream_health::{Path, Turn, is_news, must_wait},
    },
    store::{ConnectionRecord, DueLane, DueOf, KnownHealth, StoreError},
    telemetry::{carried, spans},
};

/// Connections that become due within this time are known in advance, so that the worker can sleep
/// until then.
pub(super) const SOON: Duration = Duration::from_mins(1);

/// The maximum number of connections that one statement claims.
const BATCH: u32 = 32;

/// The pause after the due connections could not be read.
const PAUSE: Duration = Duration::from_secs(5);

/// The due connections of a provider: those that have not failed since their last success, and the
/// others.
struct Due {
    provider: Provider,
    healthy: bool,
    failing: bool,
}

impl Connections {
    /// Starts due refreshes, as many as may run at once, and returns how long there is nothing more
    /// to do.
    pub async fn refresh_due(&self) -> Result<Duration, StoreError> {
        let providers: Vec<_> = Provider::ALL
            .iter()
            .copied()
            .filter(|provider| self.can_refresh_alone(*provider))
            .collect();
        let soon = self.parts.store.due_soon(&providers).await?;
        self.only_due(|provider| soon.iter().any(|of| of.provider == provider && of.is_due()));
        let mut wait = SOON;
        let mut due: Vec<Due> = Vec::new();
        for of in soon {
            if !of.is_due() {
                wait = wait.min((of.earliest - of.now).to_std().unwrap_or_default());
                continue;
            }
            if due.last().is_none_or(|due| due.provider != of.provider) {
                due.push(Due { provider: of.provider, healthy: false, failing: false });
            }
            if let Some(due) = due.last_mut() {
                *(if of.healthy { &mut due.healthy } else { &mut due.failing }) = true;
            }
        }
        // The provider with the fewest running calls comes first, so that none starves behind one
        // that hangs. Providers that need no JWT don't wait for one.
        due.sort_by_key(|due| {
            (self.path(due.provider) == Path::NhostAuth, self.parts.work.busy.with(due.provider))
        });
        for due in due {
            if self.path(due.provider) == Path::NhostAuth
                && self.bearer_of_service(Uuid::nil()).await.is_err()
            {
                // The cause was logged.
                return Ok(wait.min(PAUSE));
            }
            let provider = due.provider;
            wait = wait.min(self.refresh_due_of(due).await.unwrap_or_else(|error| {
                tracing::error!(
                    cause = error.causes(),
                    %provider,
                    "the due connections of this provider could not be claimed: check that the \
                     database is up, reachable and writable"
                );
                PAUSE
            }));
        }
        Ok(wait)
    }

    /// The lanes are independent: neither waits for the other.
    async fn refresh_due_of(&self, due: Due) -> Result<Duration, StoreError> {
        let Due { provider, healthy, failing } = due;
        let known = self.health(self.targets(provider)).await?;
        let interruptions: Vec<_> =
            known.iter().flat_map(|known| known.health.interruptions()).collect();
        let mut wait = PAUSE;
        for lane in Lane::ALL {
            let due = match lane {
                Lane::Healthy if healthy => DueLane::Healthy,
                Lane::Interrupted | Lane::Suspect if !failing => continue,
                Lane::Healthy => continue,
                // Nothing has interrupted anybody.
                Lane::Interrupted if interruptions.is_empty() => continue,
                Lane::Interrupted => DueLane::Interrupted(interruptions.clone()),
                Lane::Suspect => DueLane::Suspect(interruptions.clone()),
            };
            wait = wait.min(self.refresh_due_in(provider, lane, &due, &known).await?);
        }
        Ok(wait)
    }

    async fn refresh_due_in(
        &self,
        provider: Provider,
        lane: Lane,
        due: &DueLane,
        known: &[KnownHealth],
    ) -> Result<Duration, StoreError> {
        let parts = &self.parts;
        if let Some(wait) = must_wait(known, lane) {
            return Ok(wait);
        }
        let probes =
            known.iter().any(|known| known.health.admit(lane, known.now) != Admission::Open);
        let mut claimable = self.claimable(provider, lane);
        if probes {
            claimable = claimable.min(self.free_places(provider, lane)).min(1);
        }
        let wanted = u32::try_from(claimable).unwrap_or(u32::MAX).min(BATCH);
        if wanted == 0 {
            // Until one has ended.
            return Ok(SOON);
        }
        let of = self.due_of(provider);
        let called = self.targets(provider).called;
        let calls = match self.pace(called, lane, wanted).await? {
            Ok(calls) => calls,
            Err(wait) => return Ok(wait),
        };
        let claimed = parts.store.claim_due(of, due, calls, parts.random.uuid()).await?;
        let unused = calls.saturating_sub(u32::try_from(claimed.len()).unwrap_or(calls));
        if unused > 0 {
            // Others may use these turns.
            self.give_back_turns(called, lane, unused).await?;
        }
        // Fewer than requested: no more are due, other replicas have them, or they are idle.
        let mut wait = if claimed.len() < calls as usize { PAUSE } else { Duration::ZERO };
        for (lease, record) in claimed {
            if parts.work.pending.get(record.key()).is_some() {
                // Its newest tokens are still being written to the database, which has old ones.
                self.give_back(lease).await;
                wait = PAUSE;
                continue;
            }
            // The probe's slot is used for an existing connection.
            if probes && let Err(until) = self.admit(known, lane).await? {
                self.give_back(lease).await;
                self.give_back_turns(called, lane, 1).await?;
                return Ok(until);
            }
            let subject = Subject::worker(record.user_id);
            let news = is_news(known, &record);
            self.refresh_claimed(lease, record, lane, news, subject);
        }
        Ok(wait)
    }

    /// Refreshes another connection of the provider, to see whether the provider works: `record`'s
    /// failures may mean that it doesn't. The task ends when that is known.
    pub(in crate::connections) fn ask_another(
        &self,
        known: &KnownHealth,
        record: &ConnectionRecord,
        subject: &Subject,
    ) -> JoinHandle<()> {
        let (this, known) = (self.clone(), known.clone());
        let (provider, id) = (record.provider, record.id);
        // Any user's JWT will do, but one that this server signs comes first.
        let bearer = subject.own_bearer().filter(|_| !self.can_refresh_alone(provider));
        let ask = async move {
            let asked = this.try_ask_another(&known, provider, id, bearer).await;
            if let Err(error) = asked {
                tracing::warn!(
                    cause = error.causes(),
                    %provider,
                    "no other connection could be asked whether the provider works"
                );
            }
        };
        self.parts.work.tasks.spawn(carried(ask))
    }

    async fn try_ask_another(
        &self,
        known: &KnownHealth,
        provider: Provider,
        than: Uuid,
        bearer: Option<SecretString>,
    ) -> Result<(), StoreError> {
        let store = &self.parts.store;
        let fresh = self.health(self.targets(provider)).await?;
        let Some(fresh) = fresh.into_iter().find(|of| of.target == known.target) else {
            return Ok(());
        };
        if fresh.health.asked_at != known.health.asked_at {
            // Another replica is asking.
            return Ok(());
        }
        if self.pace(self.targets(provider).called, Lane::Healthy, 1).await?.is_err() {
            return Ok(());
        }
        let asked = Health { asked_at: Some(fresh.now), ..fresh.health.clone() };
        // Only one asks at a time.
        if !self.replace_health(&fresh, &asked).await? {
            return Ok(());
        }
        let claimed = store.claim_another(provider, than, self.parts.random.uuid()).await?;
        let Some((lease, record)) = claimed else { return Ok(()) };
        if self.parts.work.pending.get(record.key()).is_some() {
            self.give_back(lease).await;
            return Ok(());
        }
        let subject = Subject::worker(record.user_id).with_bearer(bearer);
        let _refreshing = self.refreshing();
        let turn = Turn { news: true, place: Some(self.place(provider, Lane::Healthy)) };
        self.refresh_under(lease, record, &subject, turn).await;
        Ok(())
    }

    /// In its own task, which readers of the same connection join.
    fn refresh_claimed(
        &self,
        lease: Lease,
        record: ConnectionRecord,
        lane: Lane,
        news: bool,
        subject: Subject,
    ) {
        let (key, provider) = (record.key(), record.provider);
        let (this, place) = (self.clone(), self.try_place(provider, lane));
        let refreshing = self.refreshing();
        let refresh = async move {
            let _refreshing = refreshing;
            let place = match place {
                Ok(place) => Some(place),
                // A shutdown starts no more calls.
                Err(next) => {
                    this.parts.work.ending.run_until_cancelled(wait_for(next)).await.flatten()
                }
            };
            if place.is_none() {
                this.return_claim(lease, provider, lane).await;
                // Callers that have joined this refresh then start their own.
                return this.newest(key).await.map_or_else(Outcome::from, Outcome::ok);
            }
            this.refresh_under(lease, record, &subject, Turn { news, place }).await
        };
        let mut refresh = Some(refresh);
        let tasks = &self.parts.work.tasks;
        let started = self.parts.work.refreshes.join_if_none(key, tasks, || refresh.take());
        if !started && let Some(refresh) = refresh {
            // A reader's refresh is waiting for this lease.
            let refresh = async move { drop::<Outcome>(refresh.await) };
            tasks.spawn(refresh.instrument(spans::flight("refresh", provider)));
        }
    }

    /// Others may have the lease and the turn.
    async fn return_claim(&self, lease: Lease, provider: Provider, lane: Lane) {
        self.give_back(lease).await;
        let called = self.targets(provider).called;
        if let Err(error) = self.give_back_turns(called, lane, 1).await {
            tracing::debug!(cause = error.causes(), "an unused turn could not be returned");
        }
        self.parts.work.busy.wake();
    }

    pub(super) fn due_of(&self, provider: Provider) -> DueOf {
        DueOf {
            provider,
            idle_after: self.parts.pacing.idle_after,
            keep_alive: keep_alive(provider),
        }
    }
}
