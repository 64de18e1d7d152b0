//! How many of the worker's refreshes call an upstream at a time, and of which providers.
//!
//! A place is needed for the call alone: while the answer is written, the next one calls. So that
//! it can begin at once, connections of a provider that answers are claimed a little ahead, and
//! wait here.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::{Lane, Provider};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use tokio::{
    sync::{oneshot, watch},
    time::{Instant, timeout},
};

use super::refresh_ahead::SOON;
use crate::{connections::Connections, store::ConnectionRecord};

/// How long a connection that was claimed ahead waits for its place. It has a lease, and the call
/// must fit into the rest of it.
const PATIENCE: Duration = Duration::from_millis(400);

/// As many are claimed ahead as were answered within this time, so that few run out of patience.
const ANSWERED_WITHIN: Duration = Duration::from_millis(200);

/// How many answers of a provider are remembered.
const ANSWERS: usize = 64;

/// The running refreshes of this server's worker.
#[derive(Debug, Default)]
pub struct Busy {
    of: Mutex<UnderWay>,
    /// Counts what concerns the worker: a place is free, or a refresh will be due soon.
    news: watch::Sender<u64>,
    /// All refreshes: those that wait, those that call, and those whose answer is being written.
    refreshes: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct UnderWay {
    calls: HashMap<(Provider, Lane), usize>,
    /// Claimed connections that have no place yet.
    waiting: HashMap<Provider, VecDeque<(Lane, oneshot::Sender<Place>)>>,
    /// When providers last answered, oldest first.
    answers: HashMap<Provider, VecDeque<Instant>>,
    /// Providers whose due connections had no place. The next places are not for those who wait.
    denied: HashSet<Provider>,
}

/// The right to call an upstream once. Dropping it gives it to the next one, even if the refresh
/// panics.
pub struct Place {
    connections: Connections,
    provider: Provider,
    lane: Lane,
    /// The upstream has answered.
    answered: bool,
}

/// A refresh of the worker, from its claim to its end.
pub struct Refreshing(Connections);

impl Connections {
    /// Resolves whenever a refresh may be due sooner than was known, or a place is free.
    pub(super) fn refresh_news(&self) -> BoxStream<'static, ()> {
        let news = self.parts.work.busy.news.subscribe();
        let next =
            async |mut news: watch::Receiver<u64>| news.changed().await.ok().map(|()| ((), news));
        stream::unfold(news, next).boxed()
    }

    /// Waits until none of the worker's refreshes is running.
    pub async fn until_idle(&self) {
        let busy = &self.parts.work.busy;
        // The sender is never dropped before this.
        let _ = busy.refreshes.subscribe().wait_for(|refreshes| *refreshes == 0).await;
    }

    /// Counts a refresh until it is dropped.
    pub(super) fn refreshing(&self) -> Refreshing {
        self.parts.work.busy.refreshes.send_modify(|refreshes| *refreshes += 1);
        Refreshing(self.clone())
    }

    /// How many connections may be claimed now: as many as have a place, and some ahead.
    pub(super) fn claimable(&self, provider: Provider, lane: Lane) -> usize {
        let concurrency = self.parts.pacing.concurrency;
        let mut all = self.parts.work.busy.all();
        let claimable = all.claimable(provider, lane, concurrency);
        if claimable == 0 && all.with(provider) == 0 {
            all.denied.insert(provider);
        } else {
            all.denied.remove(&provider);
        }
        claimable
    }

    /// How many calls may start now.
    pub(super) fn free_places(&self, provider: Provider, lane: Lane) -> usize {
        let concurrency = self.parts.pacing.concurrency;
        self.parts.work.busy.all().free(provider, lane, concurrency)
    }

    /// Nobody else needs a place any more.
    pub(super) fn only_due(&self, is_due: impl Fn(Provider) -> bool) {
        self.parts.work.busy.all().denied.retain(|provider| is_due(*provider));
    }

    /// A place, whether one is free or not.
    pub(super) fn place(&self, provider: Provider, lane: Lane) -> Place {
        *self.parts.work.busy.all().calls.entry((provider, lane)).or_default() += 1;
        Place { connections: self.clone(), provider, lane, answered: false }
    }

    /// A free place. If there is none, `Err` is one's turn to get the next.
    pub(super) fn try_place(
        &self,
        provider: Provider,
        lane: Lane,
    ) -> Result<Place, oneshot::Receiver<Place>> {
        let concurrency = self.parts.pacing.concurrency;
        let mut all = self.parts.work.busy.all();
        if all.free(provider, lane, concurrency) > 0 {
            *all.calls.entry((provider, lane)).or_default() += 1;
            let connections = self.clone();
            return Ok(Place { connections, provider, lane, answered: false });
        }
        let (next, place) = oneshot::channel();
        all.waiting.entry(provider).or_default().push_back((lane, next));
        Err(place)
    }
}

/// Waits for a place. `None`: the provider has failed, or takes too long.
pub(super) async fn wait_for(place: oneshot::Receiver<Place>) -> Option<Place> {
    timeout(PATIENCE, place).await.ok()?.ok()
}

impl Busy {
    /// A connection was written. The worker may be asleep past the time when it is due.
    pub fn is_due(&self, record: &ConnectionRecord) {
        if record.refresh_due_at.is_some_and(|due| due < record.now + SOON) {
            self.wake();
        }
    }

    /// A connection is due now.
    pub fn wake(&self) {
        self.news.send_modify(|number| *number += 1);
    }

    /// The number of calls of a provider.
    pub(super) fn with(&self, provider: Provider) -> usize {
        self.all().with(provider)
    }

    fn all(&self) -> MutexGuard<'_, UnderWay> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UnderWay {
    fn with(&self, provider: Provider) -> usize {
        self.calls.iter().filter(|((of, _), _)| *of == provider).map(|(_, number)| number).sum()
    }

    /// How many calls of a provider may run: no provider gets the last quarter of the places while
    /// others might need it, and with several providers, each gets an equal share.
    fn share(&self, provider: Provider, concurrency: usize) -> usize {
        let mut sharing: Vec<_> =
            self.calls.iter().filter(|(_, number)| **number > 0).map(|((of, _), _)| *of).collect();
        sharing.push(provider);
        sharing.extend(&self.denied);
        sharing.sort_unstable();
        sharing.dedup();
        match sharing.len() {
            1 => concurrency - concurrency / 4,
            providers => concurrency.div_ceil(providers),
        }
    }

    /// How many more calls may start. Connections that fail while others work get a quarter of
    /// their provider's.
    fn free(&self, provider: Provider, lane: Lane, concurrency: usize) -> usize {
        let total: usize = self.calls.values().sum();
        let share = self.share(provider, concurrency);
        let free = share.saturating_sub(self.with(provider)).min(concurrency.saturating_sub(total));
        match lane {
            Lane::Suspect => {
                let suspects = self.calls.get(&(provider, lane)).copied().unwrap_or_default();
                free.min((share / 4).max(1).saturating_sub(suspects))
            }
            _ => free,
        }
    }

    fn claimable(&self, provider: Provider, lane: Lane, concurrency: usize) -> usize {
        let free = self.free(provider, lane, concurrency);
        let ahead = self.ahead(provider, concurrency);
        let waiting = self.waiting.get(&provider).map_or(0, VecDeque::len);
        if lane != Lane::Healthy || waiting > ahead / 2 {
            // Claims of several cost as many statements as a claim of one.
            return free;
        }
        free + ahead - waiting
    }

    /// How many connections of a provider may wait for a place.
    fn ahead(&self, provider: Provider, concurrency: usize) -> usize {
        let answers = self.answers.get(&provider).into_iter().flatten();
        let recent = answers.rev().take_while(|at| at.elapsed() < ANSWERED_WITHIN).count();
        recent.min(self.share(provider, concurrency) / 2)
    }

    /// The next one to call, if there is a place for it: of the provider with the fewest calls.
    fn next(&mut self, concurrency: usize) -> Option<(Provider, Lane, oneshot::Sender<Place>)> {
        let mut providers: Vec<_> = self.waiting.keys().copied().collect();
        providers.sort_by_key(|provider| self.with(*provider));
        let (provider, first) = providers.into_iter().find_map(|provider| {
            let is_free = |(lane, _): &(Lane, _)| self.free(provider, *lane, concurrency) > 0;
            Some((provider, self.waiting[&provider].iter().position(is_free)?))
        })?;
        let (lane, next) = self.waiting.get_mut(&provider)?.remove(first)?;
        *self.calls.entry((provider, lane)).or_default() += 1;
        Some((provider, lane, next))
    }
}

impl Place {
    /// The upstream has answered: the place is free for the next one.
    pub fn answered(mut self) {
        self.answered = true;
    }

    /// The upstream could not be reached, or asks for fewer calls: those who wait return their
    /// leases. Connections that fail while others work prove nothing.
    pub fn upstream_failed(&self) {
        if self.lane == Lane::Suspect {
            return;
        }
        let waiting = {
            let mut all = self.connections.parts.work.busy.all();
            all.answers.remove(&self.provider);
            all.waiting.remove(&self.provider)
        };
        drop(waiting);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Self { connections, provider, lane, answered } = self;
        let busy = &connections.parts.work.busy;
        let concurrency = connections.parts.pacing.concurrency;
        let (next, wants_more) = {
            let mut all = busy.all();
            if let Some(number) = all.calls.get_mut(&(*provider, *lane)) {
                *number = number.saturating_sub(1);
            }
            if *answered {
                let answers = all.answers.entry(*provider).or_default();
                if answers.len() == ANSWERS {
                    answers.pop_front();
                }
                answers.push_back(Instant::now());
            }
            let next: Vec<_> = std::iter::from_fn(|| all.next(concurrency)).collect();
            let wants_more = next.is_empty()
                || [*lane, Lane::Healthy]
                    .into_iter()
                    .any(|lane| all.claimable(*provider, lane, concurrency) > 0);
            (next, wants_more)
        };
        for (provider, lane, next) in next {
            let connections = connections.clone();
            // One that no longer waits drops it, which gives it to the one after.
            drop(next.send(Self { connections, provider, lane, answered: false }));
        }
        if wants_more {
            busy.wake();
        }
    }
}

impl Drop for Refreshing {
    fn drop(&mut self) {
        self.0.parts.work.busy.refreshes.send_modify(|refreshes| *refreshes -= 1);
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({}, {:?})", self.provider, self.lane)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONCURRENCY: usize = 16;
    const GOOGLE: (Provider, Lane) = (Provider::Google, Lane::Healthy);

    /// A provider with so many calls and so many claimed ahead, which has just answered.
    fn answering(provider: Provider, calls: usize, waiting: usize) -> UnderWay {
        let wait = || (Lane::Healthy, oneshot::channel().0);
        UnderWay {
            calls: [((provider, Lane::Healthy), calls)].into(),
            waiting: [(provider, std::iter::repeat_with(wait).take(waiting).collect())].into(),
            answers: [(provider, [Instant::now(); 32].into())].into(),
            denied: HashSet::new(),
        }
    }

    fn claimable(all: &UnderWay, (provider, lane): (Provider, Lane)) -> usize {
        all.claimable(provider, lane, CONCURRENCY)
    }

    #[test]
    fn a_provider_that_has_not_answered_gets_what_may_start_at_once() {
        let mut all = UnderWay::default();
        assert_eq!(claimable(&all, GOOGLE), 12, "a quarter is left for others");
        all.calls.insert(GOOGLE, 10);
        assert_eq!(claimable(&all, GOOGLE), 2);
        all.calls.insert((Provider::Github, Lane::Healthy), 1);
        assert_eq!(claimable(&all, GOOGLE), 0, "its share is the half");
        assert_eq!(claimable(&all, (Provider::Github, Lane::Healthy)), 5, "all places but eleven");
    }

    #[test]
    fn a_provider_that_answers_gets_half_of_its_share_ahead() {
        assert_eq!(claimable(&answering(Provider::Google, 10, 0), GOOGLE), 2 + 6);
        assert_eq!(claimable(&answering(Provider::Google, 12, 0), GOOGLE), 6);
        assert_eq!(claimable(&answering(Provider::Google, 12, 3), GOOGLE), 3);
        assert_eq!(claimable(&answering(Provider::Google, 12, 4), GOOGLE), 0, "not one at a time");
    }

    #[test]
    fn only_healthy_connections_are_claimed_ahead() {
        let all = answering(Provider::Google, 12, 0);
        assert_eq!(claimable(&all, (Provider::Google, Lane::Interrupted)), 0);
        assert_eq!(claimable(&all, (Provider::Google, Lane::Suspect)), 0);
    }

    #[test]
    fn the_next_place_goes_to_the_provider_with_the_fewest_calls() {
        let mut all = answering(Provider::Google, 6, 1);
        all.calls.insert((Provider::Github, Lane::Healthy), 5);
        all.waiting.insert(Provider::Github, [(Lane::Healthy, oneshot::channel().0)].into());
        assert_eq!(all.next(CONCURRENCY).map(|next| next.0), Some(Provider::Github));
        assert_eq!(all.next(CONCURRENCY).map(|next| next.0), Some(Provider::Google));
        assert!(all.next(CONCURRENCY).is_none());
        assert_eq!(all.calls[&GOOGLE], 7, "they have it");
    }

    #[test]
    fn a_provider_without_a_place_gets_the_next_one_before_those_who_wait() {
        let mut all = answering(Provider::Google, 7, 3);
        all.calls.insert((Provider::Github, Lane::Healthy), 8);
        all.denied.insert(Provider::Spotify);
        assert!(all.next(CONCURRENCY).is_none());
        assert_eq!(claimable(&all, (Provider::Spotify, Lane::Healthy)), 1);
    }

    #[test]
    fn suspects_that_wait_hold_up_no_healthy_connection() {
        let mut all = answering(Provider::Google, 8, 1);
        all.calls.insert((Provider::Google, Lane::Suspect), 3);
        let suspect = (Lane::Suspect, oneshot::channel().0);
        all.waiting.get_mut(&Provider::Google).unwrap().push_front(suspect);
        assert_eq!(all.next(CONCURRENCY).map(|next| next.1), Some(Lane::Healthy));
        assert!(all.next(CONCURRENCY).is_none(), "they have their quarter");
    }

    #[test]
    fn no_more_are_claimed_ahead_than_were_just_answered() {
        let mut all = answering(Provider::Google, 12, 0);
        all.answers.insert(Provider::Google, [Instant::now(); 2].into());
        assert_eq!(claimable(&all, GOOGLE), 2);
    }

    #[test]
    fn who_waits_gets_no_place_that_is_not_free() {
        let mut all = answering(Provider::Google, 12, 1);
        assert!(all.next(CONCURRENCY).is_none());
        all.calls.insert(GOOGLE, 11);
        assert!(all.next(CONCURRENCY).is_some());
    }
}
