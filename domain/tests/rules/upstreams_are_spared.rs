//! An upstream that is down is called a bounded number of times, and nobody is left alone for more
//! than five minutes.

use chrono::TimeDelta;
use proptest::prelude::*;

use crate::{
    scenarios::{healthy, hold},
    simulation::{
        Scenario, Seen,
        person::Person,
        trouble::{Fault, Trouble, Where},
    },
};

const HOURS: u64 = 3;

/// Each connection calls by its own back-off at most: at 5 s, 10 s, 20 s, 40 s, then once a minute.
/// Where three fail that were renewed before, each calls once, and all together once in 5 s and once
/// in 10 s after that, and one a minute is asked.
fn calls_are_bounded(scenario: &Scenario, seen: &Seen) -> Result<(), String> {
    let (people, seconds) = (scenario.people.len(), usize::try_from(scenario.seconds).unwrap());
    let proven = scenario.people.iter().filter(|person| person.proven).count();
    let refuses = scenario.troubles.iter().any(|trouble| trouble.fault == Fault::RefusesAll);
    let alone = people * (seconds / 60 + 5);
    let together = people + 30 + seconds / 5 + seconds / 10 + seconds / 60;
    let bound = if proven < 3 || refuses { alone } else { alone.min(together) };
    if seen.calls.len() > bound {
        return Err(format!("{people} made {} calls, not {bound} at most", seen.calls.len()));
    }
    if seen.longest_wait > TimeDelta::minutes(5) {
        return Err(format!("somebody was left alone for {}", seen.longest_wait));
    }
    Ok(())
}

#[test]
fn an_upstream_that_is_down_is_called_by_each_once_and_then_now_and_then() {
    let fault = prop_oneof![
        Just(Fault::Down { retry_after: None }),
        Just(Fault::Down { retry_after: Some(86400) }),
        Just(Fault::Hangs),
        Just(Fault::RateLimits { retry_after: None }),
        Just(Fault::ClientRefused),
        Just(Fault::RefusesAll),
    ];
    let people = prop::collection::vec(healthy(), 1..200);
    let scenarios = (any::<bool>(), any::<bool>(), people, fault, any::<u64>()).prop_map(
        |(through_nhost_auth, worker, people, fault, seed)| Scenario {
            through_nhost_auth,
            worker,
            people: people.into_iter().map(|person| Person { provider: 0, ..person }).collect(),
            troubles: vec![Trouble { at: Where::Provider(0), fault, from: 0, until: HOURS * 3600 }],
            seconds: HOURS * 3600,
            seed,
        },
    );
    hold(20, scenarios, calls_are_bounded);
}
