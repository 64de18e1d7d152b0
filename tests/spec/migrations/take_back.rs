//! `migrate --down` says what goes with the migrations that it takes back, and drops nothing that
//! nobody has agreed to; connections only by their number.

use std::{
    collections::BTreeSet,
    io::Write,
    process::{Command, Stdio},
};

use nhost_auth_simulator::GrantScript;

use super::all;
use crate::harness::{Binary, Cluster, Database, Ended, on_both_empty_databases};

async fn migrate(database: &Database, arguments: &str) -> Ended {
    Binary::new(&format!("migrate {arguments}")).env("DATABASE_URL", &database.url).run().await
}

async fn applied(database: &Database) -> usize {
    let count = database.number("SELECT count(*) FROM provider_connection_migration").await;
    usize::try_from(count).unwrap()
}

on_both_empty_databases! {
    async fn what_it_says_is_lost_is_what_is_lost(database: Database) {
        let store = database.store().await;
        store.migrate().await.unwrap();
        for _ in all() {
            let before = database.schema().await;
            let plan = store.plan_take_back(1).await.unwrap();
            store.take_back(&plan).await.unwrap();
            let after = database.schema().await;
            let mut lost = BTreeSet::new();
            for (table, columns) in &before.tables {
                let Some(left) = after.tables.get(table) else {
                    lost.insert(format!("table {table} "));
                    continue;
                };
                let gone = columns.keys().filter(|name| !left.contains_key(*name));
                lost.extend(gone.map(|name| format!("column {name} of {table} ")));
            }
            let said: Vec<_> = plan.losses.iter().map(ToString::to_string).collect();
            let drops: BTreeSet<_> = said
                .iter()
                .filter(|loss| !loss.starts_with("rows "))
                .map(|loss| loss.split('(').next().unwrap().to_owned())
                .collect();
            assert_eq!(drops, lost, "{plan:?}");
        }
        store.close().await;
    }

    async fn rows_and_connections_are_counted_and_nothing_goes_without_yes(database: Database) {
        let cluster = Cluster::over(database).await;
        let server = cluster.start("server").await;
        let ada = cluster.connected(&server, GrantScript::stable()).await;
        let grant = "mutation { grantProviderAccess(clientId: \"agent\", provider: google) { clientId } }";
        ada.ask(&server, grant).await.unwrap().data("/grantProviderAccess");
        server.stop().await;
        let down = format!("--down {}", all().len());
        let refused = migrate(&cluster.database, &down).await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        for line in [
            "  m20261125_000009_access_grant\n",
            "  table provider_connection (1 rows)\n",
            "  table provider_connection_access_grant (1 rows)\n",
        ] {
            assert!(refused.stdout.contains(line), "{line}: {refused:?}");
        }
        assert!(refused.stderr.contains("nothing was changed: this would drop 1 connections"));
        assert!(refused.stderr.contains("add --yes --drop-connections 1"), "{refused:?}");
        for agreed in ["--yes", "--yes --drop-connections 2"] {
            let again = migrate(&cluster.database, &format!("{down} {agreed}")).await;
            let wanted = "nothing was changed: this would drop 1 connections";
            assert!(again.code == Some(1) && again.stderr.contains(wanted), "{agreed}: {again:?}");
        }
        assert_eq!(applied(&cluster.database).await, all().len());
        let server = cluster.start("server").await;
        ada.working_token(&server).await;
        server.stop().await;
        let agreed = format!("{down} --yes --drop-connections 1");
        let done = migrate(&cluster.database, &agreed).await;
        assert_eq!(done.code, Some(0), "{done:?}");
        assert!(done.stdout.ends_with(&format!("Reverted {} migrations.\n", all().len())));
        assert_eq!(applied(&cluster.database).await, 0);
    }

    async fn events_that_an_older_version_can_not_read_are_named(database: Database) {
        let cluster = Cluster::over(database).await;
        let server = cluster.start("server").await;
        let ada = cluster.connected(&server, GrantScript::stable()).await;
        let grant = "mutation { grantProviderAccess(clientId: \"agent\", provider: google) { clientId } }";
        ada.ask(&server, grant).await.unwrap().data("/grantProviderAccess");
        server.stop().await;
        let number = all().len() - all().iter().position(|one| one.name().contains("000009")).unwrap();
        let events = "SELECT count(*) FROM provider_connection_event";
        let before = cluster.database.number(events).await;
        let done = migrate(&cluster.database, &format!("--down {number} --yes")).await;
        assert!(done.stdout.contains("rows of provider_connection_event where kind IN"), "{done:?}");
        let gone = before - cluster.database.number(events).await;
        assert!(gone > 0 && done.stdout.contains(&format!("'client' ({gone} rows)")), "{done:?}");
    }

    async fn nobody_to_ask_means_no(database: Database) {
        migrate(&database, "").await;
        let refused = migrate(&database, "--down 1").await;
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.stderr.contains("nothing was changed, because this command can't ask without a terminal"), "{refused:?}");
        assert_eq!(applied(&database).await, all().len());
    }

    async fn it_counts_what_there_was(database: Database) {
        migrate(&database, "").await;
        let number = all().len();
        let done = migrate(&database, "--down 1 --yes").await;
        assert!(done.stdout.ends_with("Reverted 1 migration.\n"), "{done:?}");
        let done = migrate(&database, "--down 99 --yes").await;
        let words = format!("Reverted {} of 99 migrations: no more were applied.\n", number - 1);
        assert!(done.code == Some(0) && done.stdout.ends_with(&words), "{done:?}");
        let done = migrate(&database, "--down 1 --yes").await;
        let nothing = "No migration is applied, so there is nothing to revert.\n";
        assert_eq!((done.code, done.stdout.as_str()), (Some(0), nothing));
    }

    async fn status_lists_what_is_applied_and_what_is_not_and_changes_nothing(database: Database) {
        database.at_state(8).await;
        let status = migrate(&database, "--status").await;
        let lines: Vec<_> = status.stdout.lines().collect();
        assert_eq!((status.code, lines.len()), (Some(0), all().len()), "{status:?}");
        for (line, one) in lines.iter().zip(all()) {
            let applied = one.name() <= "m20261125_000008_health";
            let word = if applied { "applied" } else { "pending" };
            assert_eq!(*line, format!("{}: {word}", one.name()));
        }
        assert_eq!(applied(&database).await, 8);
    }
}

#[tokio::test]
async fn whoever_sits_at_a_terminal_is_asked() {
    let database = Database::sqlite();
    migrate(&database, "").await;
    // `script` of util-linux gives it a terminal.
    let answered = |answer: &'static str| {
        let built = std::env::var("TEST_SERVER");
        let built = built.unwrap_or(env!("CARGO_BIN_EXE_provider-connections").to_owned());
        let command = format!("'{built}' migrate --down 1");
        let mut asked = Command::new("script")
            .args(["-qec", &command, "/dev/null"])
            .env("DATABASE_URL", &database.url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        asked.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        let ended = asked.wait_with_output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stdout).unwrap())
    };
    let (code, said) = answered("no\n");
    assert!(code == Some(1) && said.contains("Drop what is listed? Type yes:"), "{said}");
    assert!(said.contains("nothing was changed"), "{said}");
    assert_eq!(applied(&database).await, all().len());
    let (code, said) = answered("yes\n");
    assert!(code == Some(0) && said.contains("Reverted 1 migration."), "{said}");
    assert_eq!(applied(&database).await, all().len() - 1);
}
