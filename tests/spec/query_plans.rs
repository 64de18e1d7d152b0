//! However many connections there are, a statement reads those it is about: PostgreSQL's own plans
//! for a large database, as `auto_explain` reports them.

use std::collections::BTreeSet;

use nhost_auth_simulator::{ADMIN_SECRET, GrantScript, Provider};
use serde_json::Value;

use crate::harness::{Cluster, DISCONNECT, Database, Member, Replica, until};

/// The number of other users, each with three connections and some history.
const OTHERS: u32 = 30_000;

/// The size from which a table must not be read as a whole. What is small stays small: health of
/// providers, keys, the schema.
const LARGE: f64 = 5_000.0;

/// PostgreSQL says how it runs each statement, to the client that has sent it.
const EXPLAIN: [&str; 4] = [
    "session_preload_libraries=auto_explain",
    "auto_explain.log_min_duration=0",
    "auto_explain.log_level=notice",
    "auto_explain.log_format=json",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_of_a_server_reads_or_sorts_what_is_not_its_own_postgres() {
    let mut cluster = Cluster::over(Database::postgres().await).await;
    let server = cluster.start("server").await;
    let ada = cluster.connected(&server, GrantScript::rotating()).await;
    assert_eq!(server.stop().await.code, Some(0));
    fill(&cluster.database).await;
    let options = EXPLAIN.map(|setting| format!("%20-c%20{setting}")).concat();
    cluster.database_url.push_str(&options);

    for account_lookup in ["on", "off"] {
        let binary = cluster
            .binary("server")
            .env("ACCOUNT_LOOKUP", account_lookup)
            .env("REFRESH_CONCURRENCY", "4")
            // Nobody knows the others there, so none of them is removed.
            .env("NHOST_GRAPHQL_URL", cluster.simulator.graphql_url().as_str())
            .env("NHOST_ADMIN_SECRET", ADMIN_SECRET)
            .env("RUST_LOG", "info,sqlx::postgres::notice=info");
        let log = story(&cluster, Replica::start(binary).await, &ada).await;
        let plans: Vec<Value> = log.lines().filter_map(plan).collect();
        let of_refresh = ["WITH \"written\"", "EXISTS(SELECT \"name\""];
        for part in
            ["SELECT", "UPDATE", "INSERT", "DELETE", "SKIP LOCKED"].into_iter().chain(of_refresh)
        {
            let seen = plans.iter().any(|plan| plan["Query Text"].as_str().unwrap().contains(part));
            assert!(seen, "no {part} was explained: {log}");
        }
        let costly: BTreeSet<_> = plans
            .iter()
            .filter_map(|plan| Some(format!("{}: {}", costly(&plan["Plan"])?, plan["Query Text"])))
            .collect();
        assert!(costly.is_empty(), "{costly:#?}");
    }
}

/// All that a server does for a user, while its jobs do what they do. Returns its log.
async fn story(cluster: &Cluster, server: Replica, ada: &Member) -> String {
    let of_ada = |sql: &str| format!("{sql} WHERE user_id = '{}'", ada.id);
    let make_old = async |column: &str| {
        let set =
            format!("UPDATE provider_connection SET {column} = now() - interval '61 seconds'");
        cluster.database.execute(&of_ada(&set)).await;
    };
    cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::rotating());
    make_old("connected_at").await;
    ada.connect(&server).await.data("/connectProvider/id");
    ada.read(&server).await.text("/providerConnection/accessToken");
    let list = "{ providerConnections { id scopes account { email } events { kind } } }";
    ada.ask(&server, list).await.unwrap().data("/providerConnections/0/id");
    ada.refresh(&server).await.data("/refreshProviderToken");
    // The second knows how the upstreams are.
    make_old("refreshed_at").await;
    ada.refresh(&server).await.data("/refreshProviderToken");
    // One more refresh, by the worker.
    let generation = of_ada("SELECT generation FROM provider_connection");
    let before = cluster.database.number(&generation).await;
    make_old("refresh_due_at").await;
    until(async || cluster.database.number(&generation).await > before).await;
    ada.ask(&server, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
    let ended = server.stop().await;
    assert_eq!(ended.code, Some(0));
    ended.stderr
}

/// Adds other users' connections, due later, and their events.
async fn fill(database: &Database) {
    database
        .execute(&format!(
            "INSERT INTO provider_connection (id, user_id, provider, state, access_token, refresh_token,
                 access_token_expires_at, generation, connected_at, refresh_due_at, used_at,
                 end_look_at, account_digest, profile_connected_at)
             SELECT gen_random_uuid(), users.id, provider, 'active', '\\x00', '\\x00',
                 now() + interval '1 day', 1, now() - interval '1 day', now() + interval '1 day' * random(), now(),
                 now() + interval '7 days', decode(md5(users.id::text || provider), 'hex'), now() - interval '1 day'
             FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, {OTHERS})) AS users,
                 unnest(ARRAY['google', 'github', 'spotify']) AS provider;
             INSERT INTO provider_connection_event (connection_id, user_id, provider, kind, actor, at)
             SELECT id, user_id, provider, 'refreshed', 'worker', now() - interval '1 day' * random()
             FROM provider_connection, generate_series(1, 3);
             ANALYZE provider_connection; ANALYZE provider_connection_event;"
        ))
        .await;
}

/// What a line of the log says of a statement's plan, if it does.
fn plan(line: &str) -> Option<Value> {
    let line: Value = serde_json::from_str(line).ok()?;
    let message = line["message"].as_str()?;
    serde_json::from_str(message.split_once("plan:\n")?.1).ok()
}

/// The first step that reads or sorts many rows.
fn costly(step: &Value) -> Option<String> {
    let rows = step["Plan Rows"].as_f64().unwrap_or(0.0);
    let kind = step["Node Type"].as_str().unwrap_or_default();
    // What a scan of a whole table reads is more than what it answers.
    let reads_all = kind == "Seq Scan" && step["Total Cost"].as_f64() > Some(LARGE / 10.0);
    if reads_all || (kind.contains("Sort") && rows > LARGE) {
        return Some(format!(
            "{kind} {} {rows} rows, cost {}",
            step["Relation Name"], step["Total Cost"]
        ));
    }
    step["Plans"].as_array().into_iter().flatten().find_map(costly)
}
