//! The callers of the rules, in simulated time: a worker, readers, attackers, and upstreams that
//! answer what a scenario says. Nothing here judges an answer or holds a call back by itself.

pub mod clock;
pub mod person;
mod seen;
pub mod trouble;

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use chrono::{DateTime, TimeDelta, Utc};
use clock::{Chance, START, at};
use domain::{Admission, Answer, Health, History, Lane, State, classify};
use person::{Grant, Person, Row, seconds};
pub use seen::Seen;
use trouble::{Trouble, Where, answer_of, through_nhost_auth};

/// How long a reader waits.
const PATIENCE: TimeDelta = TimeDelta::seconds(5);
/// When a call that is not answered is given up.
const TIMEOUT: TimeDelta = TimeDelta::seconds(10);
/// `UPSTREAM_RATE` 50: four fifths for the healthy and the interrupted, the rest for suspects.
const GAP: [TimeDelta; 2] = [TimeDelta::milliseconds(25), TimeDelta::milliseconds(100)];
/// `refreshProviderToken` answers what was found within this time.
const JOIN_WINDOW: TimeDelta = TimeDelta::seconds(5);
/// The worker's calls under way, of the healthy and of suspects.
const AT_ONCE: [usize; 2] = [32, 8];

#[derive(Clone, Debug)]
pub struct Scenario {
    pub through_nhost_auth: bool,
    pub worker: bool,
    pub people: Vec<Person>,
    pub troubles: Vec<Trouble>,
    pub seconds: u64,
    pub seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// The worker looks for what is due.
    Work,
    Read(usize),
    /// A reader who has waited for a turn, until when, tries again.
    ReadAgain(usize, DateTime<Utc>),
    Fate(usize),
    SignIn(usize),
    AttackRound(usize),
    Hammer(usize, u32),
    Answer(usize, u32),
}

struct Call {
    history: History,
    answer: Answer,
    worker: Option<usize>,
}

/// The three targets that may be concerned: Nhost Auth, and each provider behind it or called.
const NHOST_AUTH: usize = 2;

pub struct World {
    scenario: Scenario,
    now: DateTime<Utc>,
    chance: Chance,
    rows: Vec<Row>,
    calls: Vec<Option<Call>>,
    health: [Health; 3],
    /// When the next call of each share may go, for each upstream that is called.
    pace: [[DateTime<Utc>; 2]; 3],
    under_way: [usize; 2],
    /// Whom the worker was told to leave alone until then, and when it was due.
    queue: BTreeSet<(DateTime<Utc>, usize)>,
    next_work: DateTime<Utc>,
    events: BinaryHeap<Reverse<(DateTime<Utc>, u64, Event)>>,
    number: u64,
    pub seen: Seen,
}

enum Went {
    Called,
    Wait(TimeDelta),
}

impl World {
    /// Plays a scenario to its end.
    pub fn play(scenario: &Scenario) -> Seen {
        let mut world = Self::new(scenario.clone());
        let end = at(world.scenario.seconds);
        while let Some(Reverse((moment, _, event))) = world.events.pop() {
            if moment > end {
                break;
            }
            world.now = moment;
            world.happens(event);
        }
        world.now = end;
        for (id, row) in world.rows.iter().enumerate() {
            world.seen.ended(id, row, end);
        }
        world.seen.health = world.health.to_vec();
        world.seen
    }

    fn new(scenario: Scenario) -> Self {
        let rows: Vec<_> =
            scenario.people.iter().enumerate().map(|(id, person)| Row::new(id, *person)).collect();
        let mut world = Self {
            now: START,
            chance: Chance(scenario.seed),
            calls: rows.iter().map(|_| None).collect(),
            health: Default::default(),
            pace: [[START; 2]; 3],
            under_way: [0; 2],
            queue: BTreeSet::new(),
            next_work: START,
            events: BinaryHeap::new(),
            number: 0,
            seen: Seen::new(rows.len()),
            rows,
            scenario,
        };
        for health in &mut world.health {
            // Some of those who are proven were renewed a while ago.
            health.last_success_at = Some(START - TimeDelta::minutes(5));
        }
        for id in 0..world.rows.len() {
            world.begins(id);
        }
        world.plan(START, Event::Work);
        world
    }

    fn begins(&mut self, id: usize) {
        let person = self.rows[id].person;
        let (from, _) = person.fate;
        self.plan(at(from), Event::Fate(id));
        if let Some(signs_in) = person.signs_in {
            self.rows[id].due_at = DateTime::<Utc>::MAX_UTC;
            self.plan(at(signs_in), Event::SignIn(id));
        }
        if let Some(every) = person.reads_every {
            let first = self.chance.part_of(seconds(every));
            let from = person.signs_in.unwrap_or_default();
            self.plan(at(from) + first, Event::Read(id));
        }
        if person.attack.is_some() {
            self.plan(at(from), Event::AttackRound(id));
        }
        if self.scenario.worker && person.signs_in.is_none() {
            self.queue.insert((self.rows[id].due_at, id));
        }
    }

    fn plan(&mut self, moment: DateTime<Utc>, event: Event) {
        self.number += 1;
        self.events.push(Reverse((moment, self.number, event)));
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::Work => self.work(),
            Event::Read(id) => {
                if let Some(every) = self.rows[id].person.reads_every {
                    let every = seconds(every);
                    let next = self.now + every * 9 / 10 + self.chance.part_of(every / 5);
                    self.plan(next, Event::Read(id));
                }
                self.read(id, self.now + PATIENCE);
            }
            Event::ReadAgain(id, until) => self.read(id, until),
            Event::Fate(id) => {
                if self.rows[id].person.attack.is_none() {
                    self.rows[id].grant = self.rows[id].person.fate.1;
                }
            }
            Event::SignIn(id) => self.sign_in(id),
            Event::AttackRound(id) => self.attack(id),
            Event::Hammer(id, generation) => self.hammer(id, generation),
            Event::Answer(id, generation) => self.answered(id, generation),
        }
    }

    // The worker.

    fn requeue(&mut self, id: usize, before: DateTime<Utc>) {
        if self.scenario.worker {
            self.queue.remove(&(before, id));
            let due_at = self.rows[id].due_at;
            self.queue.insert((due_at, id));
            self.wake(due_at);
        }
    }

    /// The worker wakes then at the latest.
    fn wake(&mut self, moment: DateTime<Utc>) {
        let moment = moment.max(self.now);
        if moment < self.next_work {
            self.next_work = moment;
            self.plan(moment, Event::Work);
        }
    }

    /// Healthy ones first, soonest due first; suspects apart.
    fn work(&mut self) {
        if self.now < self.next_work {
            return;
        }
        let due: Vec<_> =
            self.queue.iter().take_while(|(due, _)| *due <= self.now).map(|(_, id)| *id).collect();
        let mut by_lane: Vec<_> = due
            .into_iter()
            .filter(|id| !self.rows[*id].in_flight)
            .map(|id| (self.lane(id), id))
            .collect();
        by_lane.sort_by_key(|(lane, _)| lane.index());
        // Until when each lane at each provider has to wait.
        let mut held = [[None; 3]; 2];
        let mut again = self.now + TimeDelta::minutes(1);
        for (lane, id) in by_lane {
            let provider = self.rows[id].person.provider;
            let share = share(lane);
            if held[provider][lane.index()].is_some() || self.under_way[share] >= AT_ONCE[share] {
                continue;
            }
            let paced = self.pace[self.called(id)][share];
            if paced > self.now + TimeDelta::seconds(1) {
                again = again.min(paced);
                continue;
            }
            if let Went::Wait(wait) = self.go(id, Some(share), None) {
                held[provider][lane.index()] = Some(self.now + wait);
                again = again.min(self.now + wait);
            }
        }
        let later = self
            .queue
            .iter()
            .find(|(due, id)| *due > self.now && !self.rows[*id].in_flight)
            .map(|(due, _)| *due);
        if let Some(later) = later {
            again = again.min(later);
        }
        self.next_work = again;
        self.plan(again, Event::Work);
    }

    // Readers.

    fn read(&mut self, id: usize, until: DateTime<Utc>) {
        let row = &mut self.rows[id];
        if row.is_valid(self.now) {
            self.seen.served(id);
            return;
        }
        if row.in_flight {
            row.waiting.push(until);
            return;
        }
        if row.history.last_failed_at.is_some() && row.due_at > self.now {
            self.seen.refused(id, row, self.now);
            return;
        }
        match self.go(id, None, Some(until)) {
            Went::Called => self.rows[id].waiting.push(until),
            Went::Wait(wait) if self.now + wait < until => {
                self.plan(self.now + wait, Event::ReadAgain(id, until));
            }
            Went::Wait(_) => {
                let row = &self.rows[id];
                self.seen.refused(id, row, self.now);
            }
        }
    }

    // Attackers.

    fn sign_in(&mut self, id: usize) {
        let now = self.now;
        let row = &mut self.rows[id];
        let before = row.due_at;
        row.generation += 1;
        row.history.connected_at = now;
        row.grant = Grant::Alive;
        row.is_new(now, &mut self.chance);
        self.requeue(id, before);
    }

    fn attack(&mut self, id: usize) {
        let Some(attack) = self.rows[id].person.attack else { return };
        self.sign_in(id);
        self.plan(self.now + seconds(attack.every), Event::AttackRound(id));
        let generation = self.rows[id].generation;
        if !attack.proves {
            self.rows[id].grant = attack.spoiled;
        }
        self.plan(self.now, Event::Hammer(id, generation));
    }

    /// `refreshProviderToken`, and again as soon as the rules let it.
    fn hammer(&mut self, id: usize, generation: u32) {
        let row = &self.rows[id];
        if row.generation != generation {
            return;
        }
        let newest = row.history.refreshed_at.max(row.history.last_failed_at);
        let joined = newest.filter(|at| *at > row.history.connected_at).map(|at| at + JOIN_WINDOW);
        let next = if let Some(until) = joined.filter(|until| *until > self.now) {
            until
        } else if row.in_flight {
            self.now + TimeDelta::milliseconds(500)
        } else {
            match self.go(id, None, Some(self.now + PATIENCE)) {
                Went::Called => self.now + JOIN_WINDOW,
                Went::Wait(wait) => self.now + wait.min(PATIENCE),
            }
        };
        self.plan(next, Event::Hammer(id, generation));
    }

    // The way to an upstream and back.

    fn called(&self, id: usize) -> usize {
        if self.scenario.through_nhost_auth { NHOST_AUTH } else { self.rows[id].person.provider }
    }

    fn behind(&self, id: usize) -> Option<usize> {
        self.scenario.through_nhost_auth.then(|| self.rows[id].person.provider)
    }

    fn lane(&self, id: usize) -> Lane {
        let history = &self.rows[id].history;
        let behind = self.behind(id).map(|behind| &self.health[behind]);
        Lane::of(history, &self.health[self.called(id)], behind)
    }

    /// Calls, if all who are concerned let it and the pace does.
    fn go(&mut self, id: usize, worker: Option<usize>, until: Option<DateTime<Utc>>) -> Went {
        let lane = self.lane(id);
        let targets = [Some(self.called(id)), self.behind(id)];
        let mut taken = Vec::new();
        for target in targets.into_iter().flatten() {
            match self.health[target].admit(lane, self.now) {
                Admission::Open => {}
                Admission::Probe(health) => taken.push((target, *health)),
                Admission::Wait(wait) => {
                    self.seen.longest_wait = self.seen.longest_wait.max(wait);
                    return Went::Wait(wait.max(TimeDelta::milliseconds(1)));
                }
            }
        }
        let pace = &mut self.pace[self.called(id)][share(lane)];
        let starts = (*pace).max(self.now);
        if until.is_some_and(|until| starts >= until) {
            return Went::Wait(starts - self.now);
        }
        let pace_of = self.called(id);
        self.pace[pace_of][share(lane)] = starts + GAP[share(lane)];
        for (target, health) in taken {
            self.health[target] = health;
        }
        if let Some(share) = worker {
            self.under_way[share] += 1;
        }
        self.call(id, starts, worker);
        Went::Called
    }

    fn call(&mut self, id: usize, starts: DateTime<Utc>, worker: Option<usize>) {
        let (answer, slow) = self.upstream(id, starts);
        let takes = if slow {
            TIMEOUT
        } else {
            TimeDelta::milliseconds(50) + self.chance.part_of(TimeDelta::milliseconds(750))
        };
        self.seen.called(starts, self.behind(id).unwrap_or(self.called(id)));
        let row = &mut self.rows[id];
        row.in_flight = true;
        self.calls[id] = Some(Call { history: row.history, answer, worker });
        let generation = row.generation;
        self.plan(starts + takes, Event::Answer(id, generation));
    }

    fn upstream(&mut self, id: usize, now: DateTime<Utc>) -> (Answer, bool) {
        let row = &self.rows[id];
        let through = self.scenario.through_nhost_auth;
        let (mut answer, mut first) = (None, None);
        for trouble in self.scenario.troubles.iter().filter(|trouble| trouble.is_on(now)) {
            match trouble.at {
                Where::NhostAuth => {
                    first = first.or_else(|| trouble.answers(now, &mut self.chance));
                }
                Where::Provider(provider) if provider == row.person.provider => {
                    answer = answer.or_else(|| trouble.answers(now, &mut self.chance));
                }
                Where::Provider(_) => {}
            }
        }
        if let Some(answer) = first {
            return answer;
        }
        let answer = answer.unwrap_or_else(|| answer_of(row.grant));
        if row.grant == Grant::Hiccup {
            self.rows[id].grant = Grant::Alive;
        }
        if through { through_nhost_auth(answer) } else { answer }
    }

    fn answered(&mut self, id: usize, generation: u32) {
        let Some(Call { history, answer, worker }) = self.calls[id].take() else { return };
        self.rows[id].in_flight = false;
        if let Some(share) = worker {
            self.under_way[share] -= 1;
        }
        let (called, behind) = (self.called(id), self.behind(id));
        let provider = behind.unwrap_or(called);
        let before = self.health[provider].clone();
        self.health[called] =
            self.health[called].called(answer, &history, behind.is_some(), self.now);
        if let Some(behind) = behind {
            self.health[behind] = self.health[behind].behind(answer, &history, self.now);
        }
        for health in &self.health {
            let pause = health.paused_until.map_or(TimeDelta::zero(), |until| until - self.now);
            self.seen.longest_wait = self.seen.longest_wait.max(pause);
        }
        if self.rows[id].generation == generation {
            let due_at = self.rows[id].due_at;
            let asks = if answer == Answer::Renewed {
                self.renewed(id);
                false
            } else {
                self.failed(id, answer, &before)
            };
            self.requeue(id, due_at);
            if asks {
                self.ask_another(id, provider);
            }
        }
        self.tell_waiting(id);
        let now = self.now;
        self.wake(now);
    }

    fn renewed(&mut self, id: usize) {
        let now = self.now;
        self.seen.renewed(id, &self.rows[id], now);
        let row = &mut self.rows[id];
        row.history.refreshed_at = Some(now);
        row.is_new(now, &mut self.chance);
        if let Some(attack) = row.person.attack {
            row.grant = attack.spoiled;
        }
    }

    fn failed(&mut self, id: usize, answer: Answer, before: &Health) -> bool {
        let now = self.now;
        let verdict = classify(answer, &self.rows[id].history, before, now);
        let row = &mut self.rows[id];
        let history = &mut row.history;
        history.failures += 1;
        history.first_failed_at.get_or_insert(now);
        history.last_failed_at = Some(now);
        history.refusals += i32::from(verdict.counts);
        if answer.refuses_grant() {
            history.first_refused_at.get_or_insert(now);
        }
        history.state = verdict.state;
        let retry_in = TimeDelta::from_std(verdict.retry_in).unwrap();
        if verdict.state != State::ReauthenticationRequired {
            self.seen.longest_wait = self.seen.longest_wait.max(retry_in);
        }
        row.due_at = now + retry_in + self.chance.part_of(retry_in / 5);
        self.seen.failed(id, row, &verdict, now);
        verdict.asks_another
    }

    /// The healthy connection of the provider that is due soonest is refreshed at once.
    fn ask_another(&mut self, but: usize, provider: usize) {
        self.health[provider].asked_at = Some(self.now);
        let other = (0..self.rows.len())
            .filter(|id| {
                let row = &self.rows[*id];
                *id != but
                    && row.person.provider == provider
                    && row.history.is_healthy()
                    && row.history.connected_at <= self.now
                    && !row.in_flight
            })
            .min_by_key(|id| self.rows[*id].due_at);
        if let Some(other) = other {
            self.seen.asked += 1;
            let _ = self.go(other, None, None);
        }
    }

    fn tell_waiting(&mut self, id: usize) {
        for until in std::mem::take(&mut self.rows[id].waiting) {
            let row = &self.rows[id];
            if row.is_valid(self.now) && self.now <= until {
                self.seen.served(id);
            } else {
                self.seen.refused(id, row, self.now.min(until));
            }
        }
    }
}

fn share(lane: Lane) -> usize {
    usize::from(lane == Lane::Suspect)
}
