//! A pooler may give each transaction another backend: no statement leaves anything behind in its
//! session.

use chrono::TimeDelta;
use nhost_auth_simulator::GrantScript;

use crate::harness::{Cluster, DISCONNECT, Database, Proxy};

/// What begins statements that a session remembers, or that a pooler can't share.
const OF_A_SESSION: [&str; 12] = [
    "SET ",
    "RESET ",
    "LISTEN",
    "UNLISTEN",
    "NOTIFY",
    "CREATE TEMP",
    "DISCARD",
    "DECLARE",
    "PREPARE",
    "DEALLOCATE",
    "LOAD",
    "LOCK",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_statement_of_a_whole_story_leaves_anything_in_its_session_postgres() {
    let mut cluster = Cluster::over(Database::postgres().await).await;
    let proxy = Proxy::to(&cluster.database.url).await;
    cluster.database_url = proxy.url(&cluster.database.url);
    let server = cluster.start("server").await;
    let script = GrantScript::rotating_with_grace(TimeDelta::hours(1));
    let ada = cluster.connected(&server, script).await;
    ada.working_token(&server).await;
    cluster.expire_tokens().await;
    ada.working_token(&server).await;
    ada.refresh(&server).await.data("/refreshProviderToken");
    let list = "{ providerConnections { id provider status expiresAt lastFailure { code } } }";
    ada.ask(&server, list).await.unwrap().data("/providerConnections/0/id");
    assert_eq!(reqwest::get(format!("{}/readyz", server.url)).await.unwrap().status(), 200);
    ada.ask(&server, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
    assert_eq!(server.stop().await.code, Some(0));

    let statements = proxy.statements();
    // The story was seen, with its transactions.
    for part in ["SELECT", "UPDATE", "INSERT", "DELETE", "CREATE TABLE", "BEGIN", "COMMIT"] {
        assert!(statements.iter().any(|sql| sql.starts_with(part)), "{part}: {statements:#?}");
    }
    for sql in statements {
        let upper = sql.to_uppercase();
        // A statement that is sent as text may hold several.
        for part in upper.split(';').map(str::trim) {
            let kept = OF_A_SESSION.iter().find(|begins| part.starts_with(**begins));
            // `SET LOCAL` ends with its transaction.
            assert!(kept.is_none() || part.starts_with("SET LOCAL"), "{sql}");
        }
        let locks =
            upper.replace("PG_ADVISORY_XACT_LOCK", "").replace("PG_TRY_ADVISORY_XACT_LOCK", "");
        assert!(!locks.contains("ADVISORY"), "{sql}");
        assert!(!locks.contains("SET_CONFIG"), "{sql}");
    }
}
