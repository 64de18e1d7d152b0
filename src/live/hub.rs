use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Change, End, Refused, Session, Subscription, Waiting, session::Sessions};
use crate::{
    clock::Clock,
    metrics,
    random::Random,
    store::{DatabaseUrl, Store},
};

/// The maximum number of subscriptions per user, in this process.
pub const PER_USER: usize = 20;
/// The maximum number of changes that wait for one subscriber.
const WAITING: usize = 32;
/// How long clients may take to disconnect when the server stops.
const GOODBYE: Duration = Duration::from_secs(2);

/// The parts of [`Live`].
pub struct Parts {
    pub store: Store,
    /// Where to listen to PostgreSQL: an address that bypasses any pooler.
    pub listen_at: DatabaseUrl,
    pub clock: Clock,
    pub random: Random,
    /// The maximum number of subscribers, and of connected clients; 0 turns subscriptions off.
    pub limit: usize,
}

/// Distributes the events of all replicas to the subscribers of this one. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    pub(super) store: Store,
    pub(super) listen_at: DatabaseUrl,
    pub(super) random: Random,
    pub(super) hub: Arc<Hub>,
    sessions: Arc<Sessions>,
}

impl Live {
    /// Does nothing yet: see [`Live::work`].
    pub fn new(parts: Parts) -> Self {
        let Parts { store, listen_at, clock, random, limit } = parts;
        Self {
            store,
            listen_at,
            random,
            hub: Arc::new(Hub { limit, state: Mutex::default(), number: watch::Sender::new(0) }),
            sessions: Arc::new(Sessions::new(limit, clock)),
        }
    }

    /// A client has connected without authenticating: until it does, it doesn't count as a
    /// subscriber.
    ///
    /// # Errors
    /// There are too many subscribers already.
    pub fn wait(&self, address: IpAddr) -> Result<Waiting, Refused> {
        self.sessions.wait(address)
    }

    /// A client has authenticated; a service belongs to no user.
    ///
    /// # Errors
    /// There are too many already, or too many of this user.
    pub fn open(&self, user_id: Option<Uuid>) -> Result<Session, Refused> {
        self.sessions.open(user_id)
    }

    /// Subscribes an authorized caller to the user's changes. The first message is a gap, and is
    /// sent as soon as no more changes can be missed.
    ///
    /// # Errors
    /// There are too many already.
    pub fn subscribe(
        &self,
        user_id: Uuid,
        expired: CancellationToken,
    ) -> Result<Subscription, Refused> {
        self.hub.join(user_id, expired)
    }

    /// Follows the events while there are subscribers, and ends expired sessions. Never returns.
    pub async fn work(self) {
        tokio::join!(self.follow(), self.sessions.sweep());
    }

    /// Tells all clients that the server is shutting down.
    pub fn close(&self) {
        self.sessions.close();
    }

    /// Waits until they have disconnected, but not for long.
    pub async fn closed(&self) {
        let _ = tokio::time::timeout(GOODBYE, self.sessions.closed()).await;
    }
}

/// The subscribers.
pub(super) struct Hub {
    limit: usize,
    state: Mutex<State>,
    number: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    of_user: HashMap<Uuid, Vec<Subscriber>>,
    number: usize,
    next_id: u64,
    /// Whether every event that is committed from now on reaches the subscribers.
    live: bool,
}

struct Subscriber {
    id: u64,
    changes: mpsc::Sender<Arc<Change>>,
    end: Arc<OnceLock<End>>,
}

impl Hub {
    /// The number of subscribers, as it changes.
    pub fn number(&self) -> watch::Receiver<usize> {
        self.number.subscribe()
    }

    fn join(
        self: &Arc<Self>,
        user_id: Uuid,
        expired: CancellationToken,
    ) -> Result<Subscription, Refused> {
        let mut state = self.state();
        if self.limit == 0 {
            return Err(Refused::Off);
        }
        if state.number >= self.limit {
            return Err(Refused::Full);
        }
        if state.of_user.get(&user_id).is_some_and(|of_user| of_user.len() >= PER_USER) {
            return Err(Refused::FullForUser);
        }
        state.next_id += 1;
        let id = state.next_id;
        let (changes, received) = mpsc::channel(WAITING);
        let end = Arc::new(OnceLock::new());
        let subscriber = Subscriber { id, changes, end: end.clone() };
        if state.live {
            subscriber.send(&Arc::new(Change::gap(user_id)));
        }
        state.of_user.entry(user_id).or_default().push(subscriber);
        state.number += 1;
        metrics::subscribers(1.0);
        self.number.send_replace(state.number);
        drop(state);
        Ok(Subscription::new(self.clone(), (user_id, id), received, end, expired))
    }

    pub fn leave(&self, user_id: Uuid, id: u64) {
        self.keep(&mut self.state(), user_id, |subscriber| subscriber.id != id);
    }

    /// Which of the users have subscribers.
    pub fn is_subscribed(&self) -> impl Fn(&Uuid) -> bool {
        let state = self.state();
        move |user_id| state.of_user.contains_key(user_id)
    }

    /// Sends the change to the subscribers of its user only.
    pub fn send(&self, change: Change) {
        let user_id = change.user_id;
        let change = Arc::new(change);
        self.keep(&mut self.state(), user_id, |subscriber| subscriber.send(&change));
    }

    /// From now on nothing is missed; earlier changes may have been.
    pub fn is_live(&self) {
        let mut state = self.state();
        state.live = true;
        let users: Vec<_> = state.of_user.keys().copied().collect();
        for user_id in users {
            let gap = Arc::new(Change::gap(user_id));
            self.keep(&mut state, user_id, |subscriber| subscriber.send(&gap));
        }
    }

    /// From now on changes may be missed.
    pub fn is_not_live(&self) {
        self.state().live = false;
    }

    fn keep(&self, state: &mut State, user_id: Uuid, keep: impl FnMut(&Subscriber) -> bool) {
        let mut keep = keep;
        let Some(of_user) = state.of_user.get_mut(&user_id) else { return };
        let before = of_user.len();
        of_user.retain(|subscriber| keep(subscriber));
        let gone = before - of_user.len();
        if of_user.is_empty() {
            state.of_user.remove(&user_id);
        }
        if gone > 0 {
            state.number -= gone;
            for _ in 0..gone {
                metrics::subscribers(-1.0);
            }
            self.number.send_replace(state.number);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber {
    /// Whether the subscription continues: otherwise the messages for a slow subscriber would pile
    /// up here.
    fn send(&self, change: &Arc<Change>) -> bool {
        if self.changes.try_send(change.clone()).is_ok() {
            return true;
        }
        if !self.changes.is_closed() && self.end.set(End::TooSlow).is_ok() {
            metrics::subscription_dropped("too_slow");
        }
        false
    }
}
