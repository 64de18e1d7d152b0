//! A database of any state of the schema is served by this version, with all that is in it.

use nhost_auth_simulator::{GrantScript, Provider};

use super::{all, schema::Schema};
use crate::harness::{Cluster, Database, REFRESH, on_both_empty_databases};

impl Database {
    /// Another one of its kind.
    async fn alike(&self) -> Self {
        if self.is_sqlite() { Self::sqlite() } else { Self::postgres().await }
    }
}

on_both_empty_databases! {
    async fn every_token_of_every_state_opens_after_the_upgrade(database: Database) {
        let mut cluster = Cluster::over(database).await;
        let server = cluster.start("server").await;
        let mut members = Vec::new();
        for name in ["ada", "bob", "eve"] {
            let member = cluster.member(&format!("{name}@example.com"));
            cluster.simulator.sign_in(member.id, Provider::Google, GrantScript::stable());
            member.connect(&server).await.data("/connectProvider/id");
            member.working_token(&server).await;
            members.push(member);
        }
        server.stop().await;
        // One of them has failed, as an old version counted it, and long enough ago to be tried again.
        let failed = "UPDATE provider_connection SET state = 'refresh_failing', failure_count = 2, \
             first_failed_at = '2026-01-01T00:00:00+00:00', \
             last_failed_at = '2026-01-01T00:00:00+00:00', \
             last_failure = 'UPSTREAM_UNAVAILABLE', refusal_count = 2, \
             first_refused_at = '2026-01-01T00:00:00+00:00' \
             WHERE id = (SELECT min(CAST(id AS text)) FROM provider_connection)";
        let failed = if cluster.database.is_sqlite() {
            failed.replace("min(CAST(id AS text))", "min(id)")
        } else {
            failed.replace("id = (SELECT", "CAST(id AS text) = (SELECT")
        };
        cluster.database.execute(&failed).await;
        for state in 1..=all().len() {
            let old = cluster.database.alike().await;
            old.at_state(state).await;
            old.copy_rows_of(&cluster.database).await;
            let url = old.url.clone();
            let newest = std::mem::replace(&mut cluster.database, old);
            cluster.database_url = url;
            let server = cluster.start(&format!("server-{state}")).await;
            for member in &members {
                member.working_token(&server).await;
                let refreshed = member.ask(&server, REFRESH).await.unwrap();
                let token = refreshed.text("/refreshProviderToken/accessToken");
                assert!(member.can_use(token).await, "state {state}: {refreshed:?}");
            }
            let ended = server.stop().await;
            let applied = ended.stderr.matches(r#""message":"applied""#).count();
            assert_eq!(applied, all().len() - state, "{ended:?}");
            cluster.database = newest;
        }
    }

    async fn refusals_of_a_version_that_did_not_count_them_are_its_failures(database: Database) {
        database.at_state(7).await;
        let (id, now) = if database.is_sqlite() {
            ("randomblob(16)", "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')")
        } else {
            ("gen_random_uuid()", "statement_timestamp()")
        };
        let insert = format!(
            "INSERT INTO provider_connection (id, user_id, provider, state, generation, \
               failure_count, first_failed_at, connected_at) \
             VALUES ({id}, {id}, 'google', 'refresh_failing', 1, 3, {now}, {now})"
        );
        database.execute(&insert).await;
        database.at_state(all().len()).await;
        let refusals = "SELECT CAST(refusal_count AS bigint) FROM provider_connection \
                        WHERE first_refused_at IS NOT NULL";
        assert_eq!(database.number(refusals).await, 3);
    }

    async fn a_state_that_is_taken_back_to_is_the_one_it_was(database: Database) {
        let store = database.store().await;
        let mut states = vec![database.schema().await];
        for number in 1..=all().len() {
            assert_eq!(store.apply(&all()[..number]).await.unwrap().len(), 1);
            states.push(database.schema().await);
        }
        for number in (0..all().len()).rev() {
            store.migrate_down(1).await.unwrap();
            assert_eq!(database.schema().await, states[number], "state {number}");
        }
        assert_eq!(store.migrate().await.unwrap().len(), all().len());
        assert_eq!(Some(&database.schema().await), states.last());
        store.close().await;
    }

    async fn an_index_on_a_table_that_has_rows_is_made_while_servers_use_it(database: Database) {
        let store = database.store().await;
        let mut before = Schema::default();
        for (number, one) in (1..).zip(all()) {
            store.apply(&all()[..number]).await.unwrap();
            let after = database.schema().await;
            // Older ones are released, and stay as they are.
            let may_lock = one.name() < "m20261129_000014" || one.use_transaction() == Some(false);
            for index in after.indexes.difference(&before.indexes).filter(|_| !may_lock) {
                let is_on = |table: &String| {
                    [format!("ON {table} "), format!("ON \"{table}\" ")].iter().any(|on| index.contains(on))
                };
                assert!(!before.tables.keys().any(is_on), "{}: {index}", one.name());
            }
            before = after;
        }
        store.close().await;
    }

    async fn a_column_that_is_added_later_can_be_left_out_by_those_who_do_not_know_it(database: Database) {
        let store = database.store().await;
        let mut before = Schema::default();
        for number in 1..=all().len() {
            store.apply(&all()[..number]).await.unwrap();
            let after = database.schema().await;
            for (table, columns) in &before.tables {
                // Nothing is dropped either.
                let now = after.tables.get(table).expect(table);
                assert!(columns.iter().all(|(name, column)| now.get(name) == Some(column)), "{table}");
                let mut added = now.iter().filter(|(name, _)| !columns.contains_key(*name));
                assert!(added.all(|(_, column)| column.may_be_left_out), "state {number}: {now:?}");
            }
            before = after;
        }
        store.close().await;
    }
}
