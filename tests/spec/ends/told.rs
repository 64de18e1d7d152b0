//! `EXPIRES_SOON` is written in time, and once: by however many servers, and whenever they die.

use chrono::{SecondsFormat, TimeDelta};
use futures_util::future::join_all;
use nhost_auth_simulator::{GrantScript, Provider, Signing};
use provider_connections::store::{Now, StatusOfConnections};
use serde_json::Value;

use super::{DAY, HOUR, SPOTIFY, direct, reconnect_by, refreshed};
use crate::harness::{
    Cluster, Database, Replica, Server, Socket, User, World, on_both_databases,
    on_both_empty_databases, until,
};

/// So long before the end users are told, as the test servers are set.
const BEFORE: TimeDelta = TimeDelta::days(3);

/// How many users the job of this server tells.
async fn tell(server: &Server) -> u64 {
    server.connections.tell_what_ends_soon().await.unwrap()
}

/// The events that tell a user, newest first.
async fn told(user: &mut User<'_>, provider: Provider) -> Vec<Value> {
    user.renew_jwt();
    let query = format!(
        "{{ providerConnection(provider: {provider}) {{ events(kinds: [EXPIRES_SOON]) {{ kind actor \
         evidence code at }} }} }}"
    );
    user.ask(&query).await.data("/providerConnection/events").as_array().unwrap().clone()
}

async fn events(database: &Database) -> i64 {
    let count = "SELECT COUNT(*) FROM provider_connection_event WHERE kind = 'expires_soon'";
    database.number(count).await
}

/// Copies of the only connection, as a server of the release before leaves them.
async fn multiply(database: &Database, by: usize) {
    let id = if database.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
    let columns = "provider, state, access_token, refresh_token, access_token_expires_at, \
                   generation, refresh_due_at, connected_at, used_at";
    database
        .execute(&format!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {by})
             INSERT INTO provider_connection (id, user_id, {columns})
             SELECT {id}, {id}, {columns} FROM provider_connection, n"
        ))
        .await;
}

on_both_databases! {
    async fn a_user_is_told_once_for_each_sign_in(world: World) {
        let mut ada = world.user("ada@example.com");
        for _ in 0..2 {
            ada.renew_jwt();
            ada.connected(Provider::Spotify, GrantScript::stable()).await;
            let before = told(&mut ada, Provider::Spotify).await.len();
            assert_eq!(tell(&world.server).await, 0);
            world.advance(SPOTIFY - BEFORE - TimeDelta::seconds(1));
            assert_eq!(tell(&world.server).await, 0);
            world.advance(TimeDelta::seconds(1));
            assert_eq!(tell(&world.server).await, 1);
            assert_eq!(tell(&world.server).await, 0);
            world.advance(DAY);
            refreshed(&mut ada, Provider::Spotify).await;
            assert_eq!(tell(&world.server).await, 0);
            assert_eq!(told(&mut ada, Provider::Spotify).await.len(), before + 1);
        }
    }

    async fn nobody_is_told_of_an_end_that_a_refresh_has_outlived(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        world.advance(SPOTIFY + DAY * 60);
        refreshed(&mut ada, Provider::Spotify).await;
        assert_eq!(reconnect_by(&mut ada, Provider::Spotify).await, None);
        // As after the upgrade: nobody has looked yet.
        assert_eq!(tell(&world.server).await, 0);
    }

    async fn nobody_is_told_of_an_end_that_is_past(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        let end = Some(world.now() + SPOTIFY);
        world.advance(SPOTIFY);
        assert_eq!(tell(&world.server).await, 0);
        assert_eq!(reconnect_by(&mut ada, Provider::Spotify).await, end);
    }

    async fn of_very_many_about_a_thousand_are_told_at_a_time(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        multiply(&world.database, 1_099).await;
        world.advance(SPOTIFY - BEFORE);
        let first = tell(&world.server).await;
        assert!((1_000..1_050).contains(&first), "{first}");
        assert_eq!(first + tell(&world.server).await, 1_100);
    }

    async fn a_sign_in_that_died_halfway_does_not_end_soon(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Facebook, GrantScript::no_refresh_token()).await;
        let halfway = "UPDATE provider_connection SET state = 'connecting', access_token = NULL, \
                       access_token_expires_at = NULL";
        world.database.execute(halfway).await;
        world.advance(DAY * 58);
        assert_eq!(tell(&world.server).await, 0);
    }

    async fn the_event_says_when_and_why(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        world.advance(SPOTIFY - BEFORE);
        assert_eq!(tell(&world.server).await, 1);
        let events = told(&mut ada, Provider::Spotify).await;
        let end = reconnect_by(&mut ada, Provider::Spotify).await.unwrap();
        let end = end.to_rfc3339_opts(SecondsFormat::Secs, true);
        let why = "the provider expires refresh tokens a fixed time after the sign-in";
        assert_eq!(events[0]["evidence"], format!("by {end}: {why}"));
        assert_eq!(events[0]["actor"], "WORKER");
        assert!(events[0]["code"].is_null());
    }

    async fn it_is_counted_as_ending_soon_until_its_user_signs_in_again(world: World) {
        let mut ada = world.user("ada@example.com");
        let store = world.database.open(Now::Injected(world.clock())).await;
        let counted = async || {
            let all = store.connections_by_state().await.unwrap();
            all.iter().map(StatusOfConnections::ending_soon).sum::<i64>()
        };
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        assert_eq!(counted().await, 0);
        world.advance(SPOTIFY - BEFORE);
        tell(&world.server).await;
        assert_eq!(counted().await, 1);
        ada.renew_jwt();
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        assert_eq!(counted().await, 0);
        store.close().await;
    }

    async fn a_subscriber_hears_of_it(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        world.advance(SPOTIFY - BEFORE);
        ada.renew_jwt();
        let mut socket = Socket::subscribed(&world.server.url, &ada.jwt).await;
        tell(&world.server).await;
        assert_eq!(socket.kinds(1).await, ["EXPIRES_SOON"]);
    }

    async fn an_access_token_of_an_hour_does_not_end_soon(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::no_refresh_token()).await;
        for _ in 0..4 {
            assert_eq!(tell(&world.server).await, 0);
            world.advance(TimeDelta::minutes(20));
        }
        assert_eq!(told(&mut ada, Provider::Google).await.len(), 0);
    }

    async fn an_access_token_of_two_months_does(world: World) {
        let ada = world.user("ada@example.com");
        let script = GrantScript::no_refresh_token().lifetime(60 * 86_400);
        ada.connected(Provider::Facebook, script).await;
        world.advance(DAY * 57 - TimeDelta::seconds(1));
        assert_eq!(tell(&world.server).await, 0);
        world.advance(TimeDelta::seconds(1));
        assert_eq!(tell(&world.server).await, 1);
        // Once it has ended nobody is told that it will.
        world.advance(DAY * 30);
        assert_eq!(tell(&world.server).await, 0);
    }

    async fn of_many_connections_two_servers_tell_each_user_once(world: World) {
        let replica = world.replica().await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        multiply(&world.database, 349).await;
        world.advance(SPOTIFY - BEFORE);
        let servers = [&world.server, &replica, &world.server, &replica];
        let told: u64 = join_all(servers.map(tell)).await.into_iter().sum();
        assert_eq!(told, 350);
        assert_eq!(events(&world.database).await, 350);
        assert_eq!(tell(&replica).await, 0);
        let twice = "SELECT COUNT(*) - COUNT(DISTINCT connection_id) FROM provider_connection_event \
                     WHERE kind = 'expires_soon'";
        assert_eq!(world.database.number(twice).await, 0);
    }

    async fn a_row_that_cannot_be_read_holds_up_nobody_elses(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        bob.connected(Provider::Facebook, GrantScript::stable()).await;
        let sql = "UPDATE provider_connection SET state = 'unheard of' WHERE provider = 'facebook'";
        world.database.execute(sql).await;
        world.advance(SPOTIFY - BEFORE);
        assert_eq!(tell(&world.server).await, 1);
        let waiting = "SELECT COUNT(*) FROM provider_connection WHERE end_look_at < '2000-01-01'";
        assert_eq!(world.database.number(waiting).await, 0);
    }

    async fn rows_of_the_release_before_are_looked_at_in_batches_and_then_left_alone(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        multiply(&world.database, 249).await;
        assert_eq!(tell(&world.server).await, 0);
        let waiting = "SELECT COUNT(*) FROM provider_connection WHERE end_look_at < '2000-01-01'";
        assert_eq!(world.database.number(waiting).await, 0);
        let days = "SELECT COUNT(DISTINCT end_look_at) FROM provider_connection";
        assert!(world.database.number(days).await > 200, "they are not looked at together again");
    }
}

on_both_empty_databases! {
    async fn an_end_that_a_refresh_has_moved_on_is_told_again_when_it_is_near(database: Database) {
        let world = direct(database, Provider::Strava).await;
        let mut ada = world.user("ada@example.com");
        let script = GrantScript::rotating().refresh_token_expires_in(20 * 86_400);
        ada.connected(Provider::Strava, script).await;
        for _ in 0..2 {
            refreshed(&mut ada, Provider::Strava).await;
            assert_eq!(tell(&world.server).await, 0);
            world.advance(DAY * 17 - TimeDelta::seconds(1));
            assert_eq!(tell(&world.server).await, 0);
            world.advance(TimeDelta::seconds(1));
            assert_eq!(tell(&world.server).await, 1);
            assert_eq!(tell(&world.server).await, 0);
        }
        assert_eq!(told(&mut ada, Provider::Strava).await.len(), 2);
    }

    async fn one_that_was_moved_on_by_days_is_told_again_though_nobody_looked_meanwhile(database: Database) {
        let world = direct(database, Provider::Strava).await;
        let mut ada = world.user("ada@example.com");
        let script = GrantScript::rotating().refresh_token_expires_in(4 * 86_400);
        ada.connected(Provider::Strava, script).await;
        refreshed(&mut ada, Provider::Strava).await;
        assert_eq!(tell(&world.server).await, 0);
        // Each ends in four days, and is told of a day before.
        for _ in 0..2 {
            world.advance(DAY * 3);
            assert_eq!(tell(&world.server).await, 1);
            refreshed(&mut ada, Provider::Strava).await;
        }
        assert_eq!(told(&mut ada, Provider::Strava).await.len(), 2);
    }

    async fn an_end_that_no_refresh_moves_is_told_once_however_often_it_is_said(database: Database) {
        let world = direct(database, Provider::Strava).await;
        let mut ada = world.user("ada@example.com");
        let script = |left: TimeDelta| {
            GrantScript::stable().refresh_token_expires_in(left.num_seconds())
        };
        let grant = ada.connected(Provider::Strava, script(DAY * 8)).await;
        let (begin, mut told) = (world.now(), 0);
        for day in 0..7 {
            // A few seconds more or less are the same end.
            let left = DAY * (8 - day) - TimeDelta::seconds(i64::from(day));
            world.simulator.rescript(grant, script(left));
            refreshed(&mut ada, Provider::Strava).await;
            let end = reconnect_by(&mut ada, Provider::Strava).await;
            assert_eq!(end, Some(begin + DAY * 8), "day {day}");
            told += tell(&world.server).await;
            assert_eq!(told, u64::from(day >= 6), "day {day}");
            world.advance(DAY);
        }
    }

    async fn nobody_is_told_where_the_setting_is_zero(database: Database) {
        let world = World::on_with(database, Signing::hs256(), |config| {
            config.expires_soon_before = TimeDelta::zero();
        })
        .await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Spotify, GrantScript::stable()).await;
        world.advance(SPOTIFY - HOUR);
        assert_eq!(tell(&world.server).await, 0);
    }

    async fn a_server_that_dies_while_it_tells_has_told_nobody_and_the_next_one_does(database: Database) {
        let cluster = Cluster::over(database).await;
        let first = cluster.start("first").await;
        cluster.connected(&first, GrantScript::stable()).await;
        first.stop().await;
        // As if it had been made long ago, at a provider whose grants end after six months.
        let long_ago = if cluster.database.is_sqlite() {
            "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-180 days')"
        } else {
            "statement_timestamp() - interval '180 days'"
        };
        let aged = format!(
            "UPDATE provider_connection SET provider = 'spotify', connected_at = {long_ago}, \
             end_look_at = '1970-01-01T00:00:00+00:00'"
        );
        cluster.database.execute(&aged).await;
        let doomed = cluster.binary("doomed").env("CRASH_AT", "expires_soon.written").start();
        assert_eq!(doomed.end().await.code, None, "a signal ended it");
        assert_eq!(events(&cluster.database).await, 0);
        let [next, other] = [cluster.start("next").await, cluster.start("other").await];
        until(async || events(&cluster.database).await == 1).await;
        for replica in [&next, &other] {
            until(async || has_run(replica).await).await;
        }
        assert_eq!(events(&cluster.database).await, 1);
    }
}

/// Whether the job has run at this server.
async fn has_run(replica: &Replica) -> bool {
    let answer = reqwest::get(format!("{}/readyz", replica.url)).await.unwrap();
    let seen: Value = answer.json().await.unwrap();
    seen["jobs"]["expires_soon"]["lastSuccess"].is_string()
}
