//! Who does not say who they are is no subscriber, and takes no subscriber's place.

use serde_json::json;

use crate::harness::{CHANGED, Database, Socket, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_sockets_are_not_counted_as_subscribers() {
    let world = World::on(Database::sqlite()).await;
    let server = world.replica_with(|config| config.subscription_limit = 2).await;
    let ada = world.user("ada@example.com");
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(Socket::connect(&server.url, &[]).await.unwrap());
    }
    let _first = Socket::subscribed(&server.url, &ada.jwt).await;
    let _second = Socket::subscribed(&server.url, &ada.jwt).await;
    // Those that have waited longest made room, and are told.
    let (code, reason) = silent[0].next_or_close().await.unwrap_err();
    assert!(code == 4408 && reason.starts_with("Too many clients are waiting"), "{code} {reason}");
    // Who has waited and finds no place is told as well.
    let last = silent.last_mut().unwrap();
    let payload = json!({ "Authorization": format!("Bearer {}", ada.jwt) });
    last.send(&json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(last.closed().await, 4503);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_has_so_many_clients_and_leaves_places_to_others() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let mut sockets = Vec::new();
    for _ in 0..50 {
        sockets.push(Socket::of(&world.server.url, &ada.jwt).await);
    }
    let mut one_more = Socket::connect(&world.server.url, &[]).await.unwrap();
    let payload = json!({ "Authorization": format!("Bearer {}", ada.jwt) });
    one_more.send(&json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(one_more.closed().await, 4503);
    let request = world.server.post().bearer_auth(&ada.jwt).header("accept", "text/event-stream");
    let answer = request.json(&json!({ "query": CHANGED })).send().await.unwrap();
    assert_eq!(answer.status(), 429);
    let bob = world.user("bob@example.com");
    Socket::subscribed(&world.server.url, &bob.jwt).await;
    drop(sockets.pop());
    crate::harness::until(async || {
        let mut socket = Socket::connect(&world.server.url, &[]).await.unwrap();
        let payload = json!({ "Authorization": format!("Bearer {}", ada.jwt) });
        socket.send(&json!({ "type": "connection_init", "payload": payload })).await;
        socket.next_or_close().await.is_ok()
    })
    .await;
}
