//! What the forecast says of each provider, and where that is from.

use uuid::Uuid;

use super::*;

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

/// A connection that was made on the first of January and refreshed an hour later, whose provider
/// says nothing of the refresh token's end.
fn connected(provider: Provider, refreshable: bool) -> ConnectionRecord {
    ConnectionRecord {
        id: Uuid::from_u128(1),
        user_id: Uuid::from_u128(2),
        provider,
        state: State::Active,
        generation: 2,
        connected_at: at("2026-01-01T12:00:00Z"),
        now: at("2026-01-01T13:00:00Z"),
        read: tokio::time::Instant::now(),
        access_token: None,
        refresh_token: None,
        access_token_expires_at: None,
        refreshable,
        refresh_token_expires_at: None,
        refresh_token_end_known_at: None,
        refresh_token_granted_at: None,
        refresh_token_unproven: false,
        account: None,
        profile: None,
        profile_connected_at: None,
        account_digest: None,
        look_up_end: None,
        scopes: domain::KnownScopes::default(),
        refreshed_at: refreshable.then(|| at("2026-01-01T13:00:00Z")),
        failure_count: 0,
        first_failed_at: None,
        last_failed_at: None,
        last_failure: None,
        refusal_count: 0,
        first_refused_at: None,
        refresh_due_at: None,
        abandoned: false,
        leased_for: None,
    }
}

fn ends(record: &ConnectionRecord, kept_alive: bool) -> Option<String> {
    let found = forecast_of(record, kept_alive, false)?;
    Some(format!("{}", found.at.format("%Y-%m-%d")))
}

/// Of each provider: with a refresh token that servers keep alive, with one that they don't, and
/// without one. `docs/providers.md#when-a-connection-ends` has the sources.
#[test]
fn each_provider_ends_connections_as_it_documents() {
    // 181 days, 183 days, 89 days and 90 days after the refresh.
    let (google, github) = (Some("2026-07-01"), Some("2026-07-03"));
    let (bitbucket, microsoft) = (Some("2026-03-31"), Some("2026-04-01"));
    let sixty_days = Some("2026-03-02");
    let same_day = Some("2026-01-01");
    let table = [
        (Provider::Apple, None, None, same_day),
        (Provider::Azuread, None, microsoft, same_day),
        (Provider::Bitbucket, None, bitbucket, same_day),
        (Provider::Discord, None, None, Some("2026-01-08")),
        (Provider::Entraid, None, microsoft, same_day),
        (Provider::Facebook, None, None, sixty_days),
        (Provider::Github, None, github, None),
        (Provider::Gitlab, None, None, same_day),
        (Provider::Google, None, google, same_day),
        (Provider::Linkedin, None, None, sixty_days),
        // 181 days after the sign-in, whoever refreshes.
        (Provider::Spotify, Some("2026-07-01"), Some("2026-07-01"), same_day),
        (Provider::Strava, None, None, same_day),
        (Provider::Twitch, None, None, same_day),
        (Provider::Twitter, None, None, None),
        (Provider::Windowslive, None, None, same_day),
        (Provider::Workos, None, None, same_day),
    ];
    assert_eq!(table.map(|(provider, ..)| provider), Provider::ALL);
    for (provider, kept_alive, left_alone, without) in table {
        let record = connected(provider, true);
        assert_eq!(ends(&record, true).as_deref(), kept_alive, "{provider}, kept alive");
        assert_eq!(ends(&record, false).as_deref(), left_alone, "{provider}, left alone");
        let record = connected(provider, false);
        assert_eq!(ends(&record, true).as_deref(), without, "{provider}, no refresh token");
    }
}

#[test]
fn the_end_that_github_says_counts_once_refreshes_fail() {
    let said = Some(at("2026-07-02T20:00:00Z"));
    let record =
        ConnectionRecord { refresh_token_expires_at: said, ..connected(Provider::Github, true) };
    assert_eq!(ends(&record, true), None);
    let fails = ConnectionRecord { state: State::RefreshFailing, ..record };
    assert_eq!(ends(&fails, true).as_deref(), Some("2026-07-02"));
}

#[test]
fn a_connection_that_has_ended_has_no_end_to_come() {
    let record = connected(Provider::Spotify, true);
    let ended = ConnectionRecord { state: State::ReauthenticationRequired, ..record };
    assert_eq!(ends(&ended, true), None);
    let expired = ConnectionRecord {
        access_token_expires_at: Some(at("2026-01-01T12:30:00Z")),
        ..connected(Provider::Facebook, false)
    };
    assert_eq!(ends(&expired, true), None);
}

#[test]
fn a_sign_in_that_died_halfway_has_no_end() {
    let record = connected(Provider::Facebook, false);
    assert!(forecast_of(&record, false, false).is_some());
    let halfway = ConnectionRecord { state: State::Connecting, ..record };
    assert_eq!(forecast_of(&halfway, false, false), None);
}

#[test]
fn a_connection_that_was_refreshed_after_its_documented_end_has_none() {
    let refreshed =
        |at| ConnectionRecord { refreshed_at: Some(at), ..connected(Provider::Spotify, true) };
    assert_eq!(ends(&refreshed(at("2026-06-30T12:00:00Z")), true).as_deref(), Some("2026-07-01"));
    assert_eq!(ends(&refreshed(at("2026-09-01T12:00:00Z")), true), None);
}

#[test]
fn a_refresh_token_that_is_gone_has_no_end() {
    let record = ConnectionRecord {
        refresh_token_expires_at: Some(at("2026-07-02T20:00:00Z")),
        ..connected(Provider::Google, false)
    };
    assert_eq!(refresh_token_expires_at(&record), None);
}

#[test]
fn google_ends_connections_after_a_week_in_testing() {
    let record = connected(Provider::Google, true);
    let in_testing = forecast_of(&record, true, true).unwrap();
    assert_eq!(in_testing.at, at("2026-01-08T12:00:00Z"));
    assert_eq!(forecast_of(&connected(Provider::Entraid, true), true, true), None);
}
