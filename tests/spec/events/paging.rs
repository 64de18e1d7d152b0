//! Events come in pages.

use std::collections::HashSet;

use chrono::TimeDelta;
use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};

use super::{events, list, read_by_service, renew, write};
use crate::harness::{Database, World, on_both_databases};

on_both_databases! {
    async fn paging_visits_each_event_once_also_while_new_ones_come(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        for _ in 0..6 {
            world.advance(TimeDelta::seconds(10));
            renew(&ada).await;
            // Two events of one moment.
            ada.access_token(Provider::Google).await;
            read_by_service(&ada).await;
            world.server.connections.flush_reads().await.unwrap();
        }
        // SQLite keeps times as text, in which one moment can be written in several ways.
        for at in ["2026-01-01T12:00:30.000+00:00", "2026-01-01T12:00:30+00:00"] {
            write(&world, at, 3).await;
        }
        let before: Vec<_> = events(&ada).await.iter().map(|event| event["id"].clone()).collect();
        assert_eq!(before.len(), 1 + 6 * 3 + 6);
        for first in [1, 2, 5, 100] {
            let mut visited = Vec::new();
            let mut after = Value::Null;
            loop {
                let query = "query($first: Int!, $after: ID) { providerConnection(provider: google) \
                             { events(first: $first, after: $after) { id at } } }";
                let page = list(&ada.ask_with(query, json!({ "first": first, "after": after })).await);
                let Some(last) = page.last() else { break };
                assert!(page.len() <= first);
                after = last["id"].clone();
                visited.extend(page.iter().map(|event| event["id"].clone()));
                if first > 1 {
                    world.advance(TimeDelta::seconds(10));
                    renew(&ada).await;
                }
            }
            let distinct: HashSet<_> = visited.iter().collect();
            assert_eq!(distinct.len(), visited.len());
            let old: Vec<_> = visited.iter().filter(|id| before.contains(id)).collect();
            assert_eq!(old, before.iter().collect::<Vec<_>>(), "by {first}");
        }
    }

    async fn pages_of_several_connections_are_not_mixed_up(world: World) {
        let users = [world.user("ada@example.com"), world.user("bob@example.com")];
        for user in &users {
            for provider in [Provider::Github, Provider::Google, Provider::Spotify] {
                user.connected(provider, GrantScript::rotating()).await;
            }
        }
        world.advance(TimeDelta::minutes(1));
        renew(&users[0]).await;
        world.server.connections.flush_reads().await.unwrap();
        let after = events(&users[0]).await[1]["id"].clone();
        let query = |after: &Value| format!(
            "{{ providerConnections {{ provider one: events(first: 1) {{ kind }} \
                  all: events {{ kind }} more: events(after: {after}) {{ kind }} }} }}"
        );
        let (connected, read) = (json!({ "kind": "CONNECTED" }), json!({ "kind": "TOKEN_READ" }));
        let rotated = json!({ "kind": "ROTATED" });
        let other = |provider: &str| json!({
            "provider": provider, "one": [read], "all": [read, connected], "more": []
        });
        let google = json!({
            "provider": "google", "one": [rotated], "all": [rotated, read, connected],
            "more": [connected]
        });
        let answer = users[0].ask(&query(&after)).await;
        let expected = json!([other("github"), google, other("spotify")]);
        assert_eq!(answer.data("/providerConnections"), &expected);
        let after = events(&users[1]).await[1]["id"].clone();
        let answer = users[1].ask(&query(&after)).await;
        let expected = json!([other("github"), other("google"), other("spotify")]);
        assert_eq!(answer.data("/providerConnections"), &expected);
    }

    async fn only_the_kinds_that_are_asked_for_fill_a_page(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::rotating()).await;
        for _ in 0..3 {
            world.advance(TimeDelta::seconds(10));
            renew(&ada).await;
        }
        let query = "query($kinds: [ProviderConnectionEventKind!]) { providerConnection(provider: google) {
                       all: events { kind } some: events(first: 2, kinds: $kinds) { kind } } }";
        let kinds = json!(["CONNECTED", "REFRESHED", "CONNECTED"]);
        for (kinds, expected) in [
            (kinds, json!([{ "kind": "CONNECTED" }])),
            (json!(["ROTATED"]), json!([{ "kind": "ROTATED" }, { "kind": "ROTATED" }])),
            (json!(["DISCONNECTED"]), json!([])),
            (json!([]), json!([])),
            (json!(null), json!([{ "kind": "ROTATED" }, { "kind": "ROTATED" }])),
        ] {
            let answer = ada.ask_with(query, json!({ "kinds": kinds })).await;
            assert_eq!(answer.data("/providerConnection/some"), &expected, "{kinds}");
            assert!(answer.data("/providerConnection/all").as_array().unwrap().len() >= 4);
        }
    }

    async fn what_is_wrong_with_the_arguments_takes_nothing_else_along(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        for arguments in [
            "first: 0", "first: -1", "first: 101", "first: 2147483647", "after: \"\"",
            "after: \"nonsense\"", "after: \"1.5\"", "after: \"99999999999999999999\"",
            "after: \"1 OR 1=1\"", "after: 1", "after: 9223372036854775807",
        ] {
            let query =
                format!("{{ providerConnections {{ provider events({arguments}) {{ id }} }} }}");
            let answer = ada.ask(&query).await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{arguments}");
            assert_eq!(answer.at("/errors/0/path"), &json!(["providerConnections", 0, "events"]));
            let stands = json!([{ "provider": "google", "events": null }]);
            assert_eq!(answer.at("/data/providerConnections"), &stands, "{arguments}");
        }
        for arguments in ["first: 1", "first: 100", "after: null"] {
            let query = format!("{{ providerConnections {{ events({arguments}) {{ id }} }} }}");
            ada.ask(&query).await.data("/providerConnections/0/events");
        }
        // Variables that nobody gives are as good as no arguments.
        let query = "query($first: Int = 20, $after: ID) { providerConnections { \
                     events(first: $first, after: $after) { kind } } }";
        let answer = ada.ask(query).await;
        assert_eq!(answer.text("/providerConnections/0/events/0/kind"), "CONNECTED");
    }
}

/// Only PostgreSQL can count: each statement is a transaction of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_many_connections_are_one_statement_on_postgres() {
    let world = World::on(Database::postgres().await).await;
    let ada = world.user("ada@example.com");
    for provider in Provider::ALL {
        ada.connected(provider, GrantScript::stable()).await;
    }
    world.server.connections.flush_reads().await.unwrap();
    world
        .database
        .execute(
            "CREATE TABLE statement (id bigint PRIMARY KEY);
             CREATE FUNCTION counted() RETURNS integer LANGUAGE sql VOLATILE AS
               'INSERT INTO statement SELECT txid_current() ON CONFLICT DO NOTHING; SELECT 1';
             ALTER TABLE provider_connection_event RENAME TO stored_event;
             CREATE VIEW provider_connection_event AS
               WITH counted AS MATERIALIZED (SELECT counted())
               SELECT stored_event.* FROM stored_event CROSS JOIN counted",
        )
        .await;
    for request in 1..=5 {
        let query =
            "{ providerConnections { provider events { kind } two: events(first: 2) { id } } }";
        let answer = ada.ask(query).await;
        let connections = answer.data("/providerConnections").as_array().unwrap();
        assert_eq!(connections.len(), Provider::ALL.len());
        for connection in connections {
            assert_eq!(
                connection["events"],
                json!([{ "kind": "TOKEN_READ" }, { "kind": "CONNECTED" }])
            );
        }
        assert_eq!(world.database.number("SELECT COUNT(*) FROM statement").await, request);
    }
}
