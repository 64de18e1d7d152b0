use std::sync::{Arc, Mutex};

use domain::Provider;
use uuid::Uuid;

use super::*;

/// A clock, and what puts it forward.
fn clock() -> (Clock, impl Fn(TimeDelta)) {
    let time = Arc::new(Mutex::new("2026-01-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap()));
    let shown = time.clone();
    (Clock::from_fn(move || *shown.lock().unwrap()), move |by| *time.lock().unwrap() += by)
}

#[test]
fn a_session_that_was_not_there_is_waited_for_unless_the_user_has_another_jwt() {
    let (clock, advance) = clock();
    let memory = SessionMemory::new(Remembered::default(), clock);
    let google = ConnectionKey { user_id: Uuid::nil(), provider: Provider::Google };
    let spotify = ConnectionKey { provider: Provider::Spotify, ..google };
    let (before, after): (SecretString, SecretString) = ("before".into(), "after".into());
    assert_eq!(memory.wait_for(google, Some(&before)), Duration::ZERO);
    memory.note_none(google, Some(&before));
    assert_eq!(memory.wait_for(google, Some(&before)), Duration::from_secs(3));
    assert_eq!(memory.wait_for(google, Some(&after)), Duration::ZERO, "a new sign-in counts");
    assert_eq!(memory.wait_for(spotify, Some(&before)), Duration::ZERO);
    advance(TimeDelta::seconds(2));
    assert_eq!(memory.wait_for(google, Some(&before)), Duration::from_secs(1));
    advance(TimeDelta::seconds(1));
    assert_eq!(memory.wait_for(google, Some(&before)), Duration::ZERO);
}

#[test]
fn a_clock_that_is_put_back_makes_nobody_wait_longer() {
    let (clock, advance) = clock();
    let memory = SessionMemory::new(Remembered::default(), clock);
    let google = ConnectionKey { user_id: Uuid::nil(), provider: Provider::Google };
    memory.note_none(google, Some(&"jwt".into()));
    advance(TimeDelta::hours(-1));
    assert_eq!(memory.wait_for(google, Some(&"jwt".into())), Duration::from_secs(3));
}

#[test]
fn an_address_that_is_limited_is_left_alone_for_a_while_and_others_are_not() {
    let (clock, advance) = clock();
    let memory = SessionMemory::new(Remembered::default(), clock);
    let address = |last| Some(IpAddr::from([192, 0, 2, last]));
    memory.note_limited(address(1));
    assert!(memory.is_limited(address(1)));
    assert!(!memory.is_limited(address(2)) && !memory.is_limited(None));
    advance(TimeDelta::seconds(10));
    assert!(!memory.is_limited(address(1)));
}

#[test]
fn where_nothing_is_remembered_nobody_waits() {
    let (clock, _) = clock();
    let memory = SessionMemory::new(Remembered::NOT, clock);
    let google = ConnectionKey { user_id: Uuid::nil(), provider: Provider::Google };
    memory.note_none(google, Some(&"jwt".into()));
    memory.note_limited(None);
    assert_eq!(memory.wait_for(google, Some(&"jwt".into())), Duration::ZERO);
    assert!(!memory.is_limited(None));
}
