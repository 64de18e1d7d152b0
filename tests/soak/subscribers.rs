//! Pages that hear of changes, by WebSocket and by server-sent events.

use std::time::Duration;

use serde_json::json;

use crate::{
    field::Field,
    harness::{CHANGED, Socket},
};

pub async fn all(field: &Field) {
    tokio::join!(sockets(field), sockets(field), leave_at_once(field), streams(field));
}

/// Listens for a while, and then says goodbye, or is just gone.
async fn sockets(field: &Field) {
    field
        .repeat(Duration::from_millis(200), async || {
            let user = *field.pick(&field.users);
            field.tally.called("WebSocket");
            let mut socket = Socket::subscribed(field.url(), &field.jwt(user)).await;
            let listening = Duration::from_millis(field.roll(1500) as u64);
            // What comes meanwhile is read; that nothing comes is fine.
            let _ = tokio::time::timeout(listening, async {
                loop {
                    let change = socket.change().await;
                    assert_eq!(change["userId"], user.to_string(), "{change}");
                }
            })
            .await;
            if field.roll(2) == 0 {
                socket.close(1000).await;
                assert_eq!(socket.closed().await, 1000);
            }
        })
        .await;
}

/// Opens a WebSocket and says nothing.
async fn leave_at_once(field: &Field) {
    field
        .repeat(Duration::from_millis(300), async || {
            field.tally.called("silent WebSocket");
            drop(Socket::connect(field.url(), &[]).await);
        })
        .await;
}

async fn streams(field: &Field) {
    let http = reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap();
    field
        .repeat(Duration::from_millis(200), async || {
            let user = *field.pick(&field.users);
            field.tally.called("server-sent events");
            let request =
                http.post(format!("{}/graphql", field.url())).bearer_auth(field.jwt(user));
            let request = request.header("accept", "text/event-stream");
            let mut stream = request.json(&json!({ "query": CHANGED })).send().await.unwrap();
            let first = stream.chunk().await.unwrap().unwrap();
            assert!(first.starts_with(b"event: next"), "{first:?}");
            let listening = Duration::from_millis(field.roll(1000) as u64);
            let _ = tokio::time::timeout(listening, stream.chunk()).await;
        })
        .await;
}
