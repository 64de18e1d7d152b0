use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{Admission, Health, Lane, Lease, Provider};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use secrecy::SecretString;
use tokio::{sync::watch, task::JoinHandle};
use tracing::Instrument;
use uuid::Uuid;

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
const SOON: Duration = Duration::from_mins(1);

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

type UnderWay = HashMap<(Provider, Lane), usize>;

/// The worker's running refreshes.
#[derive(Debug, Default)]
pub struct Busy {
    of: Mutex<UnderWay>,
    /// Counts what concerns the worker: a refresh has finished, or one will be due soon.
    news: watch::Sender<u64>,
}

impl Connections {
    /// Resolves whenever a refresh may be due sooner than was known.
    pub(super) fn refresh_news(&self) -> BoxStream<'static, ()> {
        let news = self.parts.work.busy.news.subscribe();
        let next =
            async |mut news: watch::Receiver<u64>| news.changed().await.ok().map(|()| ((), news));
        stream::unfold(news, next).boxed()
    }

    /// Starts due refreshes, as many as may run at once, and returns how long there is nothing more
    /// to do.
    pub async fn refresh_due(&self) -> Result<Duration, StoreError> {
        let providers: Vec<_> = Provider::ALL
            .iter()
            .copied()
            .filter(|provider| self.can_refresh_alone(*provider))
            .collect();
        let soon = self.parts.store.due_soon(&providers).await?;
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

    /// Waits until none of the worker's refreshes is running.
    pub async fn until_idle(&self) {
        let busy = &self.parts.work.busy;
        // The sender is never dropped before this.
        let _ = busy.news.subscribe().wait_for(|_| busy.total() == 0).await;
    }

    /// The lanes are independent: neither waits for the other.
    async fn refresh_due_of(&self, due: Due) -> Result<Duration, StoreError> {
        let Due { provider, healthy, failing } = due;
        let known = self.parts.store.health(self.targets(provider)).await?;
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
        let free = parts.work.busy.free(provider, lane, parts.pacing.concurrency);
        let wanted = u32::try_from(free).unwrap_or(u32::MAX).min(BATCH);
        if wanted == 0 {
            // Until one has ended.
            return Ok(SOON);
        }
        if let Some(wait) = must_wait(known, lane) {
            return Ok(wait);
        }
        let of = self.due_of(provider);
        let probes =
            known.iter().any(|known| known.health.admit(lane, known.now) != Admission::Open);
        let wanted = if probes { 1 } else { wanted };
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
            let turn = Turn { news: is_news(known, &record) };
            self.refresh_claimed(lease, record, lane, turn, subject);
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
        let fresh = store.health(self.targets(provider)).await?;
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
        if !store.replace_health(&fresh, &asked).await? {
            return Ok(());
        }
        let claimed = store.claim_another(provider, than, self.parts.random.uuid()).await?;
        let Some((lease, record)) = claimed else { return Ok(()) };
        if self.parts.work.pending.get(record.key()).is_some() {
            self.give_back(lease).await;
            return Ok(());
        }
        let subject = Subject::worker(record.user_id).with_bearer(bearer);
        self.parts.work.busy.begin(provider, Lane::Healthy);
        let _ended = Ended { connections: self.clone(), provider, lane: Lane::Healthy };
        self.refresh_under(lease, record, &subject, Turn { news: true }).await;
        Ok(())
    }

    /// In its own task, which readers of the same connection join.
    fn refresh_claimed(
        &self,
        lease: Lease,
        record: ConnectionRecord,
        lane: Lane,
        turn: Turn,
        subject: Subject,
    ) {
        let (key, provider) = (record.key(), record.provider);
        self.parts.work.busy.begin(provider, lane);
        let this = self.clone();
        let refresh = async move {
            let _ended = Ended { connections: this.clone(), provider, lane };
            this.refresh_under(lease, record, &subject, turn).await
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

    pub(super) fn due_of(&self, provider: Provider) -> DueOf {
        DueOf {
            provider,
            idle_after: self.parts.pacing.idle_after,
            keep_alive: keep_alive(provider),
        }
    }
}

impl Busy {
    fn begin(&self, provider: Provider, lane: Lane) {
        *self.all().entry((provider, lane)).or_default() += 1;
    }

    fn end(&self, provider: Provider, lane: Lane) {
        if let Some(number) = self.all().get_mut(&(provider, lane)) {
            *number = number.saturating_sub(1);
        }
        self.news.send_modify(|number| *number += 1);
    }

    /// A connection was written. The worker may be asleep past the time when it is due.
    pub fn is_due(&self, record: &ConnectionRecord) {
        if record.refresh_due_at.is_some_and(|due| due < record.now + SOON) {
            self.news.send_modify(|number| *number += 1);
        }
    }

    /// A connection is due now.
    pub fn wake(&self) {
        self.news.send_modify(|number| *number += 1);
    }

    fn total(&self) -> usize {
        self.all().values().sum()
    }

    fn with(&self, provider: Provider) -> usize {
        with(&self.all(), provider)
    }

    /// How many more may start: no provider gets the last quarter of the places while others might
    /// need it, and connections that fail while others work get a quarter of their provider's.
    fn free(&self, provider: Provider, lane: Lane, concurrency: usize) -> usize {
        let all = self.all();
        let total: usize = all.values().sum();
        let own = with(&all, provider);
        let most = if own == total { concurrency - concurrency / 4 } else { concurrency };
        // With several providers, each gets an equal share.
        let mut sharing: Vec<_> =
            all.iter().filter(|(_, number)| **number > 0).map(|((of, _), _)| *of).collect();
        sharing.push(provider);
        sharing.sort_unstable();
        sharing.dedup();
        let share = if sharing.len() > 1 { (concurrency / sharing.len()).max(1) } else { most };
        let free = share.saturating_sub(own).min(concurrency.saturating_sub(total));
        match lane {
            Lane::Suspect => {
                let suspects = all.get(&(provider, lane)).copied().unwrap_or_default();
                free.min((share / 4).max(1).saturating_sub(suspects))
            }
            _ => free,
        }
    }

    fn all(&self) -> MutexGuard<'_, UnderWay> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn with(all: &UnderWay, provider: Provider) -> usize {
    all.iter().filter(|((of, _), _)| *of == provider).map(|(_, number)| number).sum()
}

/// Frees its place even if the refresh panics.
struct Ended {
    connections: Connections,
    provider: Provider,
    lane: Lane,
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.connections.parts.work.busy.end(self.provider, self.lane);
    }
}
