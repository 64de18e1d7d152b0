//! Whatever happens in whatever order, a grant that is alive is kept, and everyone gets their own.
//!
//! Random stories of sign-ins, reads, refreshes, workers, crashes, upstreams and databases that
//! fail are played over three replicas, two users with two accounts each and three providers, several
//! things at once, and what is seen is compared with what users were promised (`checks.rs` lists it,
//! and `accounts.rs` whose tokens are whose). A story that goes
//! wrong is shortened before it is shown, with its seed.
//!
//! Each replica has its own network to the database and to the upstreams (`network.rs`): it is cut
//! off alone, for a few round trips or many steps, loses answers and those of a `COMMIT`, or is slow.
//! It has its own clock, which jumps, and its own timers (`machine.rs`), which the story moves on, so
//! that a time limit costs no time.
//!
//! The stories are the same each time. `PROPTEST_RNG_SEED=2` tells others, and this tells 10,000:
//!
//! ```text
//! PROPTEST_CASES=10000 cargo nextest run --release --test spec -E 'test(model::)'
//! ```

mod accounts;
mod case;
mod checks;
mod machine;
mod network;
mod replica;
mod seen;
mod story;
mod universe;

use std::{env, thread};

use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use story::{Account, Ask, Middle, Op, SignIn, Slot, Step, Story, Trouble};
use universe::Universe;

/// How many stories are told, of all threads together.
const CASES: u32 = 200;

fn setting(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap())
}

/// Tells every story of a seed; all of them in one universe, each about users of its own.
fn tell(seed: u64, cases: u32, universe: impl Fn() -> Universe) {
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let kept = std::cell::RefCell::new(None::<Universe>);
    let told = TestRunner::new(config).run(&story::story(), |story| {
        let mut universe = kept.take().unwrap_or_else(&universe);
        let ended = universe.play(&story);
        if ended.is_ok() {
            // One that went wrong may leave anything behind.
            kept.replace(Some(universe));
        }
        ended
    });
    match told {
        Ok(()) => {}
        Err(TestError::Fail(why, story)) => panic!("{why}\nwith seed {seed}, after {story}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

#[test]
fn a_live_grant_is_kept_and_nobody_gets_anothers_token_whatever_happens() {
    let seed = setting("PROPTEST_RNG_SEED").unwrap_or(1);
    let cases = setting("PROPTEST_CASES").map_or(CASES, |cases| cases.try_into().unwrap());
    thread::scope(|scope| {
        let directly = scope.spawn(|| tell(seed, cases.div_ceil(2), Universe::with_direct_refresh));
        tell(seed + 1000, cases / 2, Universe::behind_nhost_auth);
        directly.join().unwrap();
    });
}

/// Plays stories in both universes.
fn play(stories: impl IntoIterator<Item = Story>) {
    let stories = Vec::from_iter(stories);
    for universe in [Universe::with_direct_refresh, Universe::behind_nhost_auth] {
        let mut universe = universe();
        for story in &stories {
            universe.play(story).unwrap_or_else(|why| panic!("{why}\nafter {story}"));
        }
    }
}

/// Takes the database away from a replica at each point of a refresh, for a moment and for longer.
#[test]
fn a_replica_that_is_cut_off_with_new_tokens_keeps_them_until_its_network_is_back() {
    let slot = Slot { user: 0, provider: 2 };
    let ask = |replica, what| Op::Ask { replica, what };
    let story = |after, trips| {
        let troubles = vec![(0, Trouble::Cut { after, trips })];
        let reads = vec![ask(1, Ask::Read(slot)), ask(0, Ask::Read(slot))];
        Story {
            connected: 0b10_0100,
            steps: vec![
                Step { ops: vec![Op::Pass { seconds: 3360 }], ..Step::default() },
                Step { ops: vec![ask(0, Ask::Refresh(slot))], troubles, ..Step::default() },
                Step { ops: reads, ..Step::default() },
            ],
        }
    };
    play((0..24).flat_map(|after| [story(after, 4), story(after, 30)]));
}

#[test]
fn a_commit_whose_answer_is_late_or_lost_is_written_once() {
    let slot = Slot { user: 0, provider: 2 };
    let ask = |replica, what| Op::Ask { replica, what };
    let story = |trouble| {
        let refresh = vec![ask(0, Ask::Refresh(slot)), ask(1, Ask::Read(slot))];
        Story {
            connected: 0b10_0100,
            steps: vec![
                Step { ops: vec![Op::Pass { seconds: 3360 }], ..Step::default() },
                Step { ops: refresh, troubles: vec![(0, trouble)], ..Step::default() },
                Step { ops: vec![ask(1, Ask::Read(slot))], ..Step::default() },
            ],
        }
    };
    let troubles = |after| {
        [
            Trouble::SlowCommit { after },
            Trouble::LostCommit { after },
            Trouble::LostCommitAnswer { after },
        ]
    };
    play((0..3).flat_map(troubles).map(story));
}

/// A user signs in with another account than before, while the first one's tokens are refreshed
/// elsewhere; something goes wrong, and then everyone reads.
fn play_switches(troubles: impl IntoIterator<Item = (Vec<(usize, Trouble)>, Option<Middle>)>) {
    let slot = Slot { user: 0, provider: 2 };
    let ask = |replica, what| Op::Ask { replica, what };
    let step = |ops| Step { ops, ..Step::default() };
    let pass = || step(vec![Op::Pass { seconds: 3360 }]);
    let reads = |look_up| {
        step(vec![ask(look_up, Ask::LookUp), ask(0, Ask::Read(slot)), ask(1, Ask::Read(slot))])
    };
    let sign_ins = [SignIn::with(Account::Second), SignIn::without_refresh_token(Account::Second)];
    let story = |sign_in, troubles, middle| Story {
        connected: 0b10_0100,
        steps: vec![
            step(vec![ask(0, Ask::LookUp)]),
            pass(),
            Step {
                ops: vec![ask(0, Ask::Connect(slot, sign_in)), ask(1, Ask::Refresh(slot))],
                troubles,
                middle,
                ..Step::default()
            },
            reads(2),
            pass(),
            reads(1),
        ],
    };
    play(troubles.into_iter().flat_map(|(troubles, middle)| {
        sign_ins.map(|sign_in| story(sign_in, troubles.clone(), middle))
    }));
}

#[test]
fn a_switch_of_accounts_mixes_nothing_wherever_its_database_is_lost() {
    let cut = |after| (vec![(0, Trouble::Cut { after, trips: 30 })], None);
    play_switches((0..12).map(cut));
}

#[test]
fn a_switch_of_accounts_mixes_nothing_whoever_crashes_or_comes_late() {
    let replica = 0;
    let middles = [
        Middle::Nothing,
        Middle::LeaseEnds,
        Middle::Crash { replica },
        Middle::Partition { replica },
        Middle::DatabaseAwayAndCrash { replica },
    ];
    let commits = [
        Trouble::LostCommit { after: 0 },
        Trouble::LostCommitAnswer { after: 0 },
        Trouble::SlowCommit { after: 0 },
    ];
    let in_the_middle = middles.map(|middle| (Vec::new(), Some(middle)));
    let at_commit = commits.map(|trouble| (vec![(replica, trouble)], None));
    play_switches(in_the_middle.into_iter().chain(at_commit));
}

/// What it kept is written when it is back, unless another replica went on or the user has
/// disconnected meanwhile.
#[test]
fn a_partition_of_one_replica_hurts_nobody_else_and_heals() {
    let slot = Slot { user: 0, provider: 0 };
    let ask = |replica, what| Op::Ask { replica, what };
    let cut_off = |cut_off| Op::Partition { replica: 0, cut_off };
    let pass = |seconds| Op::Pass { seconds };
    let step = |ops| Step { ops, ..Step::default() };
    let story = |meanwhile| Story {
        connected: 1,
        steps: vec![
            step(vec![pass(3360)]),
            // While its call is under way.
            Step {
                ops: vec![ask(0, Ask::Refresh(slot)), ask(1, Ask::Read(slot))],
                middle: Some(Middle::Partition { replica: 0 }),
                ..Step::default()
            },
            step(vec![ask(0, Ask::Read(slot)), ask(1, meanwhile)]),
            step(vec![pass(31), ask(2, meanwhile), ask(0, Ask::Read(slot))]),
            step(vec![cut_off(false), ask(0, Ask::Read(slot))]),
        ],
    };
    play([Ask::Read(slot), Ask::Refresh(slot), Ask::Disconnect(slot), Ask::Work].map(story));
}

#[test]
fn all_that_a_worker_claimed_at_once_survives_a_crash_while_the_database_is_away() {
    let pass = Op::Pass { seconds: 3360 };
    let work = Op::Ask { replica: 0, what: Ask::Work };
    let away = Some(Middle::DatabaseAwayAndCrash { replica: 0 });
    play([Story {
        connected: 0b11_1111,
        steps: vec![
            Step { ops: vec![pass], ..Step::default() },
            Step { ops: vec![work], middle: away, ..Step::default() },
        ],
    }]);
}

#[test]
fn a_holder_whose_lease_has_ended_writes_nothing_over_what_the_next_one_wrote() {
    let slot = Slot { user: 0, provider: 0 };
    let refresh = |replica| Op::Ask { replica, what: Ask::Refresh(slot) };
    let pass = Op::Pass { seconds: 3360 };
    let ends = Some(Middle::LeaseEnds);
    play([Story {
        connected: 1,
        steps: vec![
            Step { ops: vec![pass], ..Step::default() },
            Step {
                ops: vec![refresh(0), refresh(1)],
                wrong: None,
                troubles: Vec::new(),
                middle: ends,
            },
        ],
    }]);
}
