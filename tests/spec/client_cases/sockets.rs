//! WebSocket and server-sent events.

use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};

use super::Case;
use crate::harness::{CHANGED, Database, Socket, World};

pub async fn subscription_two_roots(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
    socket.subscribe("1", case.input("/subscribe").as_str().unwrap()).await;
    let answer = socket.next().await;
    assert_eq!((&answer["type"], &answer["id"]), (&json!("error"), &json!("1")), "{answer}");
}

pub async fn ws_close_handshake(case: &Case) {
    assert_eq!(case.input("/frames/1"), "CLOSE 1000");
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    for code in [1000, 1001, 3000, 4000, 4999] {
        let mut before = Socket::connect(&world.server.url, &[]).await.unwrap();
        before.close(code).await;
        assert_eq!(before.closed().await, code, "before connection_init");
        let mut after = Socket::of(&world.server.url, &ada.jwt).await;
        after.close(code).await;
        assert_eq!(after.closed().await, code, "after connection_init");
        let mut amid = Socket::subscribed(&world.server.url, &ada.jwt).await;
        amid.close(code).await;
        assert_eq!(amid.closed().await, code, "amid a subscription");
    }
}

/// It offers both protocols, and looks the chosen one up in the answer by a name that it spells
/// `Sec-WebSocket-Protocol`; where it does not find it, it speaks the other one.
pub async fn ws_python_gql(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let host = world.server.url.strip_prefix("http://").unwrap();
    let head = crate::client_cases::http::raw(
        &world,
        &format!(
            "GET /graphql HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\
             Sec-WebSocket-Protocol: graphql-ws, graphql-transport-ws\r\n\
             Authorization: Bearer {}\r\n\r\n",
            ada.jwt
        ),
        "\r\n\r\n",
    )
    .await;
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    assert!(head.contains("\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"), "{head}");
}

pub async fn graphql_ws_6(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let bearer = format!("Bearer {}", ada.jwt);
    for payload in [
        json!({ "authorization": bearer }),
        json!({ "Authorization": bearer, "more": { "a": [1] } }),
        json!({ "headers": { "AUTHORIZATION": bearer } }),
    ] {
        let both = [("sec-websocket-protocol", "graphql-ws, graphql-transport-ws")];
        let mut socket = Socket::connect(&world.server.url, &both).await.unwrap();
        socket.send(&json!({ "type": "ping", "payload": { "at": 1 } })).await;
        assert_eq!(socket.next().await["type"], "pong");
        socket.init(payload).await;
        socket.send(&json!({ "type": "pong", "payload": null })).await;
        socket.subscribe("1", CHANGED).await;
        socket.gap().await;
        socket.send(&json!({ "type": "complete", "id": "1" })).await;
        // The id is free again.
        socket.subscribe("1", CHANGED).await;
        socket.gap().await;
        socket.subscribe("1", CHANGED).await;
        assert_eq!(socket.closed().await, 4409);
    }
}

async fn events(world: &World, jwt: &str, query: &str) -> reqwest::Response {
    let request = world.server.post().bearer_auth(jwt).json(&json!({ "query": query }));
    let request = request.header("accept", "text/event-stream").header("accept-encoding", "gzip");
    request.send().await.unwrap()
}

pub async fn graphql_sse(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    let text = events(&world, &ada.jwt, "{ __typename }").await.text().await.unwrap();
    let parts: Vec<_> = text.split("\n\n").map(str::trim).collect();
    assert_eq!(
        parts,
        ["event: next\ndata: {\"data\":{\"__typename\":\"Query\"}}", "event: complete\ndata:", ""]
    );
}

pub async fn sse_compression(case: &Case) {
    assert!(case.input("/request").as_str().unwrap().contains("Accept-Encoding: gzip"));
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let mut response = events(&world, &ada.jwt, CHANGED).await;
    let control = response.headers()["cache-control"].to_str().unwrap().to_owned();
    for directive in ["no-cache", "no-store", "no-transform"] {
        assert!(control.split(", ").any(|of| of == directive), "{control}");
    }
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    assert!(response.headers().get("content-encoding").is_none());
    let first = response.chunk().await.unwrap().unwrap();
    let data: Value = serde_json::from_str(
        std::str::from_utf8(&first)
            .unwrap()
            .lines()
            .nth(1)
            .unwrap()
            .strip_prefix("data: ")
            .unwrap(),
    )
    .unwrap();
    assert!(data["data"]["providerConnectionChanged"]["event"].is_null(), "{data}");
}
