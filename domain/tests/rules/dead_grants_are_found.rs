//! A dead grant is found dead within 15 minutes of its first refusal while any other of its provider
//! works, and within a day where it is the only one.

use proptest::prelude::*;

use crate::{
    scenarios::{attacker, dead, healthy, hold, neighbour},
    simulation::{
        Scenario, Seen,
        person::{Grant, Person},
    },
};

fn found_within(seconds: i64, scenario: &Scenario, seen: &Seen) -> Result<(), String> {
    for (id, person) in scenario.people.iter().enumerate() {
        let dies = matches!(person.fate.1, Grant::Revoked | Grant::Blocked { .. });
        let one = &seen.people[id];
        let Some(refused) = one.first_refused.filter(|_| dies && person.attack.is_none()) else {
            continue;
        };
        if person.provider != 0 || refused + seconds > scenario.seconds.cast_signed() {
            continue;
        }
        if one.found_dead.is_none_or(|at| at > refused + seconds) {
            return Err(format!("{id}, refused at {refused}, was found at {:?}", one.found_dead));
        }
    }
    Ok(())
}

fn scenario(
    seconds: u64,
    people: impl Strategy<Value = Vec<Person>>,
) -> impl Strategy<Value = Scenario> {
    (any::<bool>(), people, any::<u64>()).prop_map(move |(through_nhost_auth, people, seed)| {
        Scenario { through_nhost_auth, worker: true, people, troubles: Vec::new(), seconds, seed }
    })
}

fn dying() -> impl Strategy<Value = Person> {
    (healthy(), 0_u64..3000, dead()).prop_map(|(person, from, grant)| {
        Person { provider: 0, token_life: 3600, ..person }.whose_grant_is(grant, from)
    })
}

/// One whose token lives for a long time: nothing but a question shows that its provider works.
fn working() -> impl Strategy<Value = Person> {
    (healthy(), prop_oneof![Just(3600_u64), Just(86400), Just(5_000_000)]).prop_map(
        |(person, token_life)| Person {
            provider: 0,
            token_life,
            first_expiry: person.first_expiry.max(token_life / 2),
            ..person
        },
    )
}

fn among(neighbours: impl Strategy<Value = Vec<Person>>) -> impl Strategy<Value = Vec<Person>> {
    (prop::collection::vec(dying(), 1..12), prop::collection::vec(working(), 1..4), neighbours)
        .prop_map(|(dead, working, neighbours)| [dead, working, neighbours].concat())
}

#[test]
fn while_one_other_works() {
    let people = among(prop::collection::vec(neighbour(), 0..20));
    hold(40, scenario(3 * 3600, people), |scenario, seen| found_within(15 * 60, scenario, seen));
}

#[test]
fn within_an_hour_while_attackers_do_their_worst() {
    let people = among(prop::collection::vec(attacker(), 1..4));
    hold(40, scenario(3 * 3600, people), |scenario, seen| found_within(60 * 60, scenario, seen));
}

#[test]
fn within_a_day_where_it_is_the_only_one() {
    let people = (dying(), prop::collection::vec(neighbour(), 0..4)).prop_map(|(dead, others)| {
        let elsewhere = others.into_iter().map(|person| Person { provider: 1, ..person });
        std::iter::once(dead).chain(elsewhere).collect()
    });
    hold(15, scenario(30 * 3600, people), |scenario, seen| found_within(86400, scenario, seen));
}
