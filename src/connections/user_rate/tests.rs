use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};

use super::*;

/// A clock, and what puts it forward.
fn clock() -> (Clock, impl Fn(TimeDelta)) {
    let time = Arc::new(Mutex::new("2026-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap()));
    let shown = time.clone();
    (Clock::from_fn(move || *shown.lock().unwrap()), move |by| *time.lock().unwrap() += by)
}

fn refused(counted: Result<(), Error>) -> Option<u64> {
    match counted {
        Err(Error::RateLimited { retry_after }) => Some(retry_after.as_secs()),
        Ok(()) => None,
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn sixteen_providers_are_connected_twice_at_once_and_then_one_in_six_seconds() {
    let (clock, advance) = clock();
    let rate = UserRate::new(10, &clock);
    let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for _ in 0..32 {
        assert_eq!(refused(rate.count_connect(ada)), None);
    }
    let wait = refused(rate.count_connect(ada)).unwrap();
    assert!((6..=7).contains(&wait), "{wait}");
    assert_eq!(refused(rate.count_connect(bob)), None, "others have theirs");
    assert_eq!(refused(rate.count_refresh(ada)), None, "and so have refreshes");
    advance(TimeDelta::seconds(wait.try_into().unwrap()));
    assert_eq!(refused(rate.count_connect(ada)), None, "after retryAfter one is let through");
    assert!(refused(rate.count_connect(ada)).is_some());
}

#[test]
fn sixteen_providers_are_granted_to_two_clients_at_once() {
    let (clock, _) = clock();
    let rate = UserRate::new(10, &clock);
    let ada = Uuid::from_u128(1);
    for _ in 0..32 {
        assert_eq!(refused(rate.count_grant(ada)), None);
    }
    assert!(refused(rate.count_grant(ada)).is_some());
    assert_eq!(refused(rate.count_connect(ada)), None, "sign-ins are counted apart");
}

#[test]
fn users_who_have_all_of_their_calls_left_are_forgotten() {
    let (clock, advance) = clock();
    let rate = UserRate::new(10, &clock);
    for user in 0..10_000_u128 {
        rate.count_connect(Uuid::from_u128(user)).unwrap();
        advance(TimeDelta::seconds(1));
    }
    // A call is had back after six seconds.
    let known = rate.connects.keyed.as_ref().unwrap().len();
    assert!(known <= FORGET_EVERY as usize + 10, "{known}");
}

#[test]
fn without_a_rate_nothing_is_counted() {
    let (clock, _) = clock();
    let rate = UserRate::new(0, &clock);
    for _ in 0..1_000 {
        assert_eq!(refused(rate.count_refresh(Uuid::nil())), None);
    }
}
