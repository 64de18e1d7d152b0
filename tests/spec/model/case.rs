//! Plays a story.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use chrono::TimeDelta;
use futures_util::future::{join_all, select_all};
use nhost_auth_simulator::Gate;
use proptest::test_runner::TestCaseError;
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    accounts::Accounts,
    checks,
    replica::Told,
    seen::{Grants, Person, Seen},
    story::{Account, Ask, Middle, Op, REPLICAS, SignIn, Slot, Step, Story, USERS, Wrong, script},
    universe::{CALLED, HANGS, LEASE_OVER, Stage},
};

pub struct Case<'a> {
    pub stage: &'a mut Stage,
    pub people: Vec<Person>,
    pub grants: Vec<Grants>,
    /// Whether an answer that brought tokens may have been lost, and none has come since.
    pub lossy: Vec<bool>,
    /// The provider was made to say, falsely, that a grant has ended.
    pub slandered: Vec<bool>,
    /// A replica that is cut off from the database was asked for it, and may have tokens of it.
    pub detached: Vec<bool>,
    /// Whether it is to be there, when all is written, as far as its user knows.
    pub wanted: Vec<Option<bool>>,
    /// The access token of each generation of a connection.
    pub tokens: HashMap<(Uuid, i64), Arc<str>>,
    /// Which account each connection is to.
    pub accounts: Vec<Accounts>,
}

/// What was asked, and what came of it; `None`: the replica crashed.
pub type Answers = Vec<(usize, Ask, Option<Told>)>;

/// What happened in a step that no answer tells.
#[derive(Default)]
pub struct Course {
    /// Which replicas were cut off from the database at some time.
    pub cut_off: [bool; REPLICAS],
    pub clocks_differ: bool,
    /// How many leases had to end, for somebody to go on.
    pub leases_ended: u8,
}

impl<'a> Case<'a> {
    pub fn begin(stage: &'a mut Stage) -> Self {
        let person = |number| {
            let email = format!("{}-{number}@example.com", stage.told);
            let id = stage.world.simulator.add_user(&email);
            Person { id, accounts: [email.clone(), format!("other-{email}")] }
        };
        let people = (0..USERS).map(person).collect();
        let slots = Slot::all().count();
        Self {
            stage,
            people,
            grants: vec![Vec::new(); slots],
            lossy: vec![false; slots],
            slandered: vec![false; slots],
            detached: vec![false; slots],
            wanted: vec![Some(false); slots],
            tokens: HashMap::new(),
            accounts: vec![Accounts::default(); slots],
        }
    }

    pub async fn play(mut self, story: &Story) -> Result<(), TestCaseError> {
        let mut before = self.look().await?;
        let connected = Slot::all().filter(|slot| story.connected & (1 << slot.index()) != 0);
        let first = SignIn::with(Account::First);
        let connect = |slot: Slot| Op::Ask { replica: 0, what: Ask::Connect(slot, first) };
        let first = Step { ops: connected.map(connect).collect(), ..Step::default() };
        for step in [&first].into_iter().chain(&story.steps) {
            let (answers, course) = self.take(step).await?;
            let after = self.look().await?;
            let seen = (&before, &after);
            checks::check(&mut self, step, course, seen, &answers).await.map_err(|why| {
                TestCaseError::fail(format!("{why}\nafter {step:?}\nthat was answered {answers:?}"))
            })?;
            before = after;
        }
        self.end().await
    }

    async fn look(&mut self) -> Result<Seen, TestCaseError> {
        Seen::look(self.stage, &self.people, &mut self.grants).await
    }

    /// Everything is mended, and time passes: what lives is served by everyone.
    async fn end(&mut self) -> Result<(), TestCaseError> {
        self.stage.heal_all();
        self.stage.world.advance(LEASE_OVER);
        self.stage.is_written().await?;
        let seen = self.look().await?;
        checks::check_healed(self, &seen).await.map_err(TestCaseError::fail)?;
        let mut last = Ok(());
        // What was taken for ended is tried again within a day. The first call after an outage is
        // the only one for a while.
        for minutes in [25 * 60, 1, 1, 1, 25 * 60, 1, 1, 1] {
            self.stage.world.advance(TimeDelta::minutes(minutes));
            self.stage.replicas[0].ask(None, Ask::Work).await.unwrap();
            let seen = self.look().await?;
            last = checks::check_end(self, &seen).await.map_err(TestCaseError::fail);
            if last.is_ok() {
                break;
            }
        }
        last?;
        self.stage.holds_no_lease().await
    }

    async fn take(&mut self, step: &Step) -> Result<(Answers, Course), TestCaseError> {
        let simulator = self.stage.world.simulator.clone();
        let mut course = Course::default();
        let mut note_cuts = |stage: &Stage| {
            for replica in 0..REPLICAS {
                course.cut_off[replica] |= stage.is_cut_off(replica);
                course.clocks_differ |= stage.clock_is_wrong(replica);
            }
        };
        note_cuts(self.stage);
        for (replica, trouble) in &step.troubles {
            self.stage.surroundings[*replica].suffer(*trouble);
        }
        if let Some((provider, wrong)) = step.wrong {
            for endpoint in CALLED {
                let provider = super::story::PROVIDERS[provider];
                simulator.fail_next_for(endpoint, provider, wrong.fault());
            }
        }
        let gates: Vec<Gate> = match step.middle {
            Some(_) => CALLED.map(|endpoint| simulator.gate_answers(endpoint)).into(),
            None => Vec::new(),
        };
        let mut asked = Vec::new();
        for op in &step.ops {
            if let Op::Ask { replica, what } = *op {
                asked.push((replica, what, self.ask(replica, what)));
            } else {
                self.happen(*op);
                note_cuts(self.stage);
            }
        }
        let answers = asked.into_iter().map(|(replica, what, handle)| async move {
            let told = handle.await;
            assert!(!told.as_ref().is_err_and(tokio::task::JoinError::is_panic), "{told:?}");
            (replica, what, told.ok())
        });
        let mut answers = pin!(join_all(answers));
        let mut early = None;
        if let Some(middle) = step.middle {
            let called = select_all(gates.iter().map(|gate| Box::pin(gate.arrived(1))));
            let mut at = None;
            let comes = self.stage.wait_for(async {
                tokio::select! {
                    ((), gate, _) = called => at = Some(&gates[gate]),
                    all = &mut answers => early = Some(all),
                }
            });
            course.leases_ended += comes.await.1;
            match middle {
                Middle::Nothing => {}
                Middle::LeaseEnds => {
                    self.stage.world.advance(LEASE_OVER);
                    // The next holder, if anybody else waits for the lease, comes soon.
                    if let Some(gate) = at.filter(|_| step.ops.len() > 1) {
                        let _ = timeout(Duration::from_millis(300), gate.arrived(2)).await;
                    }
                }
                Middle::Hangs => self.stage.pass(HANGS).await,
                Middle::Crash { replica } => {
                    self.stage.replicas[replica].crash().await;
                    self.stage.world.advance(LEASE_OVER);
                }
                Middle::Partition { replica } => {
                    self.stage.surroundings[replica].database.partition(true);
                    course.cut_off[replica] = true;
                }
                Middle::DatabaseAway | Middle::DatabaseAwayAndCrash { .. } => {
                    self.stage.database_is_away(true).await;
                }
            }
        }
        drop(gates);
        let answers = if let Some(answers) = early {
            answers
        } else {
            let (answers, leases_ended) = self.stage.wait_for(answers).await;
            course.leases_ended += leases_ended;
            answers
        };
        self.mend(step).await?;
        Ok((answers, course))
    }

    fn ask(&mut self, replica: usize, what: Ask) -> tokio::task::JoinHandle<Told> {
        let user = match what {
            Ask::Connect(of, _) | Ask::Read(of) | Ask::Refresh(of) | Ask::Disconnect(of) => {
                Some(self.people[of.user].id)
            }
            Ask::Work | Ask::LookUp => None,
        };
        if let (Ask::Connect(slot, sign_in), Some(user)) = (what, user) {
            let (simulator, provider) = (&self.stage.world.simulator, slot.provider());
            let account = &self.people[slot.user].accounts[sign_in.account as usize];
            // Nhost Auth reads the session of the account that was linked last, and no other's.
            simulator.unlink(user, provider, account);
            let script = script(provider, sign_in);
            let grant = simulator.sign_in_as(user, provider, account, script);
            let tokens = simulator.grant(grant).current_refresh_token;
            self.grants[slot.index()].push((grant, tokens.into_iter().collect()));
        }
        self.stage.replicas[replica].ask(user, what)
    }

    fn happen(&mut self, op: Op) {
        let simulator = &self.stage.world.simulator;
        match op {
            Op::Ask { .. } => {}
            Op::Revoke(slot) => {
                for (grant, _) in &self.grants[slot.index()] {
                    simulator.revoke(*grant);
                }
            }
            Op::Pass { seconds } => self.stage.world.advance(TimeDelta::seconds(seconds)),
            Op::Outage { provider, down } => {
                simulator.provider_outage(super::story::PROVIDERS[provider], down);
            }
            Op::NhostAuth { down } => {
                self.stage.nhost_auth_is_down = down;
                self.stage.heal();
            }
            Op::Partition { replica, cut_off } => {
                self.stage.surroundings[replica].database.partition(cut_off);
            }
            Op::Clock { replica, seconds_ahead } => {
                self.stage.surroundings[replica].ahead.store(seconds_ahead, Relaxed);
            }
        }
    }

    /// What went wrong in a step is over with it, and what it had in flight is written.
    async fn mend(&mut self, step: &Step) -> Result<(), TestCaseError> {
        self.stage.heal_networks();
        match step.middle {
            Some(Middle::Crash { replica }) => self.stage.restart(replica).await,
            Some(Middle::DatabaseAway) => {
                self.stage.database_is_away(false).await;
                self.stage.is_written().await?;
                // A lease that could not be given back ends by itself.
                self.stage.world.advance(LEASE_OVER);
            }
            Some(Middle::DatabaseAwayAndCrash { replica }) => {
                self.stage.replicas[replica].crash().await;
                self.stage.database_is_away(false).await;
                self.stage.restart(replica).await;
                self.stage.world.advance(LEASE_OVER);
            }
            Some(
                Middle::Nothing | Middle::LeaseEnds | Middle::Hangs | Middle::Partition { .. },
            )
            | None => {}
        }
        // A commit that takes long is answered before it is written.
        self.stage.is_written().await?;
        self.stage.heal();
        if let Some((provider, Wrong::Refused)) = step.wrong {
            for slot in Slot::all().filter(|slot| slot.provider == provider) {
                self.slandered[slot.index()] = true;
            }
        }
        Ok(())
    }
}
