//! How operators turn it on, and see how it is doing.

use nhost_auth_simulator::{ADMIN_SECRET, GrantScript};
use serde_json::{Value, json};

use crate::{
    harness::{Binary, Cluster, Replica, on_both_empty_databases, until},
    secrets::Needles,
};

const JOB: &str = "remove_deleted_users";
const WRONG_SECRET: &str = "an-admin-secret-of-another-project";

async fn readyz(server: &Replica) -> Value {
    reqwest::get(format!("{}/readyz", server.url)).await.unwrap().json().await.unwrap()
}

/// A database with a connection of some time ago.
async fn connected(cluster: &Cluster) -> crate::harness::Member {
    let before = cluster.start("before").await;
    let ada = cluster.connected(&before, GrantScript::stable()).await;
    before.stop().await;
    cluster.an_hour_later().await;
    ada
}

async fn status(cluster: &Cluster, arguments: &str) -> String {
    let binary = cluster.binary("server").arg("status");
    let ended = arguments.split_whitespace().fold(binary, Binary::arg).run().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    ended.stdout
}

on_both_empty_databases! {
    async fn a_search_that_is_refused_is_seen_everywhere(database: Database) {
        let cluster = Cluster::over(database).await;
        let ada = connected(&cluster).await;
        let first: Value = serde_json::from_str(&status(&cluster, "--json").await).unwrap();
        assert!(first["deletedUsers"].is_null(), "{first}");
        assert!(status(&cluster, "").await.contains("not searched for"));
        cluster.simulator.delete_user(ada.id);
        let file = cluster.database.folder.path().join("secret");
        std::fs::write(&file, format!("{ADMIN_SECRET}\n")).unwrap();
        let binary = cluster
            .binary("server")
            .env("NHOST_GRAPHQL_URL", cluster.simulator.graphql_url().as_str())
            .env("NHOST_ADMIN_SECRET_FILE", file.to_str().unwrap());
        let mut server = Replica::start(binary).await;
        server.logged(&["ERROR", "none of the users who were asked about exists at", "NHOST_GRAPHQL_URL"]).await;
        until(async || readyz(&server).await["jobs"][JOB]["state"] == "failing").await;
        let report: Value = serde_json::from_str(&status(&cluster, "--json").await).unwrap();
        let deleted = &report["deletedUsers"];
        assert_eq!(deleted["refused"], "nobody_known", "{deleted}");
        assert_eq!((&deleted["missing"], &deleted["searching"]), (&json!(1), &json!(false)));
        assert!(deleted["searchedAt"].is_string(), "{deleted}");
        assert!(status(&cluster, "").await.contains("nobody was removed: nobody_known"));
        let document = include_str!("../../../docs/status.md");
        for field in ["deletedUsers", "searching", "searchedAt", "missing", "refused"] {
            assert!(document.contains(&format!("`{field}`")), "docs/status.md lacks {field}");
        }
        assert_eq!(server.stop().await.code, Some(0));
    }

    async fn a_wrong_secret_fails_the_job_and_is_never_logged(database: Database) {
        let cluster = Cluster::over(database).await;
        connected(&cluster).await;
        let binary = cluster
            .binary("server")
            .env("NHOST_GRAPHQL_URL", cluster.simulator.graphql_url().as_str())
            .env("NHOST_ADMIN_SECRET", WRONG_SECRET)
            .env("METRICS_LISTEN", "127.0.0.1:0")
            .env("RUST_LOG", "trace");
        let mut server = Replica::start(binary).await;
        server.logged(&["a job failed", JOB, "set NHOST_ADMIN_SECRET"]).await;
        until(async || readyz(&server).await["jobs"][JOB]["state"] == "failing").await;
        assert_eq!(readyz(&server).await["ready"], true);
        let needles = Needles::new(&[WRONG_SECRET.to_owned()]);
        let ended = server.stop().await;
        assert_eq!(needles.found_in(&(ended.stdout + &ended.stderr)), None);
        let rows = "SELECT COUNT(*) FROM provider_connection";
        assert_eq!(cluster.database.number(rows).await, 1);
    }

    async fn without_the_secret_nobody_is_asked(database: Database) {
        let cluster = Cluster::over(database).await;
        connected(&cluster).await;
        let graphql = cluster.simulator.graphql_url();
        let off = [("NHOST_GRAPHQL_URL", graphql.as_str()), ("DELETED_USERS_INTERVAL", "10m")];
        let zero = [("NHOST_ADMIN_SECRET", ADMIN_SECRET), ("DELETED_USERS_INTERVAL", "0")];
        for settings in [off, zero] {
            let mut binary = cluster.binary("server").env("NHOST_GRAPHQL_URL", graphql.as_str());
            for (name, value) in settings {
                binary = binary.env(name, value);
            }
            let server = Replica::start(binary).await;
            until(async || readyz(&server).await["jobs"]["prune_events"]["lastSuccess"].is_string()).await;
            assert!(readyz(&server).await["jobs"][JOB].is_null());
            server.stop().await;
        }
    }
}
