//! Random scenarios, and how a property is tried on them.

use std::env;

use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed, TestError, TestRunner},
};

use crate::simulation::{
    Scenario, Seen, World,
    person::{Attack, Grant, Person},
};

fn setting(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap())
}

/// Plays scenarios, as many as are asked for, and says which one `check` is not content with.
pub fn hold(
    cases: u32,
    scenarios: impl Strategy<Value = Scenario>,
    check: impl Fn(&Scenario, &Seen) -> Result<(), String>,
) {
    let seed = setting("PROPTEST_RNG_SEED").unwrap_or(1);
    let cases = setting("PROPTEST_CASES").map_or(cases, |cases| cases.try_into().unwrap());
    let config = Config {
        cases,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        max_shrink_iters: 300,
        ..Config::default()
    };
    let played = TestRunner::new(config).run(&scenarios, |scenario| {
        check(&scenario, &World::play(&scenario)).map_err(TestCaseError::fail)
    });
    match played {
        Ok(()) => {}
        Err(TestError::Fail(why, scenario)) => panic!("{why}\nwith seed {seed}, in {scenario:#?}"),
        Err(TestError::Abort(why)) => panic!("{why}"),
    }
}

fn token_life() -> impl Strategy<Value = u64> {
    prop_oneof![2 => Just(3600), 1 => Just(120), 1 => 600_u64..7200, 1 => Just(86400)]
}

fn reads() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![1 => Just(None), 3 => (5_u64..90).prop_map(Some)]
}

fn retry_after() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![Just(None), (1_u64..400).prop_map(Some), Just(Some(86400))]
}

pub fn healthy() -> impl Strategy<Value = Person> {
    (0_usize..2, token_life(), 60_u64..4000, reads(), any::<bool>()).prop_map(
        |(provider, token_life, first_expiry, reads_every, proven)| Person {
            provider,
            token_life,
            first_expiry,
            reads_every,
            proven,
            ..Person::healthy(first_expiry)
        },
    )
}

/// What ends a grant, or looks like it.
pub fn dead() -> impl Strategy<Value = Grant> {
    prop_oneof![
        Just(Grant::Revoked),
        retry_after().prop_map(|retry_after| Grant::Blocked { retry_after }),
    ]
}

fn spoiled() -> impl Strategy<Value = Grant> {
    prop_oneof![
        2 => dead(),
        1 => Just(Grant::Malformed),
        1 => Just(Grant::Slow),
        1 => retry_after().prop_map(|retry_after| Grant::Limited { retry_after }),
    ]
}

/// Somebody whose grant is dead, blocked, limited, or answered with nonsense.
pub fn neighbour() -> impl Strategy<Value = Person> {
    let signs_in = prop_oneof![2 => Just(None), 1 => (0_u64..5000).prop_map(Some)];
    (healthy(), 0_u64..4000, spoiled(), signs_in).prop_map(|(person, from, grant, signs_in)| {
        Person { signs_in, ..person.whose_grant_is(grant, from + signs_in.unwrap_or_default()) }
    })
}

pub fn attacker() -> impl Strategy<Value = Person> {
    (healthy(), 8_u64..200, any::<bool>(), spoiled()).prop_map(
        |(person, every, proves, spoiled)| Person {
            attack: Some(Attack { every, proves, spoiled }),
            ..person
        },
    )
}

/// Crowds: the healthy, their neighbours, and attackers. In a herd, all tokens expire at once.
pub fn crowd(
    healthy_ones: impl Strategy<Value = Person>,
    at_least: usize,
) -> impl Strategy<Value = Vec<Person>> {
    let neighbours = prop_oneof![
        1 => prop::collection::vec(neighbour(), 0..3),
        3 => prop::collection::vec(neighbour(), 0..30),
        1 => prop::collection::vec(neighbour(), 80..110),
    ];
    let attackers = prop_oneof![
        1 => prop::collection::vec(attacker(), 0..1),
        2 => prop::collection::vec(attacker(), 0..6),
    ];
    let healthy = prop::collection::vec(healthy_ones, at_least..(at_least + 12));
    (healthy, neighbours, attackers, prop::option::weighted(0.3, 60_u64..1000)).prop_map(
        |(healthy, neighbours, attackers, herd)| {
            let mut people = [healthy, neighbours, attackers].concat();
            for person in &mut people {
                person.first_expiry = herd.unwrap_or(person.first_expiry);
            }
            people
        },
    )
}
