//! A server starts with the keys that its database needs, or says which one is missing or another one
//! than before, and what to do. It overwrites nothing.

use nhost_auth_simulator::GrantScript;
use serde_json::Value;

use crate::harness::{
    Binary, Cluster, Database, Ended, KEYS, Process, Replica, on_both_empty_databases, until,
};

const OTHER: &str = "other:HxweHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=";
/// Another key by the name of the one of every test server.
const REPLACED: &str = "spec:HxweHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=";

fn server(cluster: &Cluster, keys: &str) -> Binary {
    cluster.binary("server").env("ENCRYPTION_KEYS", keys)
}

/// Starts, serves and stops.
async fn starts(cluster: &Cluster, keys: &str) {
    Replica::start(server(cluster, keys)).await.stop().await;
}

/// Ends at once, and says all of this.
async fn is_refused(cluster: &Cluster, keys: &str, words: &[&str]) {
    let ended = server(cluster, keys).run().await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for word in words {
        assert!(ended.stderr.contains(word), "{word}: {ended:?}");
    }
}

/// `provider-connections keys …` over the database.
pub fn keys_command(database: &Database, arguments: &str, keys: &str) -> Binary {
    Binary::new(&format!("keys {arguments}"))
        .env("DATABASE_URL", &database.url)
        .env("ENCRYPTION_KEYS", keys)
        .env("SPOOL_DIR", database.folder.path().join("server").to_str().unwrap())
}

/// What `keys check --json` reports, and its exit status.
pub async fn checked(database: &Database, keys: &str) -> (Option<i32>, Value) {
    let ended = keys_command(database, "check --json", keys).run().await;
    (ended.code, serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}")))
}

/// All that stands in the key table, and how many values are stored.
async fn everything(database: &Database) -> Vec<i64> {
    let mut all = Vec::new();
    for sql in [
        "SELECT count(*) FROM provider_connection_key",
        "SELECT count(*) FROM provider_connection_key WHERE first_sealed_at IS NOT NULL",
        "SELECT count(*) FROM provider_connection_key WHERE retired_at IS NOT NULL",
        "SELECT count(*) FROM provider_connection WHERE access_token IS NOT NULL",
        "SELECT count(*) FROM provider_connection_event",
    ] {
        all.push(database.number(sql).await);
    }
    all
}

/// A database with a user's tokens, sealed with `KEYS`, and no server.
async fn sealed(database: Database) -> Cluster {
    let cluster = Cluster::over(database).await;
    let replica = Replica::start(server(&cluster, KEYS)).await;
    cluster.connected(&replica, GrantScript::stable()).await;
    replica.stop().await;
    cluster
}

on_both_empty_databases! {
    async fn a_key_that_was_used_before_is_taken_again_and_so_is_a_new_one_in_front(database: Database) {
        let cluster = sealed(database).await;
        starts(&cluster, KEYS).await;
        starts(&cluster, &format!("{OTHER},{KEYS}")).await;
        starts(&cluster, &format!("{KEYS},{OTHER}")).await;
    }

    async fn another_key_under_a_known_id_is_named_and_nothing_is_overwritten(database: Database) {
        let cluster = sealed(database).await;
        let before = everything(&cluster.database).await;
        let words = ["the key spec in ENCRYPTION_KEYS is not the key", "Put the original key back"];
        is_refused(&cluster, REPLACED, &words).await;
        is_refused(&cluster, &format!("{OTHER},{REPLACED}"), &words).await;
        assert_eq!(everything(&cluster.database).await, before);
        starts(&cluster, KEYS).await;
    }

    async fn a_database_that_was_restored_without_its_key_is_refused_and_nothing_is_overwritten(database: Database) {
        let cluster = sealed(database).await;
        let before = everything(&cluster.database).await;
        let words = ["the key spec", "missing from ENCRYPTION_KEYS", "keys retire spec --lost"];
        is_refused(&cluster, OTHER, &words).await;
        assert_eq!(everything(&cluster.database).await, before);
        starts(&cluster, &format!("{OTHER},{KEYS}")).await;
    }

    async fn a_key_that_only_stood_behind_the_first_may_go(database: Database) {
        let cluster = sealed(database).await;
        starts(&cluster, &format!("{KEYS},{OTHER}")).await;
        starts(&cluster, KEYS).await;
        // But it stays the key of its id.
        let other = OTHER.replace("Hxwe", "AAAA");
        is_refused(&cluster, &format!("{KEYS},{other}"), &["the key other"]).await;
    }

    async fn a_database_from_before_check_values_is_asked_by_opening_what_it_has(database: Database) {
        let cluster = sealed(database).await;
        let forget = "DELETE FROM provider_connection_key";
        cluster.database.execute(forget).await;
        is_refused(&cluster, REPLACED, &["the key spec in ENCRYPTION_KEYS is not the key"]).await;
        is_refused(&cluster, OTHER, &["the key spec", "missing from ENCRYPTION_KEYS"]).await;
        assert_eq!(everything(&cluster.database).await[0], 0, "nothing was written");
        // Behind another key it is known as one that has sealed.
        starts(&cluster, &format!("{OTHER},{KEYS}")).await;
        assert_eq!(everything(&cluster.database).await[..3], [2, 2, 0]);
        is_refused(&cluster, OTHER, &["the key spec"]).await;
    }

    async fn of_two_first_starts_with_different_keys_one_is_taken_and_the_other_is_told(database: Database) {
        let cluster = Cluster::over(database).await;
        for (one, other) in [(KEYS, REPLACED), (KEYS, OTHER)] {
            if !everything_is_new(&cluster).await {
                cluster.database.execute("DELETE FROM provider_connection_key").await;
            }
            let mut processes = [server(&cluster, one).start(), server(&cluster, other).start()];
            until(async || processes.iter().any(Process::has_ended)).await;
            let lost = usize::from(processes[1].has_ended());
            processes[1 - lost].url().await;
            let [first, second] = processes;
            let loser = if lost == 0 { first } else { second };
            let Ended { code, stderr, .. } = loser.end().await;
            assert_eq!(code, Some(1), "{stderr}");
            assert!(stderr.contains("the key "), "{stderr}");
        }
    }

    async fn a_key_that_is_needed_is_retired_only_as_lost_and_opens_again_when_it_is_back(database: Database) {
        let cluster = sealed(database).await;
        let refused = keys_command(&cluster.database, "retire spec", OTHER).run().await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("2 stored values are encrypted with the key spec"), "{refused:?}");
        is_refused(&cluster, OTHER, &["keys retire spec --lost"]).await;
        let retired = keys_command(&cluster.database, "retire spec --lost", OTHER).run().await;
        assert!(retired.stdout.contains("2 stored values can't be decrypted without it"), "{retired:?}");
        starts(&cluster, OTHER).await;
        starts(&cluster, &format!("{OTHER},{KEYS}")).await;
        let (code, report) = checked(&cluster.database, &format!("{OTHER},{KEYS}")).await;
        assert_eq!((code, &report["keys"][1]["values"]), (Some(1), &2.into()), "{report:#}");
        let problem = report["keys"][1]["problem"].as_str().unwrap();
        assert!(problem.contains("the key spec is retired, but 2 values need it"), "{problem}");
        let both = format!("{OTHER},{KEYS}");
        let rotated = keys_command(&cluster.database, "rotate", &both).run().await;
        assert_eq!(rotated.code, Some(0), "{rotated:?}");
        assert_eq!(checked(&cluster.database, &both).await.0, Some(0));
    }

    async fn a_server_that_seals_with_a_retired_key_registers_it_again(database: Database) {
        let cluster = Cluster::over(database).await;
        let idle = Replica::start(server(&cluster, KEYS)).await;
        cluster.connected(&idle, GrantScript::stable()).await;
        let both = format!("{OTHER},{KEYS}");
        let rotate = || keys_command(&cluster.database, "rotate", &both).run();
        let ended = rotate().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(everything(&cluster.database).await[2], 1);
        // Whoever looks after it finds that it may seal with that key at any time.
        let readiness = async || -> Value {
            reqwest::get(format!("{}/readyz", idle.url)).await.unwrap().json().await.unwrap()
        };
        let is_told = "the key spec encrypts here, but is retired";
        until(async || {
            readiness().await["encryptionKeys"].as_str().unwrap().contains(is_told)
        })
        .await;
        assert_eq!(everything(&cluster.database).await[2], 0);
        let log = idle.stop().await.stderr;
        assert!(log.contains("encrypts with a retired key: the key is registered again"), "{log}");
        is_refused(&cluster, OTHER, &["the key spec", "missing from ENCRYPTION_KEYS"]).await;
        let ended = rotate().await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        starts(&cluster, OTHER).await;
    }

    async fn a_shredded_key_seals_in_no_rotation_and_is_never_missing(database: Database) {
        let cluster = sealed(database).await;
        let shred = "INSERT INTO provider_connection_shredded_key (key_id, shredded_at) \
                     SELECT 'spec', connected_at FROM provider_connection LIMIT 1";
        cluster.database.execute(shred).await;
        let before = everything(&cluster.database).await;
        let words = "the first key in ENCRYPTION_KEYS, spec, was shredded";
        let ring = format!("{KEYS},{OTHER}");
        let ended = keys_command(&cluster.database, "rotate", &ring).run().await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains(words), "{ended:?}");
        is_refused(&cluster, KEYS, &[words]).await;
        let (code, report) = checked(&cluster.database, KEYS).await;
        assert_eq!(code, Some(1), "{report:#}");
        assert!(report["keys"][0]["problem"].as_str().unwrap().contains(words), "{report:#}");
        assert_eq!(everything(&cluster.database).await, before);
        starts(&cluster, OTHER).await;
        let (code, report) = checked(&cluster.database, OTHER).await;
        assert_eq!(code, Some(0), "{report:#}");
    }

    async fn a_running_server_that_lacks_a_key_by_which_another_seals_stays_ready_and_names_it(database: Database) {
        let cluster = Cluster::over(database).await;
        let old = Replica::start(server(&cluster, KEYS)).await;
        let readiness = async || -> Value {
            reqwest::get(format!("{}/readyz", old.url)).await.unwrap().json().await.unwrap()
        };
        // It stands behind: nobody seals with it yet.
        let behind = cluster.binary("behind").env("ENCRYPTION_KEYS", &format!("{KEYS},{OTHER}"));
        Replica::start(behind).await.stop().await;
        assert_eq!(readiness().await["encryptionKeys"], "ok");
        let new = cluster.binary("new").env("ENCRYPTION_KEYS", &format!("{OTHER},{KEYS}"));
        let new = Replica::start(new).await;
        let missing = "the key other is missing from ENCRYPTION_KEYS";
        until(async || readiness().await["encryptionKeys"] == missing).await;
        // The others would have to take its requests, too.
        for url in [&old.url, &new.url] {
            assert_eq!(reqwest::get(format!("{url}/readyz")).await.unwrap().status(), 200);
        }
        assert_eq!(readiness().await["ready"], true);
        let log = old.stop().await.stderr;
        let told = "the key other, which tokens in this database are encrypted with, is missing";
        assert!(log.contains(told) && !log.contains("not ready"), "{log}");
        is_refused(&cluster, KEYS, &[told]).await;
    }

    async fn keys_check_says_of_each_key_how_many_values_need_it_and_whether_it_fits(database: Database) {
        let cluster = sealed(database).await;
        let database = &cluster.database;
        let of = |report: &Value, id: &str| {
            let keys = report["keys"].as_array().unwrap();
            let key = keys.iter().find(|key| key["id"] == id).unwrap().clone();
            (key["ring"].as_str().unwrap().to_owned(), key["values"].as_i64().unwrap(),
             key["checkValue"].as_str().unwrap().to_owned(), key["problem"].clone())
        };
        let (code, report) = checked(database, &format!("{KEYS},{OTHER}")).await;
        assert_eq!((code, &report["ok"]), (Some(0), &true.into()), "{report:#}");
        assert_eq!(of(&report, "spec"), ("seals".into(), 2, "fits".into(), Value::Null));
        assert_eq!(of(&report, "other"), ("opens".into(), 0, "unknown".into(), Value::Null));

        let (code, report) = checked(database, OTHER).await;
        assert_eq!((code, &report["ok"]), (Some(1), &false.into()), "{report:#}");
        let (ring, values, _, problem) = of(&report, "spec");
        assert_eq!((ring.as_str(), values), ("missing", 2));
        assert!(problem.as_str().unwrap().contains("missing from ENCRYPTION_KEYS"), "{problem}");

        let (code, report) = checked(database, REPLACED).await;
        assert_eq!((code, of(&report, "spec").2.as_str()), (Some(1), "differs"));

        let table = keys_command(database, "check", KEYS).run().await;
        assert_eq!(table.code, Some(0), "{table:?}");
        let words: Vec<_> = table.stdout.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(words, ["spec", "seals", "2", "fits"]);
        let table = keys_command(database, "check", OTHER).run().await;
        assert_eq!(table.code, Some(1), "{table:?}");
        assert!(table.stdout.contains("error: the key spec"), "{table:?}");
        // It wrote nothing, not even the key that it was given.
        assert_eq!(everything(database).await[0], 1);
    }

    async fn no_key_command_shows_a_key(database: Database) {
        let cluster = sealed(database).await;
        for arguments in ["check", "check --json", "rotate", "rotate --dry-run", "retire other"] {
            let ring = format!("{OTHER},{KEYS}");
            let ended = keys_command(&cluster.database, arguments, &ring).run().await;
            assert!(ended.code.is_some(), "{ended:?}");
            for key in [OTHER, KEYS].map(|entry| entry.split_once(':').unwrap().1) {
                assert!(!ended.stdout.contains(key) && !ended.stderr.contains(key), "{ended:?}");
            }
        }
    }
}

async fn everything_is_new(cluster: &Cluster) -> bool {
    let tables = if cluster.database.is_sqlite() {
        "SELECT count(*) FROM sqlite_master WHERE name = 'provider_connection_key'"
    } else {
        "SELECT count(to_regclass('provider_connection_key'))"
    };
    cluster.database.number(tables).await == 0
}
