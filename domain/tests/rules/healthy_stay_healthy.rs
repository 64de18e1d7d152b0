//! A healthy connection is refreshed before its token expires whenever its provider works, whatever
//! becomes of its neighbours; and a reader who comes after that waits five seconds at most.

use proptest::prelude::*;

use crate::{
    scenarios::{crowd, healthy, hold},
    simulation::{
        Scenario, Seen, World,
        person::{Attack, Grant, Person},
    },
};

/// No healthy reader was refused, and where there is a worker no healthy token expired.
fn healthy_are_unhurt(scenario: &Scenario, seen: &Seen) -> Result<(), String> {
    for (id, person) in scenario.people.iter().enumerate().filter(|(_, one)| one.is_healthy()) {
        let one = &seen.people[id];
        // One refresh of its own failed: its readers are told so for seconds.
        let stumbled = person.fate.1 == Grant::Hiccup;
        if !one.refused.is_empty() && !stumbled {
            return Err(format!("healthy reader {id} was refused at {:?}", one.refused));
        }
        if scenario.worker && !one.expired.is_empty() {
            return Err(format!("healthy token {id} was expired during {:?}", one.expired));
        }
        if one.found_dead.is_some() {
            return Err(format!("healthy connection {id} was ended"));
        }
    }
    Ok(())
}

fn any_crowd(
    worker: bool,
    people: impl Strategy<Value = Vec<Person>>,
) -> impl Strategy<Value = Scenario> {
    (any::<bool>(), people, any::<u64>()).prop_map(move |(through_nhost_auth, people, seed)| {
        Scenario { through_nhost_auth, worker, people, troubles: Vec::new(), seconds: 6000, seed }
    })
}

fn reading() -> impl Strategy<Value = Person> {
    (healthy(), 5_u64..90).prop_map(|(person, every)| Person { reads_every: Some(every), ..person })
}

/// Whose provider fails it once, five minutes before its token expires.
fn stumbling() -> impl Strategy<Value = Person> {
    (healthy(), any::<bool>()).prop_map(|(person, stumbles)| {
        let grant = if stumbles { Grant::Hiccup } else { Grant::Alive };
        let token_life = person.token_life.max(1200);
        let first_expiry = person.first_expiry.max(600);
        Person { token_life, first_expiry, ..person }.whose_grant_is(grant, 0)
    })
}

#[test]
fn with_the_worker_no_healthy_token_expires_and_no_healthy_reader_is_refused() {
    hold(40, any_crowd(true, crowd(healthy(), 1)), healthy_are_unhurt);
}

#[test]
fn with_readers_alone_no_healthy_reader_is_refused() {
    hold(40, any_crowd(false, crowd(reading(), 1)), healthy_are_unhurt);
}

#[test]
fn a_refresh_that_failed_once_is_made_up_for_before_the_token_expires() {
    hold(40, any_crowd(true, crowd(stumbling(), 1)), healthy_are_unhurt);
}

/// All tokens expire at once, the worst ordering there is.
fn herd(spoiled: usize, healthy: usize, grant: Grant) -> Vec<Person> {
    let dead = std::iter::repeat_n(Person::healthy(400).whose_grant_is(grant, 0), spoiled);
    dead.chain(std::iter::repeat_n(Person::healthy(400), healthy)).collect()
}

const SPOILED: [Grant; 7] = [
    Grant::Revoked,
    Grant::Blocked { retry_after: None },
    Grant::Blocked { retry_after: Some(3600) },
    Grant::Malformed,
    Grant::Slow,
    Grant::Limited { retry_after: None },
    Grant::Limited { retry_after: Some(86400) },
];

/// Through Nhost Auth and directly, with the worker and with readers alone.
fn play_all_ways(people: impl Fn(Grant) -> Vec<Person>) {
    for grant in SPOILED {
        for (through_nhost_auth, worker) in
            [(true, true), (true, false), (false, true), (false, false)]
        {
            let scenario = Scenario {
                through_nhost_auth,
                worker,
                people: people(grant),
                troubles: Vec::new(),
                seconds: 2 * 3600,
                seed: 1,
            };
            let seen = World::play(&scenario);
            healthy_are_unhurt(&scenario, &seen).unwrap_or_else(|why| {
                panic!("{why}\n{grant:?}, through {through_nhost_auth}, worker {worker}")
            });
        }
    }
}

#[test]
fn ten_of_seventy_who_are_dead_blocked_limited_or_slow_hurt_nobody() {
    play_all_ways(|grant| herd(10, 60, grant));
}

#[test]
fn a_hundred_who_are_dead_blocked_limited_or_slow_do_not_hurt_ten() {
    play_all_ways(|grant| herd(100, 10, grant));
}

#[test]
fn three_accounts_that_sign_in_and_spoil_their_grants_again_and_again_hurt_nobody() {
    for proves in [true, false] {
        for every in [8, 13, 40] {
            play_all_ways(|grant| {
                let attack = Some(Attack { every, proves, spoiled: grant });
                let attackers = std::iter::repeat_n(Person { attack, ..Person::healthy(400) }, 3);
                let victims = [Person::healthy(400), Person::healthy(2000)];
                victims.into_iter().chain(attackers).collect()
            });
        }
    }
}
