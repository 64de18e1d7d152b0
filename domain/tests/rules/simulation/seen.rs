//! What came of a scenario.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Health, State, Verdict};

use super::{clock::second, person::Row};

#[derive(Clone, Debug, Default)]
pub struct OfOne {
    pub served: u32,
    /// Seconds at which a read was refused.
    pub refused: Vec<i64>,
    /// Spans in which the token had expired, in seconds.
    pub expired: Vec<(i64, i64)>,
    pub first_refused: Option<i64>,
    pub found_dead: Option<i64>,
    /// The first time of all.
    pub ended_first: Option<i64>,
    pub failed: Vec<i64>,
    pub renewals: Vec<i64>,
    pub valid_at_the_end: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub people: Vec<OfOne>,
    /// The second and the provider of each call.
    pub calls: Vec<(i64, usize)>,
    pub longest_wait: TimeDelta,
    pub asked: u32,
    /// Verdicts that blamed the operator.
    pub blamed_operator: u32,
    pub health: Vec<Health>,
}

impl Seen {
    pub fn new(people: usize) -> Self {
        Self { people: vec![OfOne::default(); people], ..Self::default() }
    }

    pub fn served(&mut self, id: usize) {
        self.people[id].served += 1;
    }

    pub fn refused(&mut self, id: usize, _row: &Row, now: DateTime<Utc>) {
        self.people[id].refused.push(second(now));
    }

    pub fn called(&mut self, now: DateTime<Utc>, provider: usize) {
        self.calls.push((second(now), provider));
    }

    pub fn renewed(&mut self, id: usize, row: &Row, now: DateTime<Utc>) {
        self.people[id].renewals.push(second(now));
        if !row.is_valid(now) {
            self.people[id].expired.push((second(row.expires_at), second(now)));
        }
    }

    pub fn failed(&mut self, id: usize, row: &Row, verdict: &Verdict, now: DateTime<Utc>) {
        let one = &mut self.people[id];
        one.failed.push(second(now));
        if row.history.first_refused_at == Some(now) {
            one.first_refused = Some(second(now));
            one.found_dead = None;
        }
        if verdict.state == State::ReauthenticationRequired {
            one.found_dead.get_or_insert(second(now));
            one.ended_first.get_or_insert(second(now));
        }
        self.blamed_operator += u32::from(verdict.wrong_client);
    }

    pub fn ended(&mut self, id: usize, row: &Row, now: DateTime<Utc>) {
        self.people[id].valid_at_the_end = row.is_valid(now);
        if !row.is_valid(now) {
            self.people[id].expired.push((second(row.expires_at), second(now)));
        }
    }
}
