//! What is done while nobody asks is done in jobs that are apart: none holds up another, and
//! operators see how each is doing.

use std::time::Duration;

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, Fault, GrantScript, Provider};
use provider_connections::{
    clock::Clock,
    store::{DueOf, Now},
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use serde_json::{Value, json};

use crate::harness::{
    CONNECT, Cluster, DISCONNECT, Database, LIMIT, Replica, World, on_both_databases,
    on_both_empty_databases, until,
};

/// How long a token lives that is to be refreshed in time, by the machine's own clock.
const LIFE: Duration = Duration::from_secs(16);

impl Replica {
    async fn readyz(&self) -> (u16, Value) {
        let answer = reqwest::get(format!("{}/readyz", self.url)).await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn job(&self, name: &str) -> Value {
        self.readyz().await.1["jobs"][name].take()
    }
}

on_both_empty_databases! {
    async fn a_hundred_revocations_that_hang_hold_up_no_refresh_at_another_provider(database: Database) {
        let cluster = Cluster::over(database).await;
        let before = Replica::start(cluster.binary_at_google("before")).await;
        let ada = cluster.connected(&before, GrantScript::stable()).await;
        cluster.simulator.provider_outage(Provider::Google, true);
        ada.ask(&before, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
        cluster.simulator.provider_outage(Provider::Google, false);
        before.stop().await;
        cluster.database.multiply_revocations("google", 99).await;
        cluster.make_revocations_due().await;
        let hangs = Fault::Slow(Duration::from_mins(10));
        cluster.simulator.fail_always(Endpoint::ProviderRevoke, None, hangs);
        let told = cluster.simulator.calls(Endpoint::ProviderRevoke);

        let binary = cluster.binary_at_google("server").env("REFRESH_CONCURRENCY", "8");
        let server = Replica::start(binary).await;
        until(async || cluster.simulator.calls(Endpoint::ProviderRevoke) > told).await;
        let bob = cluster.member("bob@example.com");
        let script = GrantScript::rotating().lifetime(LIFE.as_secs().cast_signed());
        cluster.simulator.sign_in(bob.id, Provider::Spotify, script);
        let connect = CONNECT.replace("google", "spotify");
        bob.ask(&server, &connect).await.unwrap().data("/connectProvider/id");
        // Nobody reads it. It is refreshed in the middle of its life.
        let refreshed = until(async || {
            let refreshes = Endpoint::RefreshProviderToken;
            cluster.simulator.calls_for(refreshes, Provider::Spotify) > 0
        });
        tokio::time::timeout(LIFE, refreshed).await.expect("the token has expired");
        let waiting = "SELECT COUNT(*) FROM provider_connection_revocation";
        assert_eq!(cluster.database.number(waiting).await, 100, "they hang all the while");
        assert_eq!(server.job("refresh_ahead").await["state"], "ok");
    }

    async fn a_job_that_fails_is_seen_and_nothing_else_fails_with_it(database: Database) {
        let cluster = Cluster::over(database).await;
        let before = cluster.start("before").await;
        before.stop().await;
        let table = "provider_connection_revocation";
        cluster.database.execute(&format!("ALTER TABLE {table} RENAME TO away")).await;
        let binary = cluster.binary("server").env("METRICS_LISTEN", "127.0.0.1:0");
        let mut server = Replica::start(binary).await;
        let metrics = server.process.url_of("serving metrics").await;
        let metrics = async || {
            let metrics = reqwest::get(format!("{metrics}/metrics")).await.unwrap();
            metrics.text().await.unwrap()
        };
        until(async || server.job("revoke").await["failuresInARow"].as_u64() >= Some(2)).await;
        let (status, body) = server.readyz().await;
        // It serves: no load balancer need leave it.
        assert_eq!((status, &body["ready"]), (200, &json!(true)), "{body}");
        let revoke = &body["jobs"]["revoke"];
        assert_eq!((&revoke["state"], &revoke["lastSuccess"]), (&json!("failing"), &Value::Null));
        assert_eq!(body["jobs"]["prune_events"]["failuresInARow"], 0, "{body}");
        assert_eq!(body["jobs"]["prune_events"]["state"], "ok", "{body}");
        server.logged(&["a job failed", "revoke"]).await;
        let seen = metrics().await;
        let runs = "provider_connections_job_runs_total";
        assert!(seen.contains(&format!("{runs}{{job=\"revoke\",outcome=\"failed\"}}")), "{seen}");
        let success = "provider_connections_job_last_success_timestamp_seconds";
        assert!(!seen.contains(&format!("{success}{{job=\"revoke\"}}")), "{seen}");

        cluster.database.execute(&format!("ALTER TABLE away RENAME TO {table}")).await;
        until(async || server.job("revoke").await["state"] == "ok").await;
        assert!(server.job("revoke").await["lastSuccess"].is_string());
        let seen = metrics().await;
        assert!(seen.contains(&format!("{runs}{{job=\"revoke\",outcome=\"ok\"}} 1")), "{seen}");
        assert!(seen.contains(&format!("{success}{{job=\"revoke\"}}")), "{seen}");
        assert_eq!(server.stop().await.code, Some(0));
    }
}

/// So many connections that are due and that nobody used for 40 days, beside one that is used.
async fn idle(world: &World, provider: Provider, number: usize) {
    let ada = world.user("ada@example.com");
    ada.connected(provider, GrantScript::rotating().lifetime(86400)).await;
    world.advance(TimeDelta::days(40));
    let id = if world.database.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
    let columns = "provider, state, access_token, refresh_token, access_token_expires_at, \
                   generation, refresh_due_at, connected_at, used_at";
    let copies = format!(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {number})
         INSERT INTO provider_connection (id, user_id, {columns})
         SELECT {id}, {id}, {columns} FROM provider_connection, n"
    );
    world.database.execute(&copies).await;
    let now = world.now().to_rfc3339();
    let used = format!(
        "UPDATE provider_connection SET used_at = '{now}' WHERE user_id IN (SELECT user_id FROM \
         provider_connection LIMIT 1)"
    );
    world.database.execute(&used).await;
}

fn due_of(provider: Provider, keep_alive: Option<TimeDelta>) -> DueOf {
    let provider = provider.as_str().parse().unwrap();
    DueOf { provider, idle_after: TimeDelta::days(30), keep_alive }
}

on_both_databases! {
    async fn idle_connections_are_put_off_in_batches(world: World) {
        idle(&world, Provider::Gitlab, 3_000).await;
        let now = world.now();
        let store = world.database.open(Now::Injected(Clock::from_fn(move || now))).await;
        let of = due_of(Provider::Gitlab, None);
        for put_off in [1_000, 1_000, 1_000, 0] {
            assert_eq!(store.put_off_idle(of, true, 1_000).await.unwrap(), put_off);
        }
        let due = "SELECT COUNT(*) FROM provider_connection WHERE refresh_due_at IS NOT NULL";
        assert_eq!(world.database.number(due).await, 1, "the one that is used");
        store.close().await;
    }

    async fn those_whose_refresh_token_would_die_are_put_off_until_before_it_does(world: World) {
        idle(&world, Provider::Google, 1_200).await;
        let now = world.now();
        let store = world.database.open(Now::Injected(Clock::from_fn(move || now))).await;
        // Connected 40 days ago.
        let of = due_of(Provider::Google, Some(TimeDelta::days(100)));
        for put_off in [1_000, 200, 0] {
            assert_eq!(store.put_off_idle(of, true, 1_000).await.unwrap(), put_off);
        }
        let due = "SELECT COUNT(*) FROM provider_connection WHERE refresh_due_at";
        let day = |days| (now + TimeDelta::days(days)).to_rfc3339();
        assert_eq!(world.database.number(&format!("{due} < '{}'", day(59))).await, 1);
        assert_eq!(world.database.number(&format!("{due} < '{}'", day(61))).await, 1_201);
        // The server reads what the database has worked out.
        let row = world.server.connections.put_off_idle().await;
        assert_eq!(row.unwrap(), 0);
        store.close().await;
    }

    async fn one_run_puts_off_all_that_are_idle(world: World) {
        idle(&world, Provider::Gitlab, 3_000).await;
        let replica = world.replica_with(|config| config.refresh.pacing.concurrency = 8).await;
        assert_eq!(replica.connections.put_off_idle().await.unwrap(), 3_000);
        assert_eq!(replica.connections.put_off_idle().await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn putting_off_waits_for_no_connection_that_somebody_writes_postgres() {
    let world = World::on(Database::postgres().await).await;
    idle(&world, Provider::Gitlab, 10).await;
    let db = world.database.connect().await;
    let writer = db.begin().await.unwrap();
    writer
        .execute_unprepared("UPDATE provider_connection SET failure_count = 1 WHERE id IN (SELECT id FROM provider_connection WHERE used_at IS NULL OR used_at < '2026-02-01' LIMIT 1)")
        .await
        .unwrap();
    let now = world.now();
    let store = world.database.open(Now::Injected(Clock::from_fn(move || now))).await;
    let put_off = store.put_off_idle(due_of(Provider::Gitlab, None), true, 100);
    let put_off = tokio::time::timeout(LIMIT / 4, put_off).await.expect("it waits for the writer");
    assert_eq!(put_off.unwrap(), 9);
    writer.rollback().await.unwrap();
    store.close().await;
}
