use nhost_auth_simulator::GrantScript;
use tokio::net::TcpListener;

use super::exporting;
use crate::harness::{Cluster, Collector, Database, Replica};

#[tokio::test]
async fn a_collector_that_is_away_is_told_once_for_each_signal_and_costs_no_caller_anything() {
    let cluster = Cluster::over(Database::sqlite()).await;
    // Nobody listens there any more.
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let binary = cluster
        .binary("server")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{gone}"))
        .env("OTEL_BSP_SCHEDULE_DELAY", "20")
        .env("OTEL_BLRP_SCHEDULE_DELAY", "20")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "20");
    let mut server = Replica::start(binary).await;
    for signal in ["traces", "metrics", "logs"] {
        server.logged(&["collector does not accept", signal, "it can't be reached"]).await;
    }
    let ada = cluster.connected(&server, GrantScript::rotating()).await;
    for _ in 0..20 {
        ada.read(&server).await.data("/providerConnection/accessToken");
    }
    let ended = server.stop().await;
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.stderr.matches("collector does not accept").count(), 3, "{}", ended.stderr);
}

#[tokio::test]
async fn a_collector_that_never_answers_holds_up_neither_callers_nor_a_shutdown() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let deaf = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", deaf.local_addr().unwrap());
    let binary = cluster
        .binary("server")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)
        // Far longer than a test may take.
        .env("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000")
        .env("OTEL_BSP_SCHEDULE_DELAY", "20")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "20");
    let server = Replica::start(binary).await;
    let (held, _) = deaf.accept().await.unwrap();
    cluster.connected(&server, GrantScript::rotating()).await;
    assert_eq!(server.stop().await.code, Some(0));
    drop(held);
}

#[tokio::test]
async fn a_shutdown_exports_what_is_left() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let collector = Collector::start().await;
    let binary = cluster
        .binary("server")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)
        // Nothing is exported before the end.
        .env("OTEL_BSP_SCHEDULE_DELAY", "3600000")
        .env("OTEL_BLRP_SCHEDULE_DELAY", "3600000")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "3600000");
    let server = Replica::start(binary).await;
    cluster.connected(&server, GrantScript::rotating()).await;
    assert_eq!(server.stop().await.code, Some(0));
    collector.with(|received| {
        assert_eq!(received.span("take_session").attributes["http.response.status_code"], "200");
        assert!(!received.metrics.is_empty());
        let said = |text| {
            received.logs.iter().any(|(_, record)| format!("{:?}", record.body).contains(text))
        };
        assert!(said("serving GraphQL at /graphql"));
        assert!(said("stopped"), "the last line");
    });
}

#[tokio::test]
async fn what_is_switched_off_is_not_exported_and_headers_go_along() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let collector = Collector::start().await;
    let binary = exporting(cluster.binary("server"), &collector)
        .env("OTEL_LOGS_EXPORTER", "none")
        .env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20a-token")
        .env("OTEL_SERVICE_NAME", "tokens")
        .env("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging");
    let server = Replica::start(binary).await;
    cluster.connected(&server, GrantScript::rotating()).await;
    server.stop().await;
    collector.with(|received| {
        assert!(!received.spans.is_empty() && !received.metrics.is_empty());
        assert!(received.logs.is_empty());
        assert!(received.headers.iter().all(|of| of["authorization"] == "Bearer a-token"));
        for of in &received.resources {
            assert_eq!(of["service.name"], "tokens");
            assert_eq!(of["deployment.environment.name"], "staging");
        }
    });

    let binary = exporting(cluster.binary("server"), &collector).env("OTEL_SDK_DISABLED", "true");
    let before = collector.with(|received| received.headers.len());
    let server = Replica::start(binary).await;
    server.stop().await;
    assert_eq!(collector.with(|received| received.headers.len()), before);
}

#[tokio::test]
async fn what_can_not_be_followed_is_told_at_the_start_and_keeps_nothing_from_serving() {
    let cluster = Cluster::over(Database::sqlite()).await;
    let binary = cluster
        .binary("server")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        .env("OTEL_TRACES_SAMPLER", "xray");
    let server = Replica::start(binary).await;
    let log = server.stop().await.stderr;
    assert!(log.contains("write http/protobuf"), "{log}");
    assert!(log.contains("OTEL_TRACES_SAMPLER"), "{log}");
    assert!(!log.contains("exporting to an OpenTelemetry collector"), "{log}");
}
