//! Events are written before a server ends, and kept as long as is set.

use chrono::{DateTime, TimeDelta, Utc};
use nhost_auth_simulator::{GrantScript, Provider, Running, Signing};
use provider_connections::{clock::Clock, store::Now};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{count, events, renew, story, write};
use crate::harness::{
    Binary, Database, Process, World, on_both_databases, on_both_empty_databases, simulator, until,
};

on_both_databases! {
    async fn what_is_old_goes_and_what_is_not_stays(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let hour = |time: DateTime<Utc>| time.format("%Y-%m-%dT%H:%M:%S+00:00").to_string();
        let long_ago = hour(world.now() - TimeDelta::days(1));
        write(&world, &long_ago, 2_500).await;
        events(&ada).await;
        world.advance(TimeDelta::days(89) + TimeDelta::hours(23));
        ada.renew_jwt();
        renew(&ada).await;
        assert_eq!(count(&world.database, "1 = 1").await, 2_503);
        assert_eq!(world.server.connections.prune_events().await.unwrap(), 2_500);
        assert_eq!(events(&ada).await.len(), 3);
        assert_eq!(world.server.connections.prune_events().await.unwrap(), 0);
        world.advance(TimeDelta::hours(2));
        assert_eq!(world.server.connections.prune_events().await.unwrap(), 2);
        ada.renew_jwt();
        assert_eq!(story(&events(&ada).await), ["REFRESHED USER"]);
    }

    async fn what_is_old_goes_in_batches_the_oldest_first(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        write(&world, "2025-01-02T00:00:00+00:00", 2).await;
        write(&world, "2025-01-01T00:00:00+00:00", 3).await;
        let now = world.now();
        let store = world.database.open(Now::Injected(Clock::from_fn(move || now))).await;
        for (pruned, left_of_the_oldest) in [(2, 1), (2, 0), (1, 0), (0, 0)] {
            assert_eq!(store.prune_events(TimeDelta::days(1), 2).await.unwrap(), pruned);
            let left = count(&world.database, "at < '2025-01-01T12:00:00+00:00'").await;
            assert_eq!(left, left_of_the_oldest);
        }
        store.close().await;
    }

    async fn what_is_left_of_many_deleted_users_goes_in_batches_and_nothing_of_others(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let (id, now) = if world.database.is_sqlite() {
            ("randomblob(16)", "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")
        } else {
            ("gen_random_uuid()", "statement_timestamp()")
        };
        let left = format!(
            "INSERT INTO provider_connection_tombstone (user_id, provider, at) \
             WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200) \
             SELECT {id}, '', {now} FROM n; \
             INSERT INTO provider_connection_event \
               (connection_id, user_id, provider, kind, actor, at, times) \
             SELECT {id}, user_id, 'google', 'connected', 'user', at, 1 \
             FROM provider_connection_tombstone, (SELECT 1 AS n UNION ALL SELECT 2) AS twice; \
             INSERT INTO provider_connection_access_grant \
               (user_id, client_id, provider, granted_by, granted_at) \
             SELECT user_id, 'agent', 'google', 'user', at FROM provider_connection_tombstone"
        );
        world.database.execute(&left).await;
        let store = world.database.open(Now::Database).await;
        let (all, none) = (Uuid::max(), Uuid::nil());
        assert_eq!(store.forget_stragglers(none, all, 7).await.unwrap(), 7);
        assert_eq!(count(&world.database, "1 = 1").await, 2_400 - 7 + 1);
        let page = store.deleted_users_behind(none, 1_000).await.unwrap().unwrap();
        assert!(store.deleted_users_behind(page, 1_000).await.unwrap().is_some());
        assert_eq!(store.deleted_users_behind(all, 1_000).await.unwrap(), None);
        assert!(store.forget_stragglers(none, none, 7).await.unwrap() == 0, "nobody is in there");
        store.close().await;
        world.server.connections.prune_events().await.unwrap();
        assert_eq!(count(&world.database, "1 = 1").await, 1);
        let grants = "SELECT count(*) FROM provider_connection_access_grant";
        assert_eq!(world.database.number(grants).await, 0);
    }
}

on_both_empty_databases! {
    async fn events_are_kept_as_long_as_is_set(database: Database) {
        let set = |config: &mut provider_connections::config::Config| {
            config.event_retention = TimeDelta::days(2);
        };
        let world = World::on_with(database, Signing::hs256(), set).await;
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        write(&world, "2025-12-31T12:00:00+00:00", 1).await;
        write(&world, "2025-12-30T11:00:00+00:00", 1).await;
        assert_eq!(world.server.connections.prune_events().await.unwrap(), 1);
    }

    async fn a_shutdown_writes_what_was_read_last(database: Database) {
        let (process, _) = read_twice(&database).await;
        let ended = process.stop().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let sql = "SELECT SUM(times) FROM provider_connection_event WHERE kind = 'token_read'";
        assert_eq!(database.number(sql).await, 2);
    }

    async fn a_shutdown_waits_for_a_database_that_is_away_for_a_moment(database: Database) {
        let (mut process, _) = read_twice(&database).await;
        database.execute("ALTER TABLE provider_connection_event RENAME TO away").await;
        process.terminate();
        process.logged("reads of tokens could not be written yet").await;
        assert!(!process.has_ended());
        database.execute("ALTER TABLE away RENAME TO provider_connection_event").await;
        let ended = process.end().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let sql = "SELECT SUM(times) FROM provider_connection_event WHERE kind = 'token_read'";
        assert_eq!(database.number(sql).await, 2);
    }

    async fn reads_are_written_by_and_by_without_a_shutdown(database: Database) {
        let (process, user) = read_twice(&database).await;
        let sql = "SELECT COUNT(*) FROM provider_connection_event WHERE kind = 'token_read'";
        until(async || database.number(sql).await > 0).await;
        drop((process, user));
    }
}

/// A process whose user has connected, and read the access token twice.
async fn read_twice(database: &Database) -> (Process, Running) {
    let simulator = simulator().await;
    let mut process = Binary::serve(&simulator, &database.url).start();
    let url = process.url().await;
    let ada = simulator.add_user("ada@example.com");
    simulator.sign_in(ada, Provider::Google, GrantScript::stable());
    for query in [
        "mutation { connectProvider(provider: google) { status } }",
        "{ providerConnections { accessToken } }",
        "{ providerConnections { accessToken } }",
    ] {
        let request = reqwest::Client::new().post(format!("{url}/graphql"));
        let request = request.bearer_auth(simulator.jwt(ada)).json(&json!({ "query": query }));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert!(answer.get("errors").is_none(), "{answer}");
    }
    (process, simulator)
}
