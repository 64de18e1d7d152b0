//! An outage ends nobody, and when it is over everybody is renewed soon.

use proptest::prelude::*;

use crate::{
    scenarios::{healthy, hold, neighbour},
    simulation::{
        Scenario, Seen,
        person::Person,
        trouble::{Fault, Trouble, Where},
    },
};

const HOUR: u64 = 3600;

/// Five minutes that were asked for at the end, a fifth of that so that not all come at once, and a
/// turn at the pace.
const SOON: i64 = 7 * 60;

fn fault() -> impl Strategy<Value = Fault> {
    let retry_after = || prop_oneof![Just(None), (1_u64..400).prop_map(Some), Just(Some(86400))];
    prop_oneof![
        2 => retry_after().prop_map(|retry_after| Fault::Down { retry_after }),
        1 => Just(Fault::Hangs),
        1 => retry_after().prop_map(|retry_after| Fault::RateLimits { retry_after }),
        1 => Just(Fault::ClientRefused),
        1 => Just(Fault::RefusesAll),
        // Where nine calls in ten fail for hours, chance makes a live grant look dead beside one
        // that is renewed. It heals ten minutes later.
        2 => (1_u64..900, 1_u64..900).prop_map(|(down, up)| {
            Fault::Flaps { down, up: up.max(down / 3) }
        }),
        2 => (20_u8..60).prop_map(Fault::FailsPercent),
    ]
}

/// What goes wrong, within so many seconds.
fn troubles(within: u64) -> impl Strategy<Value = Vec<Trouble>> {
    let place = prop_oneof![2 => Just(Where::Provider(0)), 1 => Just(Where::NhostAuth)];
    let trouble = (place, fault(), 0..within, 0..within).prop_map(|(at, fault, one, other)| {
        // Nhost Auth is wrong in ways of its own.
        let fault = match (at, fault) {
            (Where::NhostAuth, Fault::ClientRefused | Fault::RefusesAll) => Fault::Hangs,
            _ => fault,
        };
        Trouble { at, fault, from: one.min(other), until: one.max(other) }
    });
    // Two that flap at once leave next to nothing between them.
    let flaps =
        |trouble: &&Trouble| matches!(trouble.fault, Fault::Flaps { .. } | Fault::FailsPercent(_));
    prop::collection::vec(trouble, 1..4)
        .prop_filter("two flap", move |troubles| troubles.iter().filter(flaps).count() < 2)
}

fn outage(
    within: u64,
    people: impl Strategy<Value = Vec<Person>>,
) -> impl Strategy<Value = Scenario> {
    (any::<bool>(), any::<bool>(), people, troubles(within), any::<u64>()).prop_map(
        move |(through_nhost_auth, worker, people, troubles, seed)| Scenario {
            through_nhost_auth,
            worker,
            people,
            seconds: end(&troubles) + HOUR,
            troubles,
            seed,
        },
    )
}

fn end(troubles: &[Trouble]) -> u64 {
    troubles.iter().map(|trouble| trouble.until).max().unwrap()
}

fn nobody_is_ended(scenario: &Scenario, seen: &Seen) -> Result<(), String> {
    let end = end(&scenario.troubles).cast_signed();
    for (id, person) in scenario.people.iter().enumerate().filter(|(_, one)| one.is_healthy()) {
        let one = &seen.people[id];
        if let Some(at) = one.ended_first {
            return Err(format!("{id} was ended at {at}, though its grant is alive"));
        }
        let Some(last) = one.failed.iter().copied().filter(|at| *at <= end + 10).max() else {
            continue;
        };
        let renewed = one.renewals.iter().copied().find(|at| *at > last);
        // Without a worker, somebody has to read; and reads it when the token is expired.
        let read = scenario.worker || person.reads_every.is_some();
        let by = if scenario.worker {
            end
        } else {
            one.refused.iter().copied().find(|at| *at > end).unwrap_or(i64::MAX - SOON)
        };
        if read && renewed.is_none_or(|at| at > by + SOON) && by + SOON < end + HOUR.cast_signed() {
            return Err(format!("{id} was renewed at {renewed:?} only, after the end at {end}"));
        }
    }
    Ok(())
}

fn reading() -> impl Strategy<Value = Person> {
    (healthy(), 5_u64..90).prop_map(|(person, every)| Person {
        provider: 0,
        reads_every: Some(every),
        ..person
    })
}

#[test]
fn of_ten_hours_not_even_somebody_who_is_alone() {
    let alone = reading().prop_map(|person| vec![person]);
    hold(30, outage(10 * HOUR, alone), nobody_is_ended);
}

#[test]
fn of_three_days_nobody_who_is_not_alone() {
    // Those whose tokens outlive the outage are not refreshed, and say nothing of it.
    let hourly = reading().prop_map(|person| Person { token_life: 3600, ..person });
    let people = prop::collection::vec(hourly, 2..5);
    hold(15, outage(72 * HOUR, people), nobody_is_ended);
}

#[test]
fn of_hours_nobody_amid_the_dead_and_the_blocked() {
    let people =
        (prop::collection::vec(reading(), 2..20), prop::collection::vec(neighbour(), 0..20))
            .prop_map(|(healthy, neighbours)| [healthy, neighbours].concat());
    hold(20, outage(3 * HOUR, people), nobody_is_ended);
}
