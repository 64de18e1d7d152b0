//! A server that stops keeps nobody waiting, and is kept by nobody.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{CHANGED, Cluster, Socket, on_both_empty_databases};

on_both_empty_databases! {
    async fn a_shutdown_ends_all_subscriptions_at_once(database: Database) {
        let cluster = Cluster::over(database).await;
        let server = cluster.start("one").await;
        let ada = cluster.member("ada@example.com");
        let mut follows = Socket::subscribed(&server.url, ada.jwt()).await;
        let mut idle = Socket::of(&server.url, ada.jwt()).await;
        let mut silent = Socket::connect(&server.url, &[]).await.unwrap();
        let http = reqwest::Client::new();
        let request = http.post(format!("{}/graphql", server.url)).bearer_auth(ada.jwt());
        let request = request.header("accept", "text/event-stream");
        let mut events = request.json(&json!({ "query": CHANGED })).send().await.unwrap();
        assert!(events.chunk().await.unwrap().is_some());

        let since = Instant::now();
        let stopping = tokio::spawn(server.stop());
        for socket in [&mut follows, &mut idle, &mut silent] {
            assert_eq!(socket.closed().await, 1001);
        }
        // No `complete`: the client connects again.
        let mut rest = Vec::new();
        while let Ok(Some(chunk)) = events.chunk().await {
            rest.extend_from_slice(&chunk);
        }
        assert!(!String::from_utf8_lossy(&rest).contains("complete"));
        let ended = stopping.await.unwrap();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(!ended.stderr.contains("did not finish in time"), "{ended:?}");
        assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
    }

    async fn nothing_of_a_subscriber_is_in_the_log(database: Database) {
        let cluster = Cluster::over(database).await;
        let binary = cluster.binary("one").env("RUST_LOG", "trace").env("LOG_FORMAT", "json");
        let server = crate::harness::Replica::start(binary).await;
        let ada = cluster.connected(&server, nhost_auth_simulator::GrantScript::rotating()).await;
        let mut socket = Socket::subscribed(&server.url, ada.jwt()).await;
        let token = ada.working_token(&server).await;
        ada.ask(&server, crate::harness::DISCONNECT).await.unwrap().data("/disconnectProvider/id");
        socket.event().await;
        let ended = server.stop().await;
        for secret in [ada.jwt(), &token] {
            let signature = secret.rsplit('.').next().unwrap();
            assert!(!ended.stderr.contains(signature), "{secret} is in the log");
            assert!(!socket.heard.contains(signature), "{secret} was sent");
        }
        assert!(ended.stderr.len() > 1_000, "the log says little");
    }
}
