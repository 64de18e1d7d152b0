//! What one failed refresh says about the grant.

use std::time::Duration;

use domain::{Answer, FailureCode, Health, History, State, classify};

use crate::{
    given::{NOW, healthy, refusals, refused, unused, worked},
    simulation::clock::at,
};

const UNCLEAR: [Answer; 2] = [Answer::Refused(None), Answer::Ambiguous];

fn verdict(answer: Answer, history: &History, provider: &Health) -> domain::Verdict {
    classify(answer, history, provider, at(NOW))
}

#[test]
fn a_clear_end_is_believed_at_once() {
    let verdict = verdict(Answer::Ended, &healthy(1), &worked(NOW - 60));
    assert_eq!(verdict.state, State::ReauthenticationRequired);
    assert_eq!(verdict.code, FailureCode::ReauthenticationRequired);
    assert!(!verdict.wrong_client);
}

#[test]
fn three_unclear_refusals_over_ten_minutes_end_a_grant_while_others_are_renewed() {
    for answer in UNCLEAR {
        let (first, third) = (NOW, NOW + 600);
        assert_eq!(refusals(answer, &[first, NOW + 300, third], true), Some(third));
        assert_eq!(refusals(answer, &[first, NOW + 300, third - 2], true), None, "too soon");
        assert_eq!(refusals(answer, &[first, third], true), None, "too few");
    }
}

#[test]
fn refusals_end_nothing_within_half_a_day_while_nobody_is_renewed() {
    let often: Vec<_> = (0..700).map(|minute| NOW + minute * 60).collect();
    for answer in UNCLEAR {
        assert_eq!(refusals(answer, &often, false), None);
    }
}

#[test]
fn refusals_over_twelve_hours_end_a_grant_that_is_alone() {
    for answer in UNCLEAR {
        let seconds = [NOW, NOW + 60, NOW + 12 * 3600];
        assert_eq!(refusals(answer, &seconds, false), Some(NOW + 12 * 3600));
    }
}

#[test]
fn refusals_over_a_week_end_nothing_where_another_is_refused_as_well() {
    let week = 7 * 86400;
    let history = refused(1, 2, NOW - week, NOW - 60);
    let provider = Health::default().behind(Answer::Ambiguous, &healthy(1), at(NOW - week)).behind(
        Answer::Ambiguous,
        &healthy(2),
        at(NOW - week + 30),
    );
    let verdict = verdict(Answer::Ambiguous, &history, &provider);
    assert_eq!(verdict.state, State::RefreshFailing);
}

#[test]
fn what_is_no_refusal_ends_nothing_however_often() {
    let history = refused(1, 1000, NOW - 86400, NOW - 60);
    for answer in [
        Answer::ClientRefused,
        Answer::NotEnabled,
        Answer::RateLimited(None),
        Answer::Unavailable(None),
    ] {
        let verdict = verdict(answer, &history, &worked(NOW - 1));
        assert_eq!(verdict.state, State::RefreshFailing, "{answer:?}");
        assert!(!verdict.counts, "{answer:?}");
    }
}

#[test]
fn a_provider_that_is_not_configured_is_named_as_such() {
    let verdict = verdict(Answer::NotEnabled, &healthy(1), &Health::default());
    assert_eq!(verdict.code, FailureCode::ProviderNotEnabled);
}

#[test]
fn refusals_are_not_believed_while_others_are_renewed_after_some() {
    let history = refused(1, 5, NOW - 900, NOW - 30);
    let steady = worked(NOW - 10);
    assert_eq!(
        verdict(Answer::Ambiguous, &history, &steady).state,
        State::ReauthenticationRequired
    );
    // Somebody else was refused three times, and is renewed.
    let recovering = refused(2, 3, NOW - 60, NOW - 20);
    let unsteady = steady.behind(Answer::Renewed, &recovering, at(NOW - 5));
    assert_eq!(verdict(Answer::Ambiguous, &history, &unsteady).state, State::RefreshFailing);
    // Half an hour later, and often enough, they are.
    let later = History { last_failed_at: Some(at(NOW + 1800)), failures: 30, ..history };
    let unsteady = unsteady.behind(Answer::Renewed, &healthy(3), at(NOW + 1810));
    let later = classify(Answer::Ambiguous, &later, &unsteady, at(NOW + 1830));
    assert_eq!(later.state, State::ReauthenticationRequired);
}

#[test]
fn the_first_grant_of_all_that_ends_moments_after_its_sign_in_ends_and_is_worth_a_word() {
    let first = verdict(Answer::Ended, &unused(1, NOW - 60), &Health::default());
    assert_eq!(first.state, State::ReauthenticationRequired, "its user may have revoked it");
    assert!(first.wrong_client);
}

#[test]
fn three_grants_in_a_row_that_were_never_renewed_have_not_ended() {
    let mut provider = Health::default();
    let old = NOW - 3600;
    for id in 1..=3 {
        let blamed = verdict(Answer::Ended, &unused(id, old), &provider).wrong_client;
        assert_eq!(blamed, id == 3, "the {id}th");
        provider = provider.called(Answer::Ended, &unused(id, old), false, at(NOW));
    }
}

#[test]
fn who_signs_in_and_revokes_at_once_raises_no_alarm_where_another_can_be_asked() {
    let revoked = unused(1, NOW - 60);
    // Two others have done the same just now.
    let doubted = [8, 9].into_iter().fold(worked(NOW - 3600), |provider, id| {
        provider.called(Answer::Ended, &unused(id, NOW - 60), false, at(NOW))
    });
    let first = verdict(Answer::Ended, &revoked, &doubted);
    assert!(first.asks_another && !first.wrong_client);
    // It is asked, and works.
    let provider = doubted.called(Answer::Renewed, &healthy(2), false, at(NOW));
    let failed = History { failures: 1, last_failed_at: Some(at(NOW)), ..revoked };
    let second = classify(Answer::Ended, &failed, &provider, at(NOW + 5));
    assert!(!second.wrong_client);
    assert_eq!(second.state, State::ReauthenticationRequired);
    // Nobody could be asked.
    let second = classify(Answer::Ended, &failed, &doubted, at(NOW + 5));
    assert!(second.wrong_client);
}

#[test]
fn a_second_refusal_asks_another_once_a_minute() {
    let history = refused(1, 1, NOW - 5, NOW - 5);
    let mut provider = worked(NOW - 60);
    assert!(verdict(Answer::Ambiguous, &history, &provider).asks_another);
    assert!(!verdict(Answer::Ambiguous, &healthy(1), &provider).asks_another, "the first doesn't");
    provider.asked_at = Some(at(NOW - 59));
    assert!(!verdict(Answer::Ambiguous, &history, &provider).asks_another);
    provider.asked_at = Some(at(NOW - 60));
    assert!(verdict(Answer::Ambiguous, &history, &provider).asks_another);
}

#[test]
fn where_the_one_that_is_asked_is_dead_as_well_the_next_is_asked_at_once() {
    let mut provider = worked(NOW - 60);
    provider.asked_at = Some(at(NOW - 1));
    for answer in [Answer::Ended, Answer::Refused(None), Answer::Ambiguous] {
        assert!(verdict(answer, &healthy(2), &provider).asks_another, "{answer:?}");
    }
    for id in 0..10 {
        provider = provider.behind(Answer::Ambiguous, &healthy(id), at(NOW));
    }
    assert!(!verdict(Answer::Ambiguous, &healthy(20), &provider).asks_another, "ten is enough");
}

#[test]
fn what_fails_is_tried_again_after_five_seconds_and_then_ever_later_up_to_a_minute() {
    let waits: Vec<_> = (0..7)
        .map(|failures| {
            let history = History { failures, ..refused(1, 0, NOW - 600, NOW - 60) };
            verdict(Answer::Unavailable(None), &history, &Health::default()).retry_in.as_secs()
        })
        .collect();
    assert_eq!(waits, [5, 10, 20, 40, 60, 60, 60]);
}

#[test]
fn an_upstream_that_asks_for_patience_gets_five_minutes_and_a_refusal_one() {
    let day = Some(Duration::from_hours(24));
    for (answer, seconds) in [
        (Answer::RateLimited(day), 300),
        (Answer::Unavailable(day), 300),
        (Answer::Unavailable(Some(Duration::from_mins(2))), 120),
        (Answer::Refused(day), 60),
    ] {
        let verdict = verdict(answer, &healthy(1), &Health::default());
        assert_eq!(verdict.retry_in.as_secs(), seconds, "{answer:?}");
    }
}

#[test]
fn what_has_ended_is_tried_again_ever_less_often_also_in_an_outage() {
    for (refusals, minutes) in [(3, 20), (4, 40), (9, 1280), (20, 1440)] {
        let history =
            History { state: State::ReauthenticationRequired, ..refused(1, refusals, 0, 0) };
        for answer in [Answer::Ended, Answer::Ambiguous, Answer::Unavailable(None)] {
            let verdict = verdict(answer, &history, &Health::default());
            assert_eq!(verdict.state, State::ReauthenticationRequired);
            assert_eq!(verdict.retry_in, Duration::from_mins(minutes), "{answer:?}");
            assert!(!verdict.asks_another, "{answer:?}");
        }
    }
}
