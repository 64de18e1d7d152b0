//! A forecast is the earliest end that is known, and moves with sign-ins and refreshes alone.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{End, Forecast, GrantLimits, GrantTimes, forecast};
use proptest::{option, prelude::*};

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);

fn start() -> DateTime<Utc> {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

/// A connection that has just been made, with a refresh token, whose access token lives an hour.
fn signed_in() -> GrantTimes {
    GrantTimes {
        connected_at: start(),
        granted_at: start(),
        refreshed_at: None,
        refreshable: true,
        access_token_expires_at: Some(start() + HOUR),
        refresh_token_expires_at: None,
        end_known_at: None,
        kept_alive: false,
    }
}

fn ends(grant: &GrantTimes, limits: &GrantLimits) -> Option<(TimeDelta, End)> {
    forecast(grant, limits).map(|found| (found.at - start(), found.end))
}

#[test]
fn no_end_is_known_where_the_provider_names_none() {
    let limits = GrantLimits { access_token: Some(HOUR), ..GrantLimits::default() };
    assert_eq!(ends(&signed_in(), &limits), None);
    // An OAuth App of GitHub: no refresh token, and an access token for ever.
    let grant = GrantTimes { refreshable: false, access_token_expires_at: None, ..signed_in() };
    assert_eq!(ends(&grant, &GrantLimits::default()), None);
}

#[test]
fn without_a_refresh_token_it_ends_with_the_access_token() {
    let limits = GrantLimits { access_token: Some(DAY * 60), ..GrantLimits::default() };
    let grant = GrantTimes { refreshable: false, ..signed_in() };
    assert_eq!(ends(&grant, &limits), Some((HOUR, End::AccessToken)));
    let silent = GrantTimes { access_token_expires_at: None, ..grant };
    assert_eq!(ends(&silent, &limits), Some((DAY * 60, End::AccessToken)));
}

#[test]
fn the_end_that_the_provider_said_counts() {
    let grant = GrantTimes { refresh_token_expires_at: Some(start() + DAY * 7), ..signed_in() };
    let limits = GrantLimits::default();
    assert_eq!(ends(&grant, &limits), Some((DAY * 7, End::RefreshToken)));
    // Also while it is refreshed, unless that is known to move it on.
    let kept = GrantTimes { kept_alive: true, ..grant };
    assert_eq!(ends(&kept, &limits), Some((DAY * 7, End::RefreshToken)));
    let renewed = GrantLimits { renewed_by_use: true, ..limits };
    assert_eq!(ends(&kept, &renewed), None);
    assert_eq!(ends(&grant, &renewed), Some((DAY * 7, End::RefreshToken)));
}

#[test]
fn an_idle_limit_counts_from_the_last_refresh_and_only_if_nobody_keeps_it_alive() {
    let limits = GrantLimits { idle: Some(DAY * 90), ..GrantLimits::default() };
    assert_eq!(ends(&signed_in(), &limits), Some((DAY * 90, End::Idle)));
    let used = GrantTimes { refreshed_at: Some(start() + DAY), ..signed_in() };
    assert_eq!(ends(&used, &limits), Some((DAY * 91, End::Idle)));
    // A refresh of an earlier sign-in's token says nothing of this one.
    let before = GrantTimes { refreshed_at: Some(start() - DAY), ..signed_in() };
    assert_eq!(ends(&before, &limits), Some((DAY * 90, End::Idle)));
    assert_eq!(ends(&GrantTimes { kept_alive: true, ..used }, &limits), None);
}

#[test]
fn a_fixed_life_counts_from_the_sign_in_that_brought_the_refresh_token() {
    let limits = GrantLimits { fixed: Some(DAY * 181), ..GrantLimits::default() };
    let grant = GrantTimes { refreshed_at: Some(start() + DAY * 100), ..signed_in() };
    assert_eq!(ends(&grant, &limits), Some((DAY * 181, End::Fixed)));
    let older = GrantTimes { granted_at: start() - DAY * 80, ..grant };
    assert_eq!(ends(&older, &limits), Some((DAY * 101, End::Fixed)));
    let kept = GrantTimes { kept_alive: true, ..grant };
    assert_eq!(ends(&kept, &limits), Some((DAY * 181, End::Fixed)));
}

#[test]
fn an_end_that_a_refresh_has_outlived_is_none() {
    let limits = GrantLimits { fixed: Some(DAY * 181), ..GrantLimits::default() };
    let refreshed =
        |after: TimeDelta| GrantTimes { refreshed_at: Some(start() + after), ..signed_in() };
    assert_eq!(ends(&refreshed(DAY * 180), &limits), Some((DAY * 181, End::Fixed)));
    assert_eq!(ends(&refreshed(DAY * 181), &limits), None);
    // The others count on.
    let idle = GrantLimits { idle: Some(DAY * 90), in_testing: Some(DAY * 7), ..limits };
    assert_eq!(ends(&refreshed(DAY * 8), &idle), Some((DAY * 98, End::Idle)));
    assert_eq!(ends(&refreshed(DAY * 240), &idle), Some((DAY * 330, End::Idle)));
    let said =
        GrantTimes { refresh_token_expires_at: Some(start() + DAY * 9), ..refreshed(DAY * 10) };
    assert_eq!(ends(&said, &limits), Some((DAY * 181, End::Fixed)));
}

#[test]
fn in_testing_it_ends_earlier() {
    let limits =
        GrantLimits { idle: Some(DAY * 181), in_testing: Some(DAY * 7), ..GrantLimits::default() };
    assert_eq!(ends(&signed_in(), &limits), Some((DAY * 7, End::InTesting)));
}

fn of_life(life: TimeDelta) -> Forecast {
    Forecast { at: start() + life, since: start(), end: End::Fixed }
}

#[test]
fn it_ends_soon_so_long_before_as_was_asked_for() {
    let soon = of_life(DAY * 181).soon_at(DAY * 3);
    assert_eq!(soon, Some(start() + DAY * 178));
}

#[test]
fn it_ends_soon_in_the_last_quarter_of_its_life_at_the_earliest() {
    assert_eq!(of_life(DAY * 8).soon_at(DAY * 3), Some(start() + DAY * 6));
    assert_eq!(of_life(DAY).soon_at(DAY * 3), Some(start() + HOUR * 18));
}

#[test]
fn what_lives_for_less_than_a_day_does_not_end_soon() {
    assert_eq!(of_life(HOUR).soon_at(DAY * 3), None);
    assert_eq!(of_life(DAY - HOUR).soon_at(HOUR), None);
    assert_eq!(of_life(-DAY).soon_at(HOUR), None);
}

#[test]
fn nothing_ends_soon_where_nobody_is_to_be_told() {
    assert_eq!(of_life(DAY * 181).soon_at(TimeDelta::zero()), None);
}

fn hours(most: i64) -> impl Strategy<Value = TimeDelta> {
    (-most..most).prop_map(TimeDelta::hours)
}

fn life() -> impl Strategy<Value = Option<TimeDelta>> {
    option::of((1_i64..5_000).prop_map(TimeDelta::hours))
}

prop_compose! {
    fn any_limits()(
        idle in life(), fixed in life(), in_testing in life(), access_token in life(),
        renewed_by_use: bool,
    ) -> GrantLimits {
        GrantLimits { idle, fixed, in_testing, renewed_by_use, access_token }
    }
}

prop_compose! {
    fn any_grant()(
        granted in 0_i64..1_000,
        refreshed in option::of(hours(1_000)),
        access in option::of(hours(2_000)),
        refresh in option::of(hours(9_000)),
        known in option::of(hours(1_000)),
        refreshable: bool,
        kept_alive: bool,
    ) -> GrantTimes {
        let at = |offset: TimeDelta| start() + offset;
        GrantTimes {
            connected_at: start(),
            granted_at: start() - TimeDelta::hours(granted),
            refreshed_at: refreshed.map(at),
            refreshable,
            access_token_expires_at: access.map(at),
            refresh_token_expires_at: refresh.map(at),
            end_known_at: known.map(at),
            kept_alive,
        }
    }
}

proptest! {
    #[test]
    fn a_forecast_is_never_later_than_an_end_that_no_refresh_moves(
        grant in any_grant(), limits in any_limits(),
    ) {
        let found = forecast(&grant, &limits).map(|found| found.at);
        let outlived = |end: DateTime<Utc>| {
            grant.refreshable && grant.refreshed_at.is_some_and(|refreshed| refreshed >= end)
        };
        let no_later = |end: Option<DateTime<Utc>>| {
            end.is_none_or(|end| outlived(end) || found.is_some_and(|at| at <= end))
        };
        if grant.refreshable {
            for life in [limits.fixed, limits.in_testing] {
                prop_assert!(no_later(life.map(|life| grant.granted_at + life)));
            }
            if !limits.renewed_by_use || !grant.kept_alive {
                prop_assert!(no_later(grant.refresh_token_expires_at));
            }
        } else {
            prop_assert!(no_later(grant.access_token_expires_at));
        }
    }

    #[test]
    fn a_refresh_moves_a_forecast_on_or_leaves_it(
        grant in any_grant(), limits in any_limits(), later in 0_i64..1_000,
    ) {
        let last = grant.refreshed_at.unwrap_or(grant.granted_at);
        let refreshed = GrantTimes {
            refreshed_at: Some(last + TimeDelta::hours(later)),
            ..grant
        };
        let (before, after) = (forecast(&grant, &limits), forecast(&refreshed, &limits));
        match (before, after) {
            (Some(before), Some(after)) => prop_assert!(before.at <= after.at),
            // It has outlived the end.
            (Some(before), None) => {
                prop_assert!(refreshed.refreshed_at.is_some_and(|at| before.at <= at));
            }
            (None, after) => prop_assert_eq!(after, None),
        }
    }

    #[test]
    fn a_sign_in_that_brings_a_refresh_token_never_brings_the_end_nearer(
        grant in any_grant(), limits in any_limits(), later in 0_i64..1_000,
    ) {
        let grant = GrantTimes { refreshable: true, refresh_token_expires_at: None, ..grant };
        let last = grant.refreshed_at.map_or(grant.connected_at, |at| at.max(grant.connected_at));
        let at = last + TimeDelta::hours(later);
        let signed_in = GrantTimes { connected_at: at, granted_at: at, ..grant };
        let (before, after) = (forecast(&grant, &limits), forecast(&signed_in, &limits));
        // One that has outlived an end is not known to have it; the next one may.
        let outlived = [limits.fixed, limits.in_testing].into_iter().flatten().any(|life| {
            grant.refreshed_at.is_some_and(|refreshed| refreshed >= grant.granted_at + life)
        });
        if outlived {
            return Ok(());
        }
        prop_assert_eq!(before.is_some(), after.is_some());
        if let (Some(before), Some(after)) = (before, after) {
            prop_assert!(before.at <= after.at);
        }
    }

    #[test]
    fn keeping_a_connection_alive_never_brings_its_end_nearer(
        grant in any_grant(), limits in any_limits(),
    ) {
        let ends = |kept_alive| forecast(&GrantTimes { kept_alive, ..grant }, &limits);
        if let Some(kept) = ends(true) {
            prop_assert!(ends(false).is_some_and(|left| left.at <= kept.at));
        }
    }

    #[test]
    fn a_user_is_told_before_the_end_and_in_the_last_quarter_of_the_time_until_it(
        grant in any_grant(), limits in any_limits(), before in 1_i64..3_000,
    ) {
        let before = TimeDelta::hours(before);
        if let Some(found) = forecast(&grant, &limits) {
            let life = found.at - found.since;
            match found.soon_at(before) {
                Some(soon) => {
                    prop_assert!(life >= Forecast::SHORTEST_LIFE);
                    prop_assert!(soon < found.at && found.at - soon <= before);
                    prop_assert!(soon >= found.since + life / 4 * 3);
                }
                None => prop_assert!(life < Forecast::SHORTEST_LIFE),
            }
        }
    }
}
