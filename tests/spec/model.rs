//! Whatever happens in whatever order, a grant that is alive is kept, and everyone gets their own.
//!
//! Random stories of sign-ins, reads, refreshes, workers, crashes, upstreams and databases that
//! fail are played over three replicas, two users and three providers, several things at once, and
//! what is seen is compared with what users were promised (`checks.rs` lists it). A story that goes
//! wrong is shortened before it is shown.
//!
//! The stories are the same each time. `PROPTEST_RNG_SEED=2` tells others, and this tells 10,000:
//!
//! ```text
//! PROPTEST_CASES=10000 cargo nextest run --release --test spec -E 'test(model::)'
//! ```

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
use story::{Ask, Middle, Op, Slot, Step, Story};
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

/// Plays one story in both universes.
fn play(story: &Story) {
    for universe in [Universe::with_direct_refresh, Universe::behind_nhost_auth] {
        universe().play(story).unwrap();
    }
}

#[test]
fn all_that_a_worker_claimed_at_once_survives_a_crash_while_the_database_is_away() {
    let pass = Op::Pass { seconds: 3360 };
    let work = Op::Ask { replica: 0, what: Ask::Work };
    let away = Some(Middle::DatabaseAwayAndCrash { replica: 0 });
    play(&Story {
        connected: 0b11_1111,
        steps: vec![
            Step { ops: vec![pass], wrong: None, troubles: Vec::new(), middle: None },
            Step { ops: vec![work], wrong: None, troubles: Vec::new(), middle: away },
        ],
    });
}

#[test]
fn a_holder_whose_lease_has_ended_writes_nothing_over_what_the_next_one_wrote() {
    let slot = Slot { user: 0, provider: 0 };
    let refresh = |replica| Op::Ask { replica, what: Ask::Refresh(slot) };
    let pass = Op::Pass { seconds: 3360 };
    let ends = Some(Middle::LeaseEnds);
    play(&Story {
        connected: 1,
        steps: vec![
            Step { ops: vec![pass], wrong: None, troubles: Vec::new(), middle: None },
            Step {
                ops: vec![refresh(0), refresh(1)],
                wrong: None,
                troubles: Vec::new(),
                middle: ends,
            },
        ],
    });
}
