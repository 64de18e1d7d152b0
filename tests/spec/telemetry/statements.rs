//! How many statements an operation costs, each of them a round trip on PostgreSQL: as its trace
//! shows.

use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::json;

use super::{
    exporting,
    traces::{TRACE, ask},
};
use crate::harness::{Cluster, Collector, REFRESH, Replica, on_both_empty_databases};

/// Puts the last success far ahead, so that none is news: replicas store one every few seconds, which
/// would add a statement.
const NO_NEWS: &str = "UPDATE provider_connection_upstream \
    SET last_success_at = 4102444800000000, version = version + 1";

on_both_empty_databases! {
    async fn a_refresh_on_demand_reads_only_its_connection(database: Database) {
        let cluster = Cluster::over(database).await;
        let collector = Collector::start().await;
        // What a look-up writes during a refresh would cost that refresh more.
        let binary = cluster.binary("server").env("ACCOUNT_LOOKUP", "off");
        let server = Replica::start(exporting(binary, &collector)).await;
        let ada = cluster.connected(&server, GrantScript::rotating()).await;
        let bob = cluster.member("bob@example.com");
        cluster.simulator.sign_in(bob.id, Provider::Google, GrantScript::rotating());
        bob.connect(&server).await.data("/connectProvider/id");
        // A refresh that reads how the upstreams are comes first.
        ada.refresh(&server).await.data("/refreshProviderToken/accessToken");
        cluster.database.execute(NO_NEWS).await;
        cluster.age_refreshes().await;
        ada.refresh(&server).await.data("/refreshProviderToken/accessToken");

        let answer = ask(&server, bob.jwt(), json!({ "query": REFRESH })).await;
        answer.text("/refreshProviderToken/accessToken");
        assert_eq!(server.stop().await.code, Some(0));
        let is_sqlite = cluster.database.is_sqlite();
        collector.with(|received| {
            let mut statements: Vec<_> = received
                .spans
                .iter()
                .filter(|span| span.trace == TRACE && span.attributes.contains_key("db.system.name"))
                .collect();
            statements.sort_by_key(|span| span.start);
            let names: Vec<_> = statements.iter().map(|span| &*span.name).collect();
            let connection = "UPDATE provider_connection";
            let before = ["SELECT provider_connection", "UPDATE provider_connection_upstream"];
            let commit: &[_] = if is_sqlite {
                // It has no network, and no statement that writes to two tables.
                &["BEGIN", connection, "INSERT provider_connection_event", "COMMIT"]
            } else {
                &[connection]
            };
            assert_eq!(names, [&before[..], &[connection], commit].concat());
        });
    }
}
