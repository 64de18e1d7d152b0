//! Two versions run side by side on one database: whoever is one release behind goes on, starts again,
//! and spoils nothing of the newer one.

mod blocked;
mod load;
mod next_release;
mod rolled_out;

use chrono::TimeDelta;
use migration::{Migrator, MigratorTrait};
use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::Value;

use crate::harness::{
    Binary, Database, Replica, on_both_databases, on_both_empty_databases, simulator, until,
};

const FUTURE: &str = "m29991231_000001_from_the_future";

/// The newest migration of this version.
fn newest() -> String {
    Migrator::migrations().last().unwrap().name().to_owned()
}

impl Database {
    /// As a newer version would leave it, which says that binaries of this state can run with it.
    async fn made_newer(&self, compatible_with: &str) {
        self.execute(&format!(
            "INSERT INTO provider_connection_migration (version, applied_at) VALUES ('{FUTURE}', 0); \
             INSERT INTO provider_connection_schema (migration, compatible_with, applied_by) \
             VALUES ('{FUTURE}', '{compatible_with}', '99.0.0')"
        ))
        .await;
    }
}

async fn readyz(replica: &Replica) -> (u16, Value) {
    let answer = reqwest::get(format!("{}/readyz", replica.url)).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

on_both_empty_databases! {
    async fn a_server_one_release_behind_starts_and_is_ready(database: Database) {
        database.at_state(Migrator::migrations().len()).await;
        database.made_newer(&newest()).await;
        let simulator = simulator().await;
        let server = Replica::start(Binary::serve(&simulator, &database.url)).await;
        let (status, body) = readyz(&server).await;
        let fine = "newer than this server, which can run with them";
        assert_eq!((status, body["migrations"].as_str()), (200, Some(fine)));
        let ended = server.stop().await;
        let said = "a newer version has migrated the database, and this version can run on it";
        assert!(ended.stderr.contains(said) && ended.stderr.contains(FUTURE), "{ended:?}");
        let migrate = |arguments: &str| {
            Binary::new(&format!("migrate {arguments}")).env("DATABASE_URL", &database.url).run()
        };
        let up = migrate("").await;
        assert_eq!(up.code, Some(0));
        assert!(up.stdout.contains("newer than this version. This version can use it"), "{up:?}");
        let status = migrate("--status").await;
        let line = format!("{FUTURE}: applied by a newer version; this version can use it");
        assert!(status.stdout.contains(&line), "{status:?}");
        // How to take it back only the newer one knows.
        let down = migrate("--down 1 --yes").await;
        assert!(down.code == Some(1) && down.stderr.contains(FUTURE), "{down:?}");
    }

    async fn a_server_two_releases_behind_is_refused_and_one_that_runs_is_unready(database: Database) {
        let simulator = simulator().await;
        let mut server = Replica::start(Binary::serve(&simulator, &database.url)).await;
        database.made_newer("m29990101_000001_of_the_release_between").await;
        until(async || readyz(&server).await.0 == 503).await;
        server.logged(&["this version can't run on it: start that version", FUTURE]).await;
        let refused = Binary::serve(&simulator, &database.url).run().await;
        assert_eq!(refused.code, Some(1));
        assert!(refused.stderr.contains("newer than this binary"), "{refused:?}");
        let status = Binary::new("migrate --status").env("DATABASE_URL", &database.url).run().await;
        let line = format!("{FUTURE}: applied by a newer version; this version can't use it");
        assert!(status.stdout.contains(&line), "{status:?}");
    }

    async fn what_was_applied_by_a_version_that_says_nothing_is_refused(database: Database) {
        database.at_state(Migrator::migrations().len()).await;
        database.made_newer(&newest()).await;
        database.execute("DELETE FROM provider_connection_schema").await;
        let simulator = simulator().await;
        let refused = Binary::serve(&simulator, &database.url).run().await;
        assert!(refused.stderr.contains("newer than this binary"), "{refused:?}");
    }

    async fn every_migration_says_who_can_run_with_it(database: Database) {
        let applied = Migrator::migrations().len();
        database.at_state(applied - 1).await;
        database.at_state(applied).await;
        let said = "SELECT count(*) FROM provider_connection_schema AS s \
                    JOIN provider_connection_migration AS m ON m.version = s.migration";
        assert_eq!(database.number(said).await, i64::try_from(applied).unwrap());
    }
}

on_both_databases! {
    async fn events_of_a_newer_release_are_passed_over(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        for (kind, actor) in [("from_the_future", "user"), ("refreshed", "robot")] {
            let columns = "connection_id, user_id, provider, at, times";
            let insert = format!(
                "INSERT INTO provider_connection_event ({columns}, kind, actor) \
                 SELECT {columns}, '{kind}', '{actor}' FROM provider_connection_event \
                 WHERE kind = 'connected'"
            );
            world.database.execute(&insert).await;
        }
        world.advance(TimeDelta::seconds(1));
        let answer = ada.ask("{ providerConnections { events(first: 10) { kind } } }").await;
        let events = answer.data("/providerConnections/0/events").as_array().unwrap();
        assert_eq!(events.len(), 1, "{answer:?}");
        let store = world.database.store().await;
        let ids: Vec<_> =
            store.newest_events(10).await.unwrap().into_iter().map(|(id, _)| id).collect();
        assert_eq!((ids.len(), store.events_by_id(&ids).await.unwrap().len()), (3, 1));
        store.close().await;
    }
}
