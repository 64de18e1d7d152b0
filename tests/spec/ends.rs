//! A user sees when a connection ends unless they sign in again, and is told in time: once.

mod told;

use chrono::{DateTime, TimeDelta, Utc};
use nhost_auth_simulator::{GrantScript, Provider, Signing};

use crate::harness::{Database, User, World, directly, on_both_databases, on_both_empty_databases};

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);
/// How long a grant of Spotify lives, used or not.
const SPOTIFY: TimeDelta = TimeDelta::days(181);

/// What a connection says of its ends.
#[derive(Debug, PartialEq)]
struct Ends {
    status: String,
    reconnect_by: Option<DateTime<Utc>>,
    refresh_token_expires_at: Option<DateTime<Utc>>,
}

/// What the user is shown, with a JWT that is still good.
async fn ends(user: &mut User<'_>, provider: Provider) -> Ends {
    user.renew_jwt();
    let query = format!(
        "{{ providerConnection(provider: {provider}) {{ status reconnectBy refreshTokenExpiresAt }} }}"
    );
    let answer = user.ask(&query).await;
    let time = |name: &str| {
        let shown = answer.data(&format!("/providerConnection/{name}"));
        shown.as_str().map(|time| time.parse().unwrap())
    };
    Ends {
        status: answer.text("/providerConnection/status").to_owned(),
        reconnect_by: time("reconnectBy"),
        refresh_token_expires_at: time("refreshTokenExpiresAt"),
    }
}

async fn reconnect_by(user: &mut User<'_>, provider: Provider) -> Option<DateTime<Utc>> {
    ends(user, provider).await.reconnect_by
}

/// Refreshes, with a JWT that is still good.
async fn refreshed(user: &mut User<'_>, provider: Provider) {
    user.renew_jwt();
    user.refresh(provider).await.data("/refreshProviderToken/accessToken");
}

/// A world whose servers refresh at the provider itself, which says more.
async fn direct(database: Database, provider: Provider) -> World {
    World::on_with(database, Signing::hs256(), |config| directly(config, provider)).await
}

on_both_databases! {
    async fn a_fixed_life_counts_from_the_sign_in_and_no_refresh_moves_it(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        let end = Some(world.now() + SPOTIFY);
        assert_eq!(reconnect_by(&mut ada, Provider::Spotify).await, end);
        world.advance(DAY * 30);
        refreshed(&mut ada, Provider::Spotify).await;
        assert_eq!(reconnect_by(&mut ada, Provider::Spotify).await, end);
        // The next sign-in does.
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        let end = Some(world.now() + SPOTIFY);
        assert_eq!(reconnect_by(&mut ada, Provider::Spotify).await, end);
    }

    async fn a_sign_in_without_a_refresh_token_leaves_the_older_ones_end(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        let end = Some(world.now() + SPOTIFY);
        for _ in 0..2 {
            world.advance(DAY * 30);
            ada.renew_jwt();
            ada.connected(Provider::Spotify, GrantScript::no_refresh_token()).await;
            assert_eq!(reconnect_by(&mut ada, Provider::Spotify).await, end);
        }
    }

    async fn an_idle_limit_counts_from_the_last_refresh(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Entraid, GrantScript::rotating()).await;
        assert_eq!(reconnect_by(&mut ada, Provider::Entraid).await, Some(world.now() + DAY * 90));
        world.advance(DAY * 10);
        refreshed(&mut ada, Provider::Entraid).await;
        assert_eq!(reconnect_by(&mut ada, Provider::Entraid).await, Some(world.now() + DAY * 90));
    }

    async fn a_worker_that_keeps_a_connection_alive_leaves_no_idle_limit(world: World) {
        let worker = world.replica_with(|config| config.refresh.pacing.concurrency = 4).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Entraid, GrantScript::rotating()).await;
        let query = "{ providerConnection(provider: entraid) { reconnectBy } }";
        let seen = ada.ask_at(&worker, query, serde_json::json!({})).await;
        assert!(seen.data("/providerConnection/reconnectBy").is_null());
    }

    async fn without_a_refresh_token_it_is_when_the_access_token_expires(world: World) {
        let mut ada = world.user("ada@example.com");
        let sixty_days = 60 * 86_400;
        let script = GrantScript::no_refresh_token().lifetime(sixty_days);
        ada.connected(Provider::Facebook, script).await;
        let end = Some(world.now() + DAY * 60);
        assert_eq!(reconnect_by(&mut ada, Provider::Facebook).await, end);
        world.advance(DAY * 60);
        // It has come: the status says so, and there is no end to come.
        let shown = ends(&mut ada, Provider::Facebook).await;
        assert_eq!(shown.status, "REAUTHENTICATION_REQUIRED");
        assert_eq!(shown.reconnect_by, None);
    }

    async fn an_access_token_that_never_expires_has_no_end(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Github, GrantScript::never_expires()).await;
        assert_eq!(reconnect_by(&mut ada, Provider::Github).await, None);
    }
}

on_both_empty_databases! {
    async fn the_end_that_the_provider_says_is_shown_and_moves_as_it_says(database: Database) {
        let world = direct(database, Provider::Strava).await;
        let mut ada = world.user("ada@example.com");
        let ten_days = 10 * 86_400;
        let script = GrantScript::rotating().refresh_token_expires_in(ten_days);
        ada.connected(Provider::Strava, script).await;
        // Nhost Auth does not pass it on.
        let shown = ends(&mut ada, Provider::Strava).await;
        assert_eq!((shown.reconnect_by, shown.refresh_token_expires_at), (None, None));
        for _ in 0..2 {
            world.advance(HOUR * 2);
            refreshed(&mut ada, Provider::Strava).await;
            let shown = ends(&mut ada, Provider::Strava).await;
            assert_eq!(shown.refresh_token_expires_at, Some(world.now() + DAY * 10));
            assert_eq!(shown.reconnect_by, shown.refresh_token_expires_at);
        }
        // A sign-in brings another refresh token, of which nothing is known.
        ada.connected(Provider::Strava, script).await;
        assert_eq!(ends(&mut ada, Provider::Strava).await.refresh_token_expires_at, None);
    }

    async fn a_connection_that_was_found_to_have_ended_has_no_end_to_come(database: Database) {
        let world = direct(database, Provider::Spotify).await;
        let mut ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Spotify, GrantScript::stable()).await;
        world.simulator.revoke(grant);
        let refused = ada.refresh(Provider::Spotify).await;
        assert_eq!(refused.code(), "REAUTHENTICATION_REQUIRED");
        assert_eq!(reconnect_by(&mut ada, Provider::Spotify).await, None);
        // A new sign-in begins a new life.
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        let end = Some(world.now() + SPOTIFY);
        assert_eq!(reconnect_by(&mut ada, Provider::Spotify).await, end);
    }

    async fn two_connections_that_ended_after_a_week_show_that_the_app_is_in_testing(database: Database) {
        let world = direct(database, Provider::Google).await;
        let google = Provider::Google;
        let jobs = async || world.server.connections.tell_what_ends_soon().await.unwrap();
        let (mut ada, mut bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        let mut carol = world.user("carol@example.com");
        let of_ada = ada.connected(google, GrantScript::stable()).await;
        let of_bob = bob.connected(google, GrantScript::stable()).await;
        world.advance(DAY * 6 + HOUR * 12);
        refreshed(&mut ada, google).await;
        refreshed(&mut bob, google).await;
        world.advance(HOUR * 12 + TimeDelta::minutes(1));
        carol.renew_jwt();
        carol.connected(google, GrantScript::stable()).await;
        let (unused, in_testing) = (world.now() + DAY * 181, world.now() + DAY * 7);
        for (user, grant, end) in [(&mut ada, of_ada, unused), (&mut bob, of_bob, in_testing)] {
            world.simulator.revoke(grant);
            user.renew_jwt();
            assert_eq!(user.refresh(google).await.code(), "REAUTHENTICATION_REQUIRED");
            jobs().await;
            assert_eq!(reconnect_by(&mut carol, google).await, Some(end));
        }
        // She is told in the last quarter.
        world.advance(DAY * 5 + HOUR * 5);
        assert_eq!(jobs().await, 0);
        world.advance(HOUR);
        assert_eq!(jobs().await, 1);
        // One that lives on shows that it isn't, or no longer.
        world.advance(DAY * 3);
        refreshed(&mut carol, google).await;
        jobs().await;
        assert_eq!(reconnect_by(&mut carol, google).await, Some(world.now() + DAY * 181));
    }

    async fn one_connection_that_ends_after_a_week_again_and_again_shows_nothing(database: Database) {
        let world = direct(database, Provider::Google).await;
        let mut ada = world.user("ada@example.com");
        for _ in 0..3 {
            let grant = ada.connected(Provider::Google, GrantScript::stable()).await;
            world.advance(DAY * 6 + HOUR * 12);
            refreshed(&mut ada, Provider::Google).await;
            world.advance(HOUR * 12);
            world.simulator.revoke(grant);
            ada.renew_jwt();
            ada.refresh(Provider::Google).await.code();
            world.server.connections.tell_what_ends_soon().await.unwrap();
        }
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let unused = Some(world.now() + DAY * 181);
        assert_eq!(reconnect_by(&mut ada, Provider::Google).await, unused);
    }

    async fn where_others_live_on_two_users_cannot_make_it_look_like_testing(database: Database) {
        let world = direct(database, Provider::Google).await;
        let mut eve = world.user("eve@example.com");
        eve.connected(Provider::Google, GrantScript::stable()).await;
        world.advance(DAY * 9);
        refreshed(&mut eve, Provider::Google).await;
        for name in ["mallory@example.com", "trudy@example.com"] {
            let mut user = world.user(name);
            let grant = user.connected(Provider::Google, GrantScript::stable()).await;
            world.advance(DAY * 6 + HOUR * 12);
            refreshed(&mut user, Provider::Google).await;
            world.advance(HOUR * 12);
            world.simulator.revoke(grant);
            user.renew_jwt();
            user.refresh(Provider::Google).await.code();
        }
        let noted = "SELECT CAST(ends AS bigint) FROM provider_connection_testing";
        assert_eq!(world.database.number(noted).await, 2);
        world.server.connections.tell_what_ends_soon().await.unwrap();
        refreshed(&mut eve, Provider::Google).await;
        let unused = Some(world.now() + DAY * 181);
        assert_eq!(reconnect_by(&mut eve, Provider::Google).await, unused);
    }
}
