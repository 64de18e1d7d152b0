//! `connections list|show|export|refresh|disconnect`: what operators see and do without a server, and
//! never a token.

use std::collections::HashSet;

use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use provider_connections::clock::Clock;
use serde_json::Value;

use crate::{
    harness::{
        Binary, Cluster, Database, Ended, Member, Replica, on_both_empty_databases, simulator,
    },
    revoke_many::{command, lines},
    secrets::Needles,
};

/// Ada, who has connected Google, and the server that did it.
async fn connected(database: Database) -> (Cluster, Replica, Member) {
    let cluster = Cluster::over(database).await;
    let server = Replica::start(cluster.binary_at_google("server")).await;
    let ada = cluster.connected(&server, GrantScript::rotating()).await;
    (cluster, server, ada)
}

/// `connections` with these arguments, to its end.
async fn run(cluster: &Cluster, arguments: &str) -> Ended {
    command(cluster.binary_at_google("operator"), arguments).run().await
}

/// The same, which goes well and prints lines of JSON.
async fn json(cluster: &Cluster, arguments: &str) -> Vec<Value> {
    let ended = run(cluster, arguments).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{arguments}: {ended:?}");
    lines(&ended.stdout)
}

/// Adds so many connections like the one that there is, of other users.
async fn multiply(database: &Database, by: usize) {
    let id = if database.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
    let columns = "provider, state, access_token, refresh_token, access_token_expires_at, generation, \
                   connected_at";
    database
        .execute(&format!(
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {by})
             INSERT INTO provider_connection (id, user_id, {columns})
             SELECT {id}, {id}, {columns} FROM provider_connection, n"
        ))
        .await;
}

on_both_empty_databases! {
    async fn list_prints_connections_by_provider_user_and_status(database: Database) {
        let (cluster, server, ada) = connected(database).await;
        let all = json(&cluster, "list --json").await;
        assert_eq!(all.len(), 1);
        assert_eq!(all[0]["userId"], ada.id.to_string());
        assert_eq!((&all[0]["provider"], &all[0]["status"]), (&"google".into(), &"ACTIVE".into()));
        assert!(all[0]["lastFailure"].is_null() && all[0]["refreshable"] == true, "{all:?}");
        for (arguments, number) in [
            ("--provider google", 1),
            ("--provider github", 0),
            (&format!("--user {}", ada.id), 1),
            ("--user 00000000-0000-0000-0000-000000000000", 0),
            ("--status active", 1),
            ("--status REFRESH_FAILING", 0),
            ("--status REAUTHENTICATION_REQUIRED", 0),
        ] {
            assert_eq!(json(&cluster, &format!("list --json {arguments}")).await.len(), number, "{arguments}");
        }
        // What can't be renewed takes a new sign-in, as the API says of it.
        cluster.database.execute("UPDATE provider_connection SET refresh_token = NULL").await;
        cluster.expire_tokens().await;
        let listed = json(&cluster, "list --json --status REAUTHENTICATION_REQUIRED").await;
        assert_eq!(listed[0]["status"], "REAUTHENTICATION_REQUIRED");
        assert!(json(&cluster, "list --json --status ACTIVE").await.is_empty());
        let query = "{ providerConnection(provider: google) { status } }";
        let answer = ada.ask(&server, query).await.unwrap();
        assert_eq!(answer.text("/providerConnection/status"), "REAUTHENTICATION_REQUIRED");
        let table = run(&cluster, "list").await;
        assert!(table.stdout.starts_with("ID  "), "{table:?}");
        assert!(table.stdout.contains(&ada.id.to_string()), "{table:?}");
    }

    async fn every_connection_is_exported_once_however_many_there_are(database: Database) {
        let (cluster, _server, _) = connected(database).await;
        // Two pages and a little more.
        multiply(&cluster.database, 1_050).await;
        let exported = json(&cluster, "export").await;
        let ids: HashSet<_> = exported.iter().map(|of| of["id"].to_string()).collect();
        assert_eq!((exported.len(), ids.len()), (1_051, 1_051));
        let listed = run(&cluster, "list --json").await;
        assert_eq!(lines(&listed.stdout).len(), 100);
        assert!(listed.stderr.contains("There are more"), "{listed:?}");
        assert_eq!(json(&cluster, "list --json --all").await.len(), 1_051);
        let exact = run(&cluster, "list --json --limit 1051").await;
        assert_eq!((lines(&exact.stdout).len(), exact.stderr.as_str()), (1_051, ""));
    }

    async fn show_has_the_connection_and_what_happened_to_it(database: Database) {
        let (cluster, server, ada) = connected(database).await;
        ada.refresh(&server).await.data("/refreshProviderToken/accessToken");
        let which = format!("show --user {} --provider google", ada.id);
        let ended = run(&cluster, &format!("{which} --json")).await;
        let shown: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!((&shown["status"], &shown["userId"]), (&"ACTIVE".into(), &ada.id.to_string().into()));
        let kinds: Vec<_> = shown["events"].as_array().unwrap().iter().map(|of| of["kind"].clone()).collect();
        assert!(kinds.contains(&"CONNECTED".into()) && kinds.contains(&"ROTATED".into()), "{kinds:?}");
        let by_id = run(&cluster, &format!("show --json --id {}", shown["id"].as_str().unwrap())).await;
        let by_id: Value = serde_json::from_str(&by_id.stdout).unwrap();
        assert_eq!(by_id["id"], shown["id"]);
        let lines = run(&cluster, &which).await;
        assert!(lines.stdout.contains("CONNECTED") && lines.stdout.contains("ACTIVE"), "{lines:?}");
        let nobody = run(&cluster, "show --id 00000000-0000-0000-0000-000000000000").await;
        assert_eq!(nobody.code, Some(1), "{nobody:?}");
        assert!(nobody.stderr.contains("connections list"), "{nobody:?}");
        let half = run(&cluster, &format!("show --user {}", ada.id)).await;
        assert_eq!(half.code, Some(2), "{half:?}");
    }

    async fn refresh_renews_the_token_that_servers_answer(database: Database) {
        let (cluster, server, ada) = connected(database).await;
        let before = ada.working_token(&server).await;
        let ended = run(&cluster, &format!("refresh --user {} --provider google", ada.id)).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_ne!(ada.working_token(&server).await, before);
        assert_eq!(cluster.simulator.calls(Endpoint::ProviderToken), 1);
        let event = "SELECT COUNT(*) FROM provider_connection_event WHERE kind = 'rotated' AND actor = 'service'";
        assert_eq!(cluster.database.number(event).await, 1);
    }

    async fn a_refresh_that_fails_says_why(database: Database) {
        let (cluster, _server, ada) = connected(database).await;
        cluster.simulator.revoke(cluster.simulator.grant_of(ada.id, Provider::Google).unwrap());
        let ended = run(&cluster, &format!("refresh --user {} --provider google", ada.id)).await;
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
        assert!(ended.stderr.contains("Sign in with Google again"), "{ended:?}");
    }

    async fn disconnect_asks_and_ends_the_grant(database: Database) {
        let (cluster, server, ada) = connected(database).await;
        let grant = cluster.simulator.grant_of(ada.id, Provider::Google).unwrap();
        let disconnect = format!("disconnect --user {} --provider google", ada.id);
        let ended = run(&cluster, &disconnect).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("Add --yes"), "{ended:?}");
        assert!(cluster.simulator.grant(grant).alive);
        let ended = run(&cluster, &format!("{disconnect} --yes")).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stdout.contains("Google revoked its grant"), "{ended:?}");
        assert!(!cluster.simulator.grant(grant).alive);
        assert!(ada.read(&server).await.data("/providerConnection").is_null());
    }

    async fn no_command_prints_a_token(database: Database) {
        let (cluster, server, ada) = connected(database).await;
        ada.working_token(&server).await;
        let mut printed = String::new();
        let which = format!("--user {} --provider google", ada.id);
        for arguments in [
            "list --all".to_owned(),
            "list --json".to_owned(),
            "export".to_owned(),
            format!("show {which}"),
            format!("show {which} --json"),
            format!("refresh {which}"),
            format!("disconnect {which} --yes"),
        ] {
            let binary = command(cluster.binary_at_google("operator"), &arguments);
            let ended = binary.env("RUST_LOG", "trace").run().await;
            assert_eq!(ended.code, Some(0), "{arguments}: {ended:?}");
            printed += &(ended.stdout + &ended.stderr);
        }
        let needles = Needles::new(&cluster.simulator.secrets());
        assert_eq!(needles.found_in(&printed), None);
        let planted = format!("{printed}{}", cluster.simulator.secrets()[0]);
        assert!(needles.found_in(&planted).is_some());
    }

    async fn the_commands_of_the_runbook_are_real(database: Database) {
        let (cluster, _server, ada) = connected(database).await;
        let document = include_str!("../../docs/incident.md");
        let commands: Vec<_> =
            document.lines().filter(|line| line.starts_with("provider-connections ")).collect();
        assert!(commands.len() >= 7, "{commands:?}");
        let at = |time: chrono::DateTime<chrono::Utc>| {
            time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        };
        let now = Clock::system().now();
        let (now, later) = (at(now), at(now + chrono::TimeDelta::minutes(1)));
        let receipts = cluster.database.folder.path().join("receipts.jsonl");
        // First those that only look: what is revoked is shown no more.
        let (change, look): (Vec<&str>, Vec<&str>) =
            commands.into_iter().partition(|command| command.contains("--yes"));
        for line in look.into_iter().chain(change) {
            let line = line.replace("$USER_ID", &ada.id.to_string());
            let line = line.replace("$T2", &later).replace("$T", &now);
            let line = line.replace("receipts.jsonl", receipts.to_str().unwrap());
            // The key that everything was sealed with is the older one.
            let keys = format!("new:HRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEAHx4=,{}", crate::harness::KEYS);
            let line = line.replace("--shred old", "--shred spec");
            let binary = cluster.binary_at_google("operator").env("ENCRYPTION_KEYS", &keys);
            let ended = line.split_whitespace().skip(1).fold(binary, Binary::arg).run().await;
            assert_eq!(ended.code, Some(0), "{line}: {ended:?}");
        }
        let written = std::fs::read_to_string(&receipts).unwrap();
        assert!(written.contains("\"result\":\"revoked\",\"final\":true"), "{written}");
    }

    async fn a_database_of_another_version_is_left_as_it_is(database: Database) {
        let cluster = Cluster::over(database).await;
        let store = cluster.database.open(provider_connections::store::Now::Database).await;
        store.migrate_down(1).await.unwrap();
        store.close().await;
        let applied = "SELECT count(*) FROM provider_connection_migration";
        let before = cluster.database.number(applied).await;
        for arguments in ["list", "export", "revoke --all-providers --dry-run"] {
            let ended = run(&cluster, arguments).await;
            assert_eq!(ended.code, Some(1), "{arguments}: {ended:?}");
            assert!(ended.stderr.contains("provider-connections migrate"), "{ended:?}");
        }
        assert_eq!(cluster.database.number(applied).await, before);
    }
}

#[tokio::test]
async fn no_database_is_made_where_there_is_none() {
    let (simulator, database) = (simulator().await, Database::sqlite());
    let ended = command(Binary::serve(&simulator, &database.url), "list").run().await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("no database exists"), "{ended:?}");
    assert_eq!(std::fs::read_dir(database.folder.path()).unwrap().count(), 0);
}
