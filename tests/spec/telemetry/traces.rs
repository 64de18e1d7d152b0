use nhost_auth_simulator::{Endpoint, GrantScript, Provider};
use serde_json::json;

use super::exporting;
use crate::harness::{
    Answer, CONNECT, Cluster, Collector, Database, REFRESH, Replica, on_both_empty_databases,
};

/// A caller's own trace and span.
pub const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

pub async fn ask(replica: &Replica, jwt: &str, body: serde_json::Value) -> Answer {
    let request = reqwest::Client::new()
        .post(format!("{}/graphql?a=planted-in-a-query", replica.url))
        .bearer_auth(jwt)
        .header("traceparent", format!("00-{TRACE}-{CALLER}-01"))
        .json(&body);
    Answer(request.send().await.unwrap().json().await.unwrap())
}

on_both_empty_databases! {
    async fn a_connect_is_a_trace_from_http_to_the_store_and_the_upstream(database: Database) {
        let cluster = Cluster::over(database).await;
        let collector = Collector::start().await;
        let server = Replica::start(exporting(cluster.binary("server"), &collector)).await;
        let ada = cluster.member("ada@example.com");
        cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::rotating());
        let query = "mutation Connect($p: OAuthProvider!) { connectProvider(provider: $p) { id } }";
        let body = json!({
            "query": query, "operationName": "Connect", "variables": { "p": "google" },
        });
        let answer = ask(&server, ada.jwt(), body).await;
        let id = answer.text("/connectProvider/id").to_owned();
        assert_eq!(server.stop().await.code, Some(0));

        collector.with(|received| {
            let call = received.span("take_session");
            assert_eq!(
                received.path_of(call),
                ["take_session", "connect flight", "connect", "graphql mutation", "POST /graphql"],
            );
            assert_eq!(call.attributes["server.address"], "127.0.0.1");
            assert_eq!(call.attributes["http.response.status_code"], "200");
            assert_eq!(call.kind, 3, "a client's");

            let request = received.span("POST /graphql");
            assert_eq!((&*request.trace, &*request.parent), (TRACE, CALLER));
            assert_eq!(request.kind, 2, "a server's");
            let told = |name: &str| request.attributes.get(name).map(String::as_str);
            assert_eq!(told("http.request.method"), Some("POST"));
            assert_eq!(told("http.route"), Some("/graphql"));
            assert_eq!(told("url.path"), Some("/graphql"));
            assert_eq!(told("http.response.status_code"), Some("200"));

            let operation = &received.span("graphql mutation").attributes;
            assert_eq!(operation["graphql.operation.type"], "mutation");
            assert_eq!(operation["graphql.operation.name"], "Connect");
            assert_eq!(operation["graphql.operation.root_fields"], "connectProvider");

            for story in ["connect", "connect flight"] {
                let story = &received.span(story).attributes;
                assert_eq!(story["provider_connections.provider"], "google");
                assert_eq!(story["provider_connections.connection_id"], id);
                assert_eq!(story["provider_connections.outcome"], "OK");
            }

            // Statements of the commit, which runs in a task of its own.
            let commit = received.spans.iter().find(|span| span.name == "COMMIT").unwrap();
            assert_eq!(commit.trace, TRACE);
            let path = received.path_of(commit);
            assert_eq!(path[1..3], ["connect flight", "connect"], "{path:?}");
            let system = if cluster.database.is_sqlite() { "sqlite" } else { "postgresql" };
            assert_eq!(commit.attributes["db.system.name"], system);
            let update = "UPDATE provider_connection";
            assert!(received.spans.iter().any(|span| span.name == update), "its lease");
            let raw = String::from_utf8_lossy(&received.raw);
            assert!(!raw.contains("planted-in-a-query"), "queries of URLs are not exported");
            assert!(received.resources.iter().all(|of| of["service.name"] == "provider-connections"));
            assert!(received.resources.iter().all(|of| of.contains_key("service.instance.id")));
        });
    }

    async fn who_joins_a_refresh_is_linked_to_it(database: Database) {
        let cluster = Cluster::over(database).await;
        let collector = Collector::start().await;
        let server = Replica::start(exporting(cluster.binary("server"), &collector)).await;
        let ada = cluster.connected(&server, GrantScript::rotating()).await;
        let (first, gate) =
            cluster.held(&ada, &server, REFRESH, Endpoint::RefreshProviderToken).await;
        let second = tokio::spawn(ada.ask(&server, REFRESH));
        // One to connect, and two to refresh: they have come this far, and wait for the call.
        let requests = "provider_connections_graphql_requests_total";
        collector.until(|received| received.counted(requests, "user") >= 3).await;
        gate.release();
        for call in [first, second] {
            call.await.unwrap().unwrap().data("/refreshProviderToken/accessToken");
        }
        assert_eq!(server.stop().await.code, Some(0));
        collector.with(|received| {
            let flight = received.span("refresh flight");
            assert_eq!(flight.attributes["provider_connections.outcome"], "OK");
            let stories: Vec<_> = received
                .spans
                .iter()
                .filter(|span| {
                    span.name == "refresh"
                        && span.attributes.contains_key("provider_connections.outcome")
                })
                .collect();
            assert_eq!(stories.len(), 2, "{stories:#?}");
            let starts = stories.iter().filter(|story| story.id == flight.parent).count();
            let joins = stories.iter().filter(|story| story.links == [flight.id.clone()]).count();
            assert_eq!((starts, joins), (1, 1), "{stories:#?} {flight:#?}");
        });
    }
}

#[tokio::test]
async fn a_refusal_is_an_error_with_its_code() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let collector = Collector::start().await;
    let server = Replica::start(exporting(cluster.binary("server"), &collector)).await;
    let ada = cluster.member("ada@example.com");
    let answer = ada.ask(&server, CONNECT).await.unwrap();
    assert_eq!(answer.code(), "PROVIDER_SESSION_NOT_FOUND");
    server.stop().await;
    collector.with(|received| {
        for story in ["connect", "connect flight", "graphql mutation"] {
            let span = received.span(story);
            let outcome = &span.attributes["provider_connections.outcome"];
            assert_eq!(outcome, "PROVIDER_SESSION_NOT_FOUND", "{story}");
            assert!(span.is_error, "{story}");
        }
    });
}

#[tokio::test]
async fn the_log_is_exported_with_its_trace_and_nothing_of_the_exporters_own() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let collector = Collector::start().await;
    let binary = exporting(cluster.binary("server"), &collector).env("RUST_LOG", "trace");
    let server = Replica::start(binary).await;
    let ada = cluster.member("ada@example.com");
    cluster.simulator.sign_in(ada.id, Provider::Google, GrantScript::rotating());
    let fault = nhost_auth_simulator::Fault::Html(502);
    cluster.simulator.fail_next(Endpoint::ProviderTokens, fault);
    ask(&server, ada.jwt(), json!({ "query": CONNECT })).await;
    let log = server.stop().await.stderr;
    // A flight's line has the id of its request beside it, traced or not.
    let line = log.lines().find(|line| line.contains("session could not be fetched")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["span"]["name"], "request", "{line}");
    collector.with(|received| {
        let line = received.logs.iter().find(|(_, record)| {
            format!("{:?}", record.body).contains("a provider session could not be fetched")
        });
        let (scope, record) = line.expect("the refusal's line");
        assert!(scope.starts_with("provider_connections::"), "{scope}");
        assert_eq!(record.severity_text, "WARN");
        let trace = u128::from_str_radix(TRACE, 16).unwrap().to_be_bytes();
        assert_eq!(record.trace_id, trace);
        let scopes: std::collections::BTreeSet<_> =
            received.logs.iter().map(|(scope, _)| scope.as_str()).collect();
        let echoes = ["h2", "hyper", "reqwest", "opentelemetry", "tower"];
        let of_transport =
            scopes.iter().find(|scope| echoes.iter().any(|echo| scope.starts_with(echo)));
        assert_eq!(of_transport, None, "{scopes:?}");
    });
}
