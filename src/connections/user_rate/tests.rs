use std::sync::{Arc, Mutex};

use domain::Provider;

use super::*;

/// A clock, and what puts it forward.
fn clock() -> (Clock, impl Fn(TimeDelta)) {
    let time = Arc::new(Mutex::new("2026-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap()));
    let shown = time.clone();
    (Clock::from_fn(move || *shown.lock().unwrap()), move |by| *time.lock().unwrap() += by)
}

const LIMITS: UserLimits =
    UserLimits { per_minute: 10, ask_again_after: UserLimits::ASK_AGAIN_AFTER };

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
    let rate = UserRate::new(LIMITS, clock);
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
fn users_who_have_all_of_their_calls_left_are_forgotten() {
    let (clock, advance) = clock();
    let rate = UserRate::new(LIMITS, clock);
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
    let rate = UserRate::new(UserLimits { per_minute: 0, ..LIMITS }, clock);
    for _ in 0..1_000 {
        assert_eq!(refused(rate.count_refresh(Uuid::nil())), None);
    }
}

#[test]
fn a_session_that_was_not_there_is_waited_for_unless_the_user_has_another_jwt() {
    let (clock, advance) = clock();
    let rate = UserRate::new(LIMITS, clock);
    let google = ConnectionKey { user_id: Uuid::nil(), provider: Provider::Google };
    let spotify = ConnectionKey { provider: Provider::Spotify, ..google };
    let (before, after): (SecretString, SecretString) = ("before".into(), "after".into());
    assert_eq!(rate.wait_for_session(google, &before), Duration::ZERO);
    rate.note_no_session(google, &before);
    assert_eq!(rate.wait_for_session(google, &before), Duration::from_secs(3));
    assert_eq!(rate.wait_for_session(google, &after), Duration::ZERO, "a new sign-in counts");
    assert_eq!(rate.wait_for_session(spotify, &before), Duration::ZERO);
    advance(TimeDelta::seconds(2));
    assert_eq!(rate.wait_for_session(google, &before), Duration::from_secs(1));
    advance(TimeDelta::seconds(1));
    assert_eq!(rate.wait_for_session(google, &before), Duration::ZERO);
}

#[test]
fn a_clock_that_is_put_back_makes_nobody_wait_longer() {
    let (clock, advance) = clock();
    let rate = UserRate::new(LIMITS, clock);
    let google = ConnectionKey { user_id: Uuid::nil(), provider: Provider::Google };
    rate.note_no_session(google, &"jwt".into());
    advance(TimeDelta::hours(-1));
    assert_eq!(rate.wait_for_session(google, &"jwt".into()), Duration::from_secs(3));
}
