//! Who is connected, and what their provider makes of their grant.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{History, State};
use uuid::Uuid;

use super::clock::{Chance, START, at};

/// What a provider answers one connection, whatever it answers the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// It renews it.
    Alive,
    /// Its user has revoked it.
    Revoked,
    /// It refuses it and doesn't say that it has ended: a policy of the user's administrator.
    Blocked { retry_after: Option<u64> },
    /// Its answers can't be understood.
    Malformed,
    /// It doesn't answer in time.
    Slow,
    /// It limits the rate of this user alone.
    Limited { retry_after: Option<u64> },
    /// It doesn't renew it the next time, and does from then on.
    Hiccup,
}

/// An account that does what it can to hurt the others, every `every` seconds: it signs in again,
/// renews its token if it is to look proven, spoils its grant, and has it refreshed as often as the
/// rules let it.
#[derive(Clone, Copy, Debug)]
pub struct Attack {
    pub every: u64,
    pub proves: bool,
    pub spoiled: Grant,
}

/// One connection, as a scenario describes it. Times are seconds from the start.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Which of the two providers.
    pub provider: usize,
    /// What becomes of the grant, and when.
    pub fate: (u64, Grant),
    pub token_life: u64,
    pub first_expiry: u64,
    /// How often the token is read.
    pub reads_every: Option<u64>,
    /// The grant has been renewed since its user signed in.
    pub proven: bool,
    /// The sign-in; one that is in the past if there is none.
    pub signs_in: Option<u64>,
    pub attack: Option<Attack>,
}

impl Person {
    /// Somebody whose grant is alive, renewed before, read once in 20 s.
    pub fn healthy(first_expiry: u64) -> Self {
        Self {
            provider: 0,
            fate: (0, Grant::Alive),
            token_life: 3600,
            first_expiry,
            reads_every: Some(20),
            proven: true,
            signs_in: None,
            attack: None,
        }
    }

    pub fn whose_grant_is(self, grant: Grant, from: u64) -> Self {
        Self { fate: (from, grant), ..self }
    }

    pub fn is_healthy(&self) -> bool {
        self.attack.is_none() && matches!(self.fate.1, Grant::Alive | Grant::Hiccup)
    }
}

/// The row of a connection, as the callers write it, and what the simulation knows besides.
#[derive(Debug)]
pub struct Row {
    pub person: Person,
    pub history: History,
    pub grant: Grant,
    pub expires_at: DateTime<Utc>,
    /// When the worker comes for it, and until when a reader gets the failure that is stored.
    pub due_at: DateTime<Utc>,
    /// Moved by a sign-in: an older answer is nobody's.
    pub generation: u32,
    pub in_flight: bool,
    /// Readers who wait for the refresh that is under way, by when they give up.
    pub waiting: Vec<DateTime<Utc>>,
}

impl Row {
    pub fn new(id: usize, person: Person) -> Self {
        let connected_at = match person.signs_in {
            Some(at_second) => at(at_second),
            None => START - TimeDelta::days(3),
        };
        let expires_at = at(person.first_expiry);
        Self {
            person,
            history: History {
                connection_id: Uuid::from_u128(id as u128 + 1),
                state: State::Active,
                connected_at,
                refreshed_at: person.proven.then(|| connected_at + TimeDelta::minutes(55)),
                failures: 0,
                first_failed_at: None,
                last_failed_at: None,
                refusals: 0,
                first_refused_at: None,
            },
            grant: Grant::Alive,
            expires_at,
            due_at: expires_at - ahead(person.token_life),
            generation: 0,
            in_flight: false,
            waiting: Vec::new(),
        }
    }

    /// What a success or a sign-in leaves behind.
    pub fn is_new(&mut self, now: DateTime<Utc>, chance: &mut Chance) {
        let history = &mut self.history;
        history.state = State::Active;
        history.failures = 0;
        history.first_failed_at = None;
        history.last_failed_at = None;
        history.refusals = 0;
        history.first_refused_at = None;
        self.expires_at = now + seconds(self.person.token_life);
        let ahead = ahead(self.person.token_life);
        self.due_at = self.expires_at - ahead - chance.part_of(ahead / 5);
    }

    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        self.expires_at > now
    }
}

/// Tokens are renewed five minutes before they expire; short ones in the middle of their life.
fn ahead(token_life: u64) -> TimeDelta {
    seconds(300.min(token_life / 2))
}

pub fn seconds(seconds: u64) -> TimeDelta {
    TimeDelta::seconds(seconds.try_into().unwrap())
}

pub fn asked(retry_after: Option<u64>) -> Option<Duration> {
    retry_after.map(Duration::from_secs)
}
