use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::Provider;
use tokio::{sync::watch, time::Instant};

use crate::connections::{
    Connections, Subject,
    grant::keep_alive,
    single_flight::Outcome,
    upstream_health::{Path, Turn},
};
use crate::store::{Admission, ConnectionRecord, DueOf, DueSoon, Lease, StoreError};

/// What comes due within this time is known beforehand, so that the worker sleeps until then.
const SOON: Duration = Duration::from_mins(1);

/// Connections that are claimed by one statement at most.
const BATCH: u32 = 32;

/// After the database failed, or what is due could not be had.
const PAUSE: Duration = Duration::from_secs(5);

/// How often what is no refresh is seen to.
const HOUSEKEEPING: Duration = Duration::from_mins(1);

/// The worker's refreshes that are under way.
#[derive(Debug, Default)]
pub struct Busy {
    of: Mutex<HashMap<Provider, usize>>,
    /// Counts what the worker may want to know of: one has ended, another will be due soon.
    news: watch::Sender<u64>,
}

impl Connections {
    /// Refreshes ahead of expiry, and sees to everything else that is nobody's request, until the
    /// server shuts down. Every replica does this; none is special.
    pub async fn work(self) {
        let stop = self.parts.work.stop.clone();
        let mut news = self.parts.work.busy.news.subscribe();
        let mut housekeeping = Instant::now();
        while !stop.is_cancelled() {
            if housekeeping <= Instant::now() {
                housekeeping = Instant::now() + HOUSEKEEPING;
                self.keep_house().await;
            }
            let due = if self.has_worker() { self.refresh_due().await } else { Ok(SOON) };
            let wait = due.unwrap_or_else(|error| {
                tracing::error!(
                    cause = error.causes(),
                    "the worker can't see what is due: check that the database is up, reachable \
                     and writable"
                );
                PAUSE
            });
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = news.changed() => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Begins to refresh what is due, as much of it as may be under way at once, and answers how
    /// long there is nothing more to do.
    pub async fn refresh_due(&self) -> Result<Duration, StoreError> {
        let mut due_soon = self.parts.store.due_soon(SOON).await?;
        due_soon.retain(|of| self.can_refresh_alone(of.provider));
        let mut wait = SOON;
        if due_soon.iter().any(|of| self.path(of.provider) == Path::NhostAuth)
            && let Some(service_jwt) = &self.parts.service_jwt
            && service_jwt.get(&self.parts.nhost_auth).await.is_err()
        {
            // It was said why. The providers that are refreshed directly go on.
            due_soon.retain(|of| self.path(of.provider) == Path::Direct);
            wait = PAUSE;
        }
        // Whoever has the least under way comes first: none starves behind one that hangs.
        due_soon.sort_by_key(|of| self.parts.work.busy.with(of.provider));
        for of in due_soon {
            wait = wait.min(self.refresh_due_of(of).await?);
        }
        Ok(wait)
    }

    /// Waits until none of the worker's refreshes is under way.
    pub async fn until_idle(&self) {
        let busy = &self.parts.work.busy;
        // The sender is never dropped before this.
        let _ = busy.news.subscribe().wait_for(|_| busy.total() == 0).await;
    }

    async fn refresh_due_of(&self, soon: DueSoon) -> Result<Duration, StoreError> {
        let parts = &self.parts;
        if soon.due == 0 {
            return Ok((soon.earliest - soon.now).to_std().unwrap_or_default());
        }
        let free = parts.work.busy.free(soon.provider, parts.pacing.concurrency);
        let due = u32::try_from(soon.due).unwrap_or(u32::MAX);
        let wanted = u32::try_from(free).unwrap_or(u32::MAX).min(due).min(BATCH);
        if wanted == 0 {
            // Until one has ended.
            return Ok(SOON);
        }
        let (calls, news) = match self.admit(self.targets(soon.provider), wanted).await? {
            Admission::Granted { calls, news } => (calls, news),
            Admission::Paced(wait) | Admission::BreakerOpen(wait) => return Ok(wait),
        };
        let claimed =
            parts.store.claim_due(self.due_of(soon.provider), calls, parts.random.uuid()).await?;
        // Fewer than were due: the others are being refreshed, or are idle.
        let mut wait = if claimed.len() < calls as usize { PAUSE } else { Duration::ZERO };
        for (lease, record) in claimed {
            if parts.work.pending.get(record.key()).is_some() {
                // Its newest tokens are on their way into the database, which has old ones.
                self.give_back(lease).await;
                wait = PAUSE;
            } else {
                self.refresh_claimed(lease, record, Turn { news });
            }
        }
        Ok(wait)
    }

    /// In a task of its own, which readers of the same connection join.
    fn refresh_claimed(&self, lease: Lease, record: ConnectionRecord, turn: Turn) {
        let (key, provider) = (record.key(), record.provider);
        let subject = Subject::worker(record.user_id);
        self.parts.work.busy.begin(provider);
        let this = self.clone();
        let refresh = async move {
            let _ended = Ended { connections: this.clone(), provider };
            this.refresh_under(lease, record, &subject, turn).await
        };
        let mut refresh = Some(refresh);
        let tasks = &self.parts.work.tasks;
        let started = self.parts.work.refreshes.join_if_none(key, tasks, || refresh.take());
        if !started && let Some(refresh) = refresh {
            // A reader's flight waits for this very lease.
            tasks.spawn(async move { drop::<Outcome>(refresh.await) });
        }
    }

    fn due_of(&self, provider: Provider) -> DueOf {
        DueOf {
            provider,
            idle_after: self.parts.pacing.idle_after,
            keep_alive: keep_alive(provider),
        }
    }

    /// What is to be done now and then.
    pub async fn keep_house(&self) {
        for provider in Provider::ALL {
            if !self.has_worker() || !self.can_refresh_alone(*provider) {
                continue;
            }
            match self.parts.store.put_off_idle(self.due_of(*provider)).await {
                Ok(0) => {}
                Ok(number) => tracing::info!(
                    number,
                    %provider,
                    "connections that nobody used for long are left alone until somebody does"
                ),
                Err(error) => {
                    tracing::warn!(cause = error.causes(), "idle connections were not looked for");
                    break;
                }
            }
        }
        self.revoke_due().await;
        if let Err(error) = self.prune_events().await {
            tracing::warn!(%error, "old events were not removed");
        }
    }
}

impl Busy {
    fn begin(&self, provider: Provider) {
        *self.all().entry(provider).or_default() += 1;
    }

    fn end(&self, provider: Provider) {
        if let Some(number) = self.all().get_mut(&provider) {
            *number = number.saturating_sub(1);
        }
        self.news.send_modify(|number| *number += 1);
    }

    /// A connection was written. The worker may sleep past the time when it is due.
    pub fn is_due(&self, record: &ConnectionRecord) {
        if record.refresh_due_at.is_some_and(|due| due < record.now + SOON) {
            self.news.send_modify(|number| *number += 1);
        }
    }

    fn total(&self) -> usize {
        self.all().values().sum()
    }

    fn with(&self, provider: Provider) -> usize {
        self.all().get(&provider).copied().unwrap_or_default()
    }

    /// How many more may begin: no provider gets the last quarter of what there is as long as
    /// others might need it.
    fn free(&self, provider: Provider, concurrency: usize) -> usize {
        let all = self.all();
        let total: usize = all.values().sum();
        let with = all.get(&provider).copied().unwrap_or_default();
        let most = if with == total { concurrency - concurrency / 4 } else { concurrency };
        // With several at it, an equal share each.
        let sharing = all.iter().filter(|(of, number)| **number > 0 || **of == provider).count();
        let share = if sharing > 1 { (concurrency / sharing).max(1) } else { most };
        share.saturating_sub(with).min(concurrency.saturating_sub(total))
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Provider, usize>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Frees its place also when the refresh panics.
struct Ended {
    connections: Connections,
    provider: Provider,
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.connections.parts.work.busy.end(self.provider);
    }
}
