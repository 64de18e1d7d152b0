//! `status`: how an installation is, for people and for programs.

use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::Value;

use crate::{
    harness::{Binary, Cluster, DISCONNECT, Database, KEYS, Replica, on_both_empty_databases},
    secrets::Needles,
};

fn status(cluster: &Cluster, arguments: &str) -> Binary {
    let binary = cluster.binary_at_google("server").arg("status");
    arguments.split_whitespace().fold(binary, Binary::arg)
}

async fn json(cluster: &Cluster) -> Value {
    let ended = status(cluster, "--json").run().await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    serde_json::from_str(&ended.stdout).unwrap()
}

/// Every field of it, by its name alone.
fn fields(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                names.push(name.clone());
                fields(value, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, names)),
        _ => {}
    }
}

/// A connection of Ada's, one that fails, and one whose revocation waits.
async fn troubled(database: Database) -> (Cluster, Replica) {
    let cluster = Cluster::over(database).await;
    let server = Replica::start(cluster.binary_at_google("server")).await;
    cluster.connected(&server, GrantScript::rotating()).await;
    let bob = cluster.member("bob@example.com");
    cluster.simulator.sign_in(bob.id, Provider::Google, GrantScript::rotating());
    bob.connect(&server).await.data("/connectProvider/id");
    let eve = cluster.member("eve@example.com");
    cluster.simulator.sign_in(eve.id, Provider::Google, GrantScript::rotating());
    eve.connect(&server).await.data("/connectProvider/id");
    cluster.simulator.provider_outage(Provider::Google, true);
    assert_eq!(bob.refresh(&server).await.code(), "UPSTREAM_UNAVAILABLE");
    eve.ask(&server, DISCONNECT).await.unwrap().data("/disconnectProvider/id");
    (cluster, server)
}

on_both_empty_databases! {
    async fn connections_failures_and_revocations_are_counted(database: Database) {
        let (cluster, _server) = troubled(database).await;
        let report = json(&cluster).await;
        let connections = report["connections"].as_array().unwrap();
        let number = |status: &str| {
            let of = connections.iter().find(|of| of["status"] == status).unwrap();
            (of["provider"].clone(), of["number"].clone(), of["failingSince"].is_null())
        };
        assert_eq!(number("ACTIVE"), ("google".into(), 1.into(), true));
        assert_eq!(number("REFRESH_FAILING"), ("google".into(), 1.into(), false));
        let revocations = &report["revocations"];
        assert_eq!(revocations["byProvider"][0]["number"], 1);
        assert_eq!(revocations["byProvider"][0]["mostAttempts"], 1);
        assert_eq!(revocations["owedReceipts"], 0);
        let upstreams = report["upstreams"].as_array().unwrap();
        let google = upstreams.iter().find(|of| of["name"] == "google/refresh").unwrap();
        assert_eq!(google["failures"], 1);
        assert_eq!(report["leases"]["held"], 0);
        assert!(report["events"]["oldestAt"].is_string());
        assert_eq!(report["database"]["state"], "current");
    }

    async fn refreshes_that_nobody_makes_are_overdue(database: Database) {
        let (cluster, _server) = troubled(database).await;
        assert_eq!(json(&cluster).await["refreshes"]["overdue"], 0);
        let past = if cluster.database.is_sqlite() {
            "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-600 seconds')"
        } else {
            "statement_timestamp() - interval '600 seconds'"
        };
        let due = format!("UPDATE provider_connection SET refresh_due_at = {past}");
        cluster.database.execute(&due).await;
        let refreshes = &json(&cluster).await["refreshes"];
        assert_eq!((&refreshes["due"], &refreshes["overdue"]), (&2.into(), &2.into()));
        assert!(refreshes["oldestLagSeconds"].as_i64().unwrap() >= 600, "{refreshes}");
        // Nobody refreshes what takes a new sign-in.
        let ended = "UPDATE provider_connection SET state = 'reauthentication_required'";
        cluster.database.execute(ended).await;
        assert_eq!(json(&cluster).await["refreshes"]["due"], 0);
    }

    async fn keys_are_told_by_what_they_have_sealed(database: Database) {
        const NEW: &str = "new:HRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEAHx4=";
        let (cluster, _server) = troubled(database).await;
        let role = async |keys: &str, id: &str| {
            let ended = status(&cluster, "--json").env("ENCRYPTION_KEYS", keys).run().await;
            let report: Value = serde_json::from_str(&ended.stdout).unwrap();
            let mut keys = report["keys"].as_array().unwrap().clone().into_iter();
            let key = keys.find(|key| key["id"] == id).unwrap();
            (key["role"].clone(), key["sealed"].clone())
        };
        // Two tokens of each connection, and of the revocation.
        assert_eq!(role(KEYS, "spec").await, ("seals".into(), 6.into()));
        assert_eq!(role(&format!("{NEW},{KEYS}"), "spec").await, ("opens".into(), 6.into()));
        assert_eq!(role(NEW, "spec").await, ("missing".into(), 6.into()));
        let shred = "INSERT INTO provider_connection_shredded_key (key_id, shredded_at) \
                     SELECT 'gone', connected_at FROM provider_connection LIMIT 1";
        cluster.database.execute(shred).await;
        assert_eq!(role(KEYS, "gone").await, ("shredded".into(), 0.into()));
        let ended = status(&cluster, "--json --without-keys").run().await;
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert!(report["keys"].is_null(), "{report}");
    }

    async fn every_field_of_the_json_is_documented(database: Database) {
        let (cluster, _server) = troubled(database).await;
        let mut names = Vec::new();
        fields(&json(&cluster).await, &mut names);
        assert!(names.len() > 30, "{names:?}");
        let document = include_str!("../../docs/status.md");
        for name in names {
            let is_told = document.contains(&format!("`{name}`")) || document.contains(&format!("`{name}[]`"));
            assert!(is_told, "docs/status.md lacks {name}");
        }
    }

    async fn people_are_shown_the_same_and_no_secret(database: Database) {
        let (cluster, server) = troubled(database).await;
        std::fs::write(cluster.spool("server").join("a.spool"), "waits").unwrap();
        let ended = status(&cluster, "").env("RUST_LOG", "trace").run().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        for shown in ["google", "REFRESH_FAILING", "google/refresh", "spec", "refreshes overdue"] {
            assert!(ended.stdout.contains(shown), "{shown}: {}", ended.stdout);
        }
        assert!(ended.stdout.contains("spool files on this machine  1 in "), "{}", ended.stdout);
        let needles = Needles::new(&cluster.simulator.secrets());
        assert_eq!(needles.found_in(&(ended.stdout + &ended.stderr)), None);
        drop(server);
    }

    async fn a_database_without_its_tables_is_left_alone(database: Database) {
        let cluster = Cluster::over(database).await;
        let store = cluster.database.open(provider_connections::store::Now::Database).await;
        store.migrate_down(1).await.unwrap();
        store.close().await;
        let applied = "SELECT count(*) FROM provider_connection_migration";
        let before = cluster.database.number(applied).await;
        let ended = status(&cluster, "").run().await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("provider-connections migrate"), "{ended:?}");
        assert_eq!(cluster.database.number(applied).await, before);
    }
}
