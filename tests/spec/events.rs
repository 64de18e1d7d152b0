//! `events`: a user sees what happened to a connection, and who was handed its access token.

mod kept;
mod paging;

use chrono::TimeDelta;
use domain::Actor;
use domain::ConnectionKey;
use futures_util::future::join_all;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider};
use provider_connections::{
    store::{Now, TokenReads},
    vault::KeyRing,
};
use serde_json::{Value, json};

use crate::harness::{Answer, Database, KEYS, User, World, on_both_databases};

const ALL: &str = "{ providerConnection(provider: google) { events(first: 100) { id kind actor at \
                   times code evidence } } }";

/// All events of the connection to Google, newest first, once what was read is written.
async fn events(user: &User<'_>) -> Vec<Value> {
    user.world.server.connections.flush_reads().await.unwrap();
    list(&user.ask(ALL).await)
}

#[track_caller]
fn list(answer: &Answer) -> Vec<Value> {
    answer.data("/providerConnection/events").as_array().unwrap().clone()
}

/// What happened and on whose behalf, oldest first.
fn story(events: &[Value]) -> Vec<String> {
    let word = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
    events.iter().rev().map(|event| word(event, "kind") + " " + &word(event, "actor")).collect()
}

/// Reads the access token as the service does for the user.
async fn read_by_service(user: &User<'_>) {
    let id = user.id;
    let query =
        format!("{{ providerConnection(provider: google, userId: \"{id}\") {{ accessToken }} }}");
    let answer = user.world.ask_as_service(&[("x-hasura-role", "admin")], &query).await;
    assert!(answer.data("/providerConnection/accessToken").is_string());
}

/// Refreshes, and does not ask for the token.
async fn renew(user: &User<'_>) {
    let renewed = "mutation { refreshProviderToken(provider: google) { status } }";
    user.ask(renewed).await.data("/refreshProviderToken/status");
}

async fn count(database: &Database, condition: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM provider_connection_event WHERE {condition}");
    database.number(&sql).await
}

/// Writes `times` events of all connections past the server.
async fn write(world: &World, at: &str, times: i64) {
    let at =
        if world.database.is_sqlite() { format!("'{at}'") } else { format!("'{at}'::timestamptz") };
    let sql = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {times})
         INSERT INTO provider_connection_event (connection_id, user_id, provider, kind, actor, at)
         SELECT id, user_id, provider, 'key_rotated', 'worker', {at} FROM provider_connection, n"
    );
    world.database.execute(&sql).await;
}

on_both_databases! {
    async fn what_happened_is_told_newest_first(world: World) {
        let mut ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        world.server.connections.flush_reads().await.unwrap();
        world.advance(TimeDelta::minutes(10));
        ada.access_token(Provider::Google).await;
        ada.access_token(Provider::Google).await;
        world.server.connections.flush_reads().await.unwrap();
        world.advance(TimeDelta::minutes(10));
        ada.renew_jwt();
        renew(&ada).await;
        world.simulator.provider_outage(Provider::Google, true);
        world.advance(TimeDelta::minutes(10));
        ada.renew_jwt();
        assert_eq!(ada.refresh(Provider::Google).await.code(), "UPSTREAM_UNAVAILABLE");
        let told = events(&ada).await;
        assert_eq!(
            story(&told),
            [
                "CONNECTED USER",
                "TOKEN_READ USER",
                "TOKEN_READ USER",
                "ROTATED USER",
                "REFRESH_FAILED USER"
            ]
        );
        let field = |name: &str| told.iter().rev().map(|event| event[name].clone()).collect::<Vec<_>>();
        let at = ["12:00", "12:00", "12:10", "12:20", "12:30"];
        assert_eq!(field("at"), at.map(|at| format!("2026-01-01T{at}:00Z")));
        assert_eq!(field("times"), [1, 1, 2, 1, 1]);
        let (failure, others) = told.split_first().unwrap();
        assert_eq!(failure["code"], "UPSTREAM_UNAVAILABLE");
        assert!(failure["evidence"].as_str().unwrap().contains("refused"), "{failure}");
        assert!(others.iter().all(|event| event["code"].is_null() && event["evidence"].is_null()));
    }

    async fn a_refresh_that_rotates_nothing_is_told_as_such(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.advance(TimeDelta::minutes(1));
        renew(&ada).await;
        assert_eq!(story(&events(&ada).await).last().unwrap(), "REFRESHED USER");
    }

    async fn a_new_connection_starts_with_none_of_the_one_before(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let before = events(&ada).await;
        ada.access_token(Provider::Google).await;
        ada.disconnect(Provider::Google).await.data("/disconnectProvider/id");
        world.advance(TimeDelta::minutes(5));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let told = events(&ada).await;
        assert_eq!(story(&told), ["CONNECTED USER", "TOKEN_READ USER"]);
        // Nor does an event of the one before lead to them.
        let after = before[0]["id"].as_str().unwrap();
        let query = format!(
            "{{ providerConnection(provider: google) {{ events(after: \"{after}\") {{ id }} }} }}"
        );
        assert!(list(&ada.ask(&query).await).is_empty());
        // They are kept all the same, the read of the last moment among them.
        assert_eq!(count(&world.database, "kind = 'disconnected'").await, 1);
        assert_eq!(count(&world.database, "kind = 'token_read'").await, 3);
    }

    async fn reads_are_counted_and_the_users_told_from_the_services(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        events(&ada).await;
        for _ in 0..3 {
            ada.access_token(Provider::Google).await;
            read_by_service(&ada).await;
        }
        read_by_service(&ada).await;
        // What asks for no token is no read of one; nor is one that is not to be had.
        ada.ask("{ providerConnections { status expiresAt } }").await.data("/providerConnections");
        let bad = "{ providerConnections { accessToken(minValidFor: -1) } }";
        assert_eq!(ada.ask(bad).await.code(), "BAD_USER_INPUT");
        let told = events(&ada).await;
        assert_eq!(told.len(), 4, "{told:?}");
        for (actor, times) in [("USER", 3), ("SERVICE", 4)] {
            let read = told[..2].iter().find(|event| event["actor"] == actor).unwrap();
            assert_eq!((&read["kind"], &read["times"]), (&json!("TOKEN_READ"), &json!(times)));
        }
    }

    async fn a_read_is_told_at_its_own_time_however_late_it_is_written(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        events(&ada).await;
        world.advance(TimeDelta::minutes(1));
        ada.access_token(Provider::Google).await;
        world.advance(TimeDelta::minutes(1));
        renew(&ada).await;
        let told = events(&ada).await;
        let expected = ["CONNECTED USER", "TOKEN_READ USER", "TOKEN_READ USER", "REFRESHED USER"];
        assert_eq!(story(&told), expected);
        assert_eq!(told[1]["at"], "2026-01-01T12:01:00Z");
    }

    async fn a_read_is_written_once_the_database_is_back(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        events(&ada).await;
        world.advance(TimeDelta::minutes(1));
        world.database.execute("ALTER TABLE provider_connection_event RENAME TO away").await;
        for _ in 0..2 {
            ada.access_token(Provider::Google).await;
            read_by_service(&ada).await;
            assert!(world.server.connections.flush_reads().await.is_err());
        }
        // All or nothing: the connection does not count as used by what is not written.
        let row = world.row(ada.id, Provider::Google).await.unwrap();
        assert_eq!(row.used_at, Some(row.connected_at));
        world.database.execute("ALTER TABLE away RENAME TO provider_connection_event").await;
        ada.access_token(Provider::Google).await;
        let told = events(&ada).await;
        assert_eq!(told.len(), 4, "{told:?}");
        for (actor, times) in [("USER", 3), ("SERVICE", 2)] {
            let read = told[..2].iter().find(|event| event["actor"] == actor).unwrap();
            assert_eq!(read["times"], times);
        }
        assert_eq!(world.row(ada.id, Provider::Google).await.unwrap().used_at, Some(world.now()));
    }

    async fn a_thousand_reads_are_written_at_once(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let read = |id: u128| TokenReads {
            connection_id: uuid::Uuid::from_u128(id),
            key: ConnectionKey { user_id: ada.id, provider: domain::Provider::Google },
            actor: Actor::User,
            first_at: world.now(),
            last_at: world.now(),
            times: 1,
        };
        let store = world.database.open(Now::Database).await;
        let reads: Vec<_> = (0..1_001).map(read).collect();
        store.record_token_reads(&reads).await.unwrap();
        store.close().await;
        assert_eq!(count(&world.database, "kind = 'token_read' AND times = 1").await, 1_001);
    }

    async fn replicas_that_write_reads_of_the_same_connections_do_not_block_each_other(world: World) {
        let ada = world.user("ada@example.com");
        for provider in Provider::ALL {
            ada.connected(provider, GrantScript::stable()).await;
        }
        world.advance(TimeDelta::minutes(1));
        let replicas = [world.replica().await, world.replica().await, world.replica().await];
        let read = "{ providerConnections { accessToken } }";
        for _ in 0..5 {
            world.advance(TimeDelta::seconds(1));
            for replica in &replicas {
                ada.ask_at(replica, read, json!({})).await.data("/providerConnections");
            }
            let flushes = replicas.iter().map(|replica| replica.connections.flush_reads());
            for flushed in join_all(flushes).await {
                flushed.unwrap();
            }
        }
        let now = world.now();
        for provider in Provider::ALL {
            assert_eq!(world.row(ada.id, provider).await.unwrap().used_at, Some(now));
        }
        let sql = "SELECT SUM(times) FROM provider_connection_event WHERE kind = 'token_read'";
        world.server.connections.flush_reads().await.unwrap();
        let reads = i64::try_from(Provider::ALL.len() * (1 + 5 * 3)).unwrap();
        assert_eq!(world.database.number(sql).await, reads);
    }

    async fn use_moves_on_and_never_back(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let connected_at = world.now();
        world.advance(TimeDelta::minutes(10));
        ada.ask("{ providerConnections { status } }").await.data("/providerConnections");
        events(&ada).await;
        let used_at = async || world.row(ada.id, Provider::Google).await.unwrap().used_at;
        assert_eq!(used_at().await, Some(connected_at));
        read_by_service(&ada).await;
        events(&ada).await;
        assert_eq!(used_at().await, Some(world.now()));

        let row = world.row(ada.id, Provider::Google).await.unwrap();
        let late = TokenReads {
            connection_id: row.id,
            key: ConnectionKey { user_id: ada.id, provider: domain::Provider::Google },
            actor: Actor::User,
            first_at: connected_at,
            last_at: connected_at,
            times: 1,
        };
        let store = world.database.open(Now::Database).await;
        store.record_token_reads(&[late]).await.unwrap();
        store.close().await;
        assert_eq!(used_at().await, Some(world.now()));
    }

    async fn what_happened_to_anothers_connection_is_not_to_be_had(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        world.advance(TimeDelta::minutes(1));
        bob.connected(Provider::Google, GrantScript::stable()).await;
        let of_bob = events(&bob).await;
        assert_eq!(story(&of_bob), ["CONNECTED USER", "TOKEN_READ USER"]);
        assert_eq!(events(&ada).await.len(), 2, "her own");
        let id = bob.id;
        let query = format!(
            "{{ providerConnection(provider: google, userId: \"{id}\") {{ events {{ id }} }} }}"
        );
        let refused = ada.ask(&query).await;
        assert_eq!(refused.code(), "FORBIDDEN");
        assert!(refused.at("/data/providerConnection").is_null());
        // His event is no place to go on from: it tells nothing, not even when it was.
        for event in &of_bob {
            let query = format!(
                "{{ providerConnection(provider: google) {{ events(after: {}) {{ id }} }} }}",
                event["id"]
            );
            assert_eq!(ada.ask(&query).await.code(), "BAD_USER_INPUT");
        }
        // The service may see everybody's.
        let answer = world.ask_as_service(&[("x-hasura-role", "admin")],
            &query.replace("events {", "events(first: 1) {")).await;
        assert_eq!(answer.data("/providerConnection/events/0/id"), &of_bob[0]["id"]);
    }

    async fn ids_do_not_tell_how_much_others_do(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let ids = |events: &[Value]| -> Vec<String> {
            events.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
        };
        let before = ids(&events(&ada).await);
        bob.connected(Provider::Google, GrantScript::stable()).await;
        ada.access_token(Provider::Google).await;
        let after = ids(&events(&ada).await);
        assert_eq!(after[1..], before[..], "they stay");
        for (index, id) in after.iter().enumerate() {
            assert!(id.parse::<i64>().is_err() && id.len() == 32, "{id}");
            let others = after.iter().enumerate().filter(|(other, _)| *other != index);
            assert!(others.into_iter().all(|(_, other)| other[..6] != id[..6]), "{after:?}");
        }
        // The same on every replica, also on one whose keys have been rotated since.
        let rotated = format!("new:Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=,{KEYS}");
        let replica = world.replica().await;
        let listed = ada.ask_at(&replica, ALL, json!({})).await;
        assert_eq!(ids(&list(&listed)), after);
        let rotated = world
            .replica_with(|config| config.encryption_keys = KeyRing::parse(&rotated).unwrap())
            .await;
        let query = format!(
            "{{ providerConnection(provider: google) {{ events(after: \"{}\") {{ kind }} }} }}",
            after[0]
        );
        let answer = ada.ask_at(&rotated, &query, json!({})).await;
        assert_eq!(list(&answer).len(), after.len() - 1);
    }

    async fn no_event_has_a_secret(world: World) {
        let mut ada = world.user("ada@example.com");
        let grant = ada.connected(Provider::Google, GrantScript::rotating()).await;
        let token = world.simulator.grant(grant).current_refresh_token.unwrap();
        world.advance(TimeDelta::minutes(1));
        renew(&ada).await;
        for fault in [
            Fault::nhost(400, &token),
            Fault::json(500, &json!({ "message": token, "error": token })),
            Fault::json(200, &json!({ "accessToken": [token], "expiresIn": token })),
            Fault::RefuseProvider,
            Fault::LostAfterWork,
        ] {
            world.advance(TimeDelta::minutes(10));
            ada.renew_jwt();
            world.simulator.fail_next(Endpoint::RefreshProviderToken, fault);
            ada.refresh(Provider::Google).await.code();
        }
        let told = events(&ada).await;
        let failures = told.iter().filter(|event| event["evidence"].is_string()).count();
        assert_eq!(failures, 5, "{told:?}");
        let told = serde_json::to_string(&told).unwrap();
        let secrets = world.simulator.secrets();
        assert!(secrets.len() > 5);
        for secret in secrets.iter().chain([&ada.jwt]) {
            assert!(!told.contains(secret.as_str()), "{secret} in {told}");
        }
        // It would show.
        let plant = format!("UPDATE provider_connection_event SET evidence = '{token}'");
        world.database.execute(&plant).await;
        let told = serde_json::to_string(&events(&ada).await).unwrap();
        assert!(told.contains(&token) && secrets.contains(&token));
    }
}
