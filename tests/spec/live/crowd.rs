//! Many who listen and hear nothing cost little.

use crate::harness::{Cluster, Database, Replica, Socket};

const CROWD: usize = 1_000;
/// KiB for all of them.
const BOUND: u64 = 50 * 1024;

/// Open files that so many sockets need on this side.
fn may_open(files: usize) -> bool {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let soft = line.split_whitespace().nth(3).unwrap();
    soft == "unlimited" || soft.parse::<usize>().unwrap() >= files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_idle_subscribers_cost_under_50_mb_and_one_connection_to_the_database_postgres()
{
    assert!(may_open(CROWD + 200), "raise the limit of open files: ulimit -n 4096");
    let cluster = Cluster::over(Database::postgres().await).await;
    let role = cluster.database.role("").await;
    let binary = cluster.binary("one").env("DATABASE_URL", &role.url);
    let server = Replica::start(binary.env("DATABASE_MAX_CONNECTIONS", "3")).await;
    let first = cluster.member("first@example.com");
    // What is made once is there before it is measured.
    let mut sockets = vec![Socket::subscribed(&server.url, first.jwt()).await];
    let before = server.process.resident();
    for number in 0..CROWD {
        let user = cluster.simulator.add_user(&format!("{number}@example.com"));
        sockets.push(Socket::subscribed(&server.url, &cluster.simulator.jwt(user)).await);
    }
    let grown = server.process.resident().saturating_sub(before);
    assert!(grown < BOUND, "{grown} KiB");
    let connections =
        format!("SELECT COUNT(*) FROM pg_stat_activity WHERE usename = '{}'", role.name);
    // The pool's, and one to listen on.
    assert!(cluster.database.number(&connections).await <= 3 + 1);
    drop(sockets);
}
