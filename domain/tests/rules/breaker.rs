//! When calls to an upstream are held back.

use chrono::TimeDelta;
use domain::{Admission, Answer, Health, Lane, THRESHOLD};

use crate::{
    given::{HOUR, NOW, failed, healthy, refused, unused},
    simulation::clock::at,
};

const DOWN: Answer = Answer::Unavailable(None);

fn after(health: &Health, lane: Lane, second: u64) -> Admission {
    health.admit(lane, at(second))
}

#[test]
fn three_healthy_connections_that_fail_in_a_row_hold_back_those_that_failed() {
    for answer in [DOWN, Answer::ClientRefused, Answer::RateLimited(None)] {
        assert!(!failed(Health::default(), answer, 2).is_down(), "{answer:?}");
        let down = failed(Health::default(), answer, 3);
        assert!(down.is_down(), "{answer:?}");
        for lane in [Lane::Interrupted, Lane::Suspect] {
            assert!(matches!(after(&down, lane, NOW + 3), Admission::Wait(_)), "{answer:?}");
        }
        assert_eq!(after(&down, Lane::Healthy, NOW + 3), Admission::Open, "{answer:?}");
    }
}

#[test]
fn one_connection_counts_once_however_often_it_fails() {
    let mut health = Health::default();
    for times in 0..100 {
        health = health.called(DOWN, &refused(1, times + 1, NOW, NOW), false, at(NOW));
        health = health.called(DOWN, &healthy(1), false, at(NOW));
    }
    assert_eq!(health.failures, 1);
}

#[test]
fn a_refusal_of_a_grant_holds_back_nobody() {
    let direct = failed(Health::default(), Answer::Refused(HOUR), 100);
    assert!(!direct.is_down());
    assert!(!failed(Health::default(), Answer::Ended, 100).is_down());
}

#[test]
fn grants_that_were_never_renewed_make_an_upstream_look_down_at_the_most() {
    let (mut new, mut proven) = (Health::default(), Health::default());
    for id in 0..100 {
        new = new.behind(Answer::Ambiguous, &unused(id, NOW - 30), at(NOW));
        proven = proven.behind(Answer::Ambiguous, &healthy(id), at(NOW));
    }
    assert_eq!(new.failures, THRESHOLD, "sign in, revoke, and again");
    assert_eq!(after(&new, Lane::Healthy, NOW), Admission::Open);
    assert_eq!(proven.failures, 100);
}

#[test]
fn an_ambiguous_answer_shows_that_nhost_auth_itself_works() {
    let down = failed(Health::default(), DOWN, THRESHOLD.cast_unsigned().into());
    assert!(!down.called(Answer::Ambiguous, &healthy(9), true, at(NOW + 9)).is_down());
    assert!(down.called(Answer::Ambiguous, &healthy(9), false, at(NOW + 9)).is_down());
}

#[test]
fn one_success_of_whomever_ends_it_for_all() {
    let down = failed(Health::default(), Answer::Unavailable(HOUR), 250);
    let up = down.called(Answer::Renewed, &refused(1, 9, NOW, NOW), false, at(NOW + 300));
    for lane in Lane::ALL {
        assert_eq!(after(&up, lane, NOW + 300), Admission::Open);
    }
}

#[test]
fn one_users_limit_is_nobody_elses() {
    let limited = Answer::RateLimited(HOUR);
    let health = Health::default().called(limited, &healthy(1), false, at(NOW));
    assert!(!health.is_down());
    assert_eq!(after(&health, Lane::Suspect, NOW), Admission::Open);
}

#[test]
fn nhost_auths_own_limit_holds_back_everybody_for_ten_seconds_and_then_one_looks() {
    for asked in [None, HOUR] {
        let limited = Answer::RateLimited(asked);
        let health = Health::default().called(limited, &healthy(1), true, at(NOW));
        let wait = Admission::Wait(TimeDelta::seconds(10));
        assert_eq!(after(&health, Lane::Healthy, NOW), wait);
        assert!(matches!(after(&health, Lane::Healthy, NOW + 10), Admission::Probe(_)));
    }
}

#[test]
fn a_pause_is_probed_after_a_minute() {
    let down = failed(Health::default(), Answer::Unavailable(HOUR), 3);
    let Admission::Wait(wait) = after(&down, Lane::Interrupted, NOW + 2) else {
        panic!("it is paused");
    };
    assert_eq!(wait, TimeDelta::seconds(60));
    assert_eq!(after(&down, Lane::Healthy, NOW + 2), Admission::Open, "the healthy look");
}

#[test]
fn after_two_hundred_the_healthy_probe_once_a_second() {
    assert_eq!(after(&failed(Health::default(), DOWN, 199), Lane::Healthy, NOW), Admission::Open);
    let down = failed(Health::default(), DOWN, 200);
    let Admission::Probe(taken) = after(&down, Lane::Healthy, NOW + 300) else {
        panic!("one may look");
    };
    let wait = Admission::Wait(TimeDelta::seconds(1));
    assert_eq!(after(&taken, Lane::Healthy, NOW + 300), wait);
}

#[test]
fn each_lane_has_probes_of_its_own() {
    let down = failed(Health::default(), DOWN, 3);
    for (lane, seconds) in [(Lane::Interrupted, 5), (Lane::Suspect, 10)] {
        let Admission::Probe(taken) = after(&down, lane, NOW + 60) else { panic!("one may look") };
        assert_eq!(after(&taken, lane, NOW + 60), Admission::Wait(TimeDelta::seconds(seconds)));
        assert!(matches!(after(&taken, lane, NOW + 60 + 10), Admission::Probe(_)));
        let other = if lane == Lane::Suspect { Lane::Interrupted } else { Lane::Suspect };
        assert!(matches!(after(&taken, other, NOW + 60), Admission::Probe(_)));
    }
}

#[test]
fn a_success_that_is_no_news_changes_nothing() {
    let worked = Health::default().called(Answer::Renewed, &healthy(1), false, at(NOW));
    assert_eq!(worked.called(Answer::Renewed, &healthy(2), false, at(NOW + 4)), worked);
    assert_ne!(worked.called(Answer::Renewed, &healthy(2), false, at(NOW + 5)), worked);
}
