use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use uuid::Uuid;

use super::{
    Refused,
    waiting::{Seat, WaitingRoom},
};
use crate::clock::Clock;

/// How often to look for expired JWTs: one pass for all clients.
const SWEEP: Duration = Duration::from_millis(500);

/// The maximum number of connected clients per user, in this process.
pub const SESSIONS_PER_USER: usize = 50;

/// All clients that are connected for live changes.
pub(super) struct Sessions {
    limit: usize,
    clock: Clock,
    number: watch::Sender<usize>,
    closing: CancellationToken,
    ends: Mutex<Ends>,
    of_user: Mutex<HashMap<Uuid, usize>>,
    waiting: Arc<WaitingRoom>,
}

#[derive(Default)]
struct Ends {
    next: u64,
    /// By expiry, and by a number that makes the key unique.
    by_time: BTreeMap<(DateTime<Utc>, u64), CancellationToken>,
}

impl Sessions {
    pub fn new(limit: usize, clock: Clock) -> Self {
        Self {
            limit,
            clock,
            number: watch::Sender::new(0),
            closing: CancellationToken::new(),
            ends: Mutex::default(),
            of_user: Mutex::default(),
            waiting: WaitingRoom::for_subscribers(limit),
        }
    }

    pub fn wait(self: &Arc<Self>, address: IpAddr) -> Result<Waiting, Refused> {
        if self.limit == 0 {
            return Err(Refused::Off);
        }
        if *self.number.borrow() >= self.limit {
            return Err(Refused::Full);
        }
        let seat = self.waiting.enter(address);
        Ok(Waiting { sessions: self.clone(), seat })
    }

    pub fn open(self: &Arc<Self>, user_id: Option<Uuid>) -> Result<Session, Refused> {
        let share = user_id.map(|user_id| self.share(user_id)).transpose()?;
        let opened = self.number.send_if_modified(|number| {
            let fits = *number < self.limit;
            *number += usize::from(fits);
            fits
        });
        match opened {
            true => Ok(Session {
                sessions: self.clone(),
                expired: CancellationToken::new(),
                ends: None,
                _share: share,
            }),
            false if self.limit == 0 => Err(Refused::Off),
            false => Err(Refused::Full),
        }
    }

    fn share(self: &Arc<Self>, user_id: Uuid) -> Result<Share, Refused> {
        let mut of_user = self.of_user.lock().unwrap_or_else(PoisonError::into_inner);
        let number = of_user.entry(user_id).or_default();
        if *number >= SESSIONS_PER_USER {
            return Err(Refused::FullForUser);
        }
        *number += 1;
        Ok(Share { sessions: self.clone(), user_id })
    }

    /// Ends each session when its JWT expires. Never returns.
    pub async fn sweep(&self) {
        let mut number = self.number.subscribe();
        while number.wait_for(|number| *number > 0).await.is_ok() {
            tokio::time::sleep(SWEEP).await;
            let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.clock.now();
            while let Some(first) = ends.by_time.first_entry().filter(|end| end.key().0 <= now) {
                first.remove().cancel();
            }
        }
    }

    /// Tells all clients that the server is shutting down.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Waits until all have disconnected.
    pub async fn closed(&self) {
        let _ = self.number.subscribe().wait_for(|number| *number == 0).await;
        self.waiting.empty().await;
    }
}

/// A client that has not authenticated yet, until this is dropped.
pub struct Waiting {
    sessions: Arc<Sessions>,
    seat: Seat,
}

impl Waiting {
    /// It has authenticated. A service belongs to no user.
    ///
    /// # Errors
    /// There are too many already.
    pub fn open(self, user_id: Option<Uuid>) -> Result<Session, Refused> {
        self.sessions.open(user_id)
    }

    /// Is cancelled when another client needs its place.
    pub fn turned_out(&self) -> CancellationToken {
        self.seat.turned_out.clone()
    }

    /// Is cancelled when the server shuts down.
    pub fn closing(&self) -> CancellationToken {
        self.sessions.closing.clone()
    }
}

/// One of a user's sessions.
struct Share {
    sessions: Arc<Sessions>,
    user_id: Uuid,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut of_user = self.sessions.of_user.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = of_user.get_mut(&self.user_id) {
            *number -= 1;
            if *number == 0 {
                of_user.remove(&self.user_id);
            }
        }
    }
}

/// A client that is connected for live changes, until this is dropped.
pub struct Session {
    sessions: Arc<Sessions>,
    expired: CancellationToken,
    ends: Option<(DateTime<Utc>, u64)>,
    _share: Option<Share>,
}

impl Session {
    /// It ends at this time, by the injected clock.
    pub fn end_at(&mut self, moment: DateTime<Utc>) {
        let mut ends = self.sessions.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.next += 1;
        let key = (moment, ends.next);
        ends.by_time.insert(key, self.expired.clone());
        if let Some(before) = self.ends.replace(key) {
            ends.by_time.remove(&before);
        }
    }

    /// Is cancelled when the JWT expires.
    pub fn expired(&self) -> CancellationToken {
        self.expired.clone()
    }

    /// Is cancelled when the server shuts down.
    pub fn closing(&self) -> CancellationToken {
        self.sessions.closing.clone()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(key) = self.ends {
            let mut ends = self.sessions.ends.lock().unwrap_or_else(PoisonError::into_inner);
            ends.by_time.remove(&key);
        }
        self.sessions.number.send_modify(|number| *number -= 1);
    }
}
