//! Hasura joins a table of users to this server by one request with an alias for each row.

use futures_util::future::join_all;
use nhost_auth_simulator::{GrantScript, Provider};

use crate::harness::{Database, World, on_both_databases};

const USERS: usize = 100;

async fn users(world: &World) -> Vec<String> {
    join_all((0..USERS).map(|n| async move {
        let user = world.user(&format!("user-{n}@example.com"));
        user.connected(Provider::Google, GrantScript::stable()).await;
        user.id.to_string()
    }))
    .await
}

/// An alias for each user, as Hasura writes them.
fn query(users: &[String], selection: &str) -> String {
    let aliases = users.iter().enumerate().map(|(n, user)| {
        format!("hasura_{n}: providerConnections(userId: \"{user}\") {{ {selection} }} ")
    });
    format!("query {{ {} }}", aliases.collect::<String>())
}

on_both_databases! {
    async fn a_hundred_aliases_are_each_answered_their_own(world: World) {
        let users = users(&world).await;
        let all = "id userId provider status accessToken expiresAt refreshable connectedAt \
                   refreshedAt reauthenticationUrl lastFailure { code message at retryAt }";
        let answer = world.ask_as_service(&[("x-hasura-role", "admin")], &query(&users, all)).await;
        for (n, user) in users.iter().enumerate() {
            let list = answer.data(&format!("/hasura_{n}")).as_array().unwrap();
            assert_eq!(list.len(), 1);
            assert_eq!(list[0]["userId"], user.as_str());
            let id = user.parse().unwrap();
            let grant = world.simulator.grant_of(id, Provider::Google).unwrap();
            assert_eq!(list[0]["accessToken"], world.simulator.grant(grant).current_access_token);
        }
    }
}

on_both_databases! {
    async fn a_row_that_cannot_be_read_fails_nobody_else(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let bob = world.user("bob@example.com");
        bob.connected(Provider::Spotify, GrantScript::stable()).await;
        let sql = "UPDATE provider_connection SET state = 'unheard of' WHERE provider = 'spotify'";
        world.database.execute(sql).await;
        // Concurrent reads go into one statement.
        let asked = (0..20).map(|_| async {
            let query = "{ providerConnections { provider } }";
            tokio::join!(ada.ask(query), bob.ask(query))
        });
        for (ada, bob) in join_all(asked).await {
            assert_eq!(ada.text("/providerConnections/0/provider"), "google");
            assert_eq!(bob.code(), "INTERNAL");
        }
    }
}

/// Counts the statements that read connections, from now on: `nextval` runs once a statement.
async fn count_statements(world: &World) {
    world
        .database
        .execute(
            "CREATE SEQUENCE statements;
             ALTER TABLE provider_connection RENAME TO stored_connection;
             CREATE VIEW provider_connection AS
               WITH counted AS MATERIALIZED (SELECT nextval('statements'))
               SELECT stored_connection.* FROM stored_connection CROSS JOIN counted",
        )
        .await;
}

async fn statements(world: &World) -> i64 {
    let sql = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM statements";
    world.database.number(sql).await
}

/// Only PostgreSQL can count: SQLite's views have no side effects. The code is the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_aliases_are_one_statement_on_postgres() {
    let world = World::on(Database::postgres().await).await;
    let users = users(&world).await;
    count_statements(&world).await;
    let query = query(&users, "id userId accessToken");
    for request in 1..=20 {
        let answer = world.ask_as_service(&[], &query).await;
        assert_eq!(answer.text("/hasura_99/0/userId"), users[99]);
        assert_eq!(statements(&world).await, request, "after request {request}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aliases_that_differ_are_one_statement_on_postgres() {
    let world = World::on(Database::postgres().await).await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    ada.connected(Provider::Github, GrantScript::stable()).await;
    count_statements(&world).await;
    let query = "{ a: providerConnections { provider } \
                   b: providerConnections(providers: [github]) { provider accessToken } \
                   c: providerConnection(provider: google) { expiresAt } \
                   d: providerConnection(provider: strava) { lastFailure { code } } }";
    for request in 1..=20 {
        let answer = ada.ask(query).await;
        assert_eq!(answer.data("/a").as_array().unwrap().len(), 2);
        assert!(answer.data("/b/0/accessToken").is_string());
        assert!(answer.data("/c/expiresAt").is_string());
        assert!(answer.data("/d").is_null());
        assert_eq!(statements(&world).await, request, "after request {request}");
    }
}
