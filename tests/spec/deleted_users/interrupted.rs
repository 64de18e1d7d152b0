//! Several servers, and servers that die.

use nhost_auth_simulator::{ADMIN_SECRET, Endpoint, GrantScript};

use super::{MISSING, search_now, searches, searching};
use crate::harness::{Binary, Cluster, Replica, on_both_empty_databases, until};

impl Cluster {
    fn searching(&self, name: &str) -> Binary {
        self.binary_at_google(name)
            .env("NHOST_GRAPHQL_URL", self.simulator.graphql_url().as_str())
            .env("NHOST_ADMIN_SECRET", ADMIN_SECRET)
    }

    /// Lets an hour pass, as far as the search goes.
    pub async fn an_hour_later(&self) {
        let past = if self.database.is_sqlite() {
            "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '-1 hour')"
        } else {
            "statement_timestamp() - interval '1 hour'"
        };
        for (table, column) in [
            ("provider_connection", "connected_at"),
            ("provider_connection_missing_user", "missing_since"),
            ("provider_connection_user_search", "lease_until"),
            ("provider_connection_user_search", "ended_at"),
        ] {
            let set = format!("UPDATE {table} SET {column} = {past} WHERE {column} IS NOT NULL");
            self.database.execute(&set).await;
        }
    }

    async fn until_searched(&self) {
        let ended = "SELECT COUNT(*) FROM provider_connection_user_search \
                     WHERE ended_at IS NOT NULL AND started_at IS NULL";
        until(async || self.database.number(ended).await == 1).await;
    }
}

on_both_empty_databases! {
    async fn one_server_searches_at_a_time(database: Database) {
        let world = searching(database).await;
        world.settled("ada@example.com").await;
        world.advance(chrono::TimeDelta::hours(1));
        let other = world.replica_with(searches).await;
        let gate = world.simulator.gate(Endpoint::Graphql);
        let connections = world.server.connections.clone();
        let first = tokio::spawn(async move { connections.remove_deleted_users().await });
        gate.arrived(1).await;
        search_now(&other).await.unwrap();
        assert_eq!(gate.count(), 1, "the other did not ask");
        // A server that hangs for so long is taken for dead, and finds that it was overtaken.
        world.advance(chrono::TimeDelta::minutes(3));
        let connections = other.connections.clone();
        let second = tokio::spawn(async move { connections.remove_deleted_users().await });
        gate.arrived(2).await;
        gate.release();
        // It may also have waited too long for its answer.
        assert!(!matches!(first.await.unwrap(), Ok(true)));
        assert!(matches!(second.await.unwrap(), Ok(false)));
        let known = "SELECT COUNT(*) FROM provider_connection_user_search WHERE ended_at IS NULL";
        assert_eq!(world.database.number(known).await, 0);
    }

    async fn a_kill_in_the_middle_loses_nothing(database: Database) {
        let cluster = Cluster::over(database).await;
        let before = Replica::start(cluster.binary_at_google("before")).await;
        let ada = cluster.connected(&before, GrantScript::stable()).await;
        let bob = cluster.member("bob@example.com");
        cluster.simulator.sign_in(bob.id, nhost_auth_simulator::Provider::Google, GrantScript::stable());
        bob.connect(&before).await.data("/connectProvider/id");
        before.stop().await;
        cluster.simulator.delete_user(ada.id);
        cluster.an_hour_later().await;
        let dies_at = async |point: &str| {
            let mut dying = cluster.searching("dying").env("CRASH_AT", point).start();
            dying.url().await;
            dying.end().await;
            cluster.an_hour_later().await;
            // It may have begun with one.
            cluster.make_revocations_due().await;
        };
        dies_at("deleted_users.noted").await;
        assert_eq!(cluster.database.number(MISSING).await, 1);
        dies_at("disconnect.committed").await;
        dies_at("deleted_users.removed").await;
        let last = Replica::start(cluster.searching("last")).await;
        cluster.until_searched().await;
        assert!(!bob.read(&last).await.data("/providerConnection").is_null());
        let rows = "SELECT COUNT(*) FROM provider_connection";
        assert_eq!(cluster.database.number(rows).await, 1);
        assert_eq!(cluster.database.number(MISSING).await, 0);
        cluster.until_all_is_revoked().await;
        let grant = cluster.simulator.grant_of(ada.id, nhost_auth_simulator::Provider::Google);
        assert!(!cluster.simulator.grant(grant.unwrap()).alive);
    }
}
