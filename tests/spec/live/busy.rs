//! Too much of anything ends what is too much, and grows nothing.

use serde_json::json;

use crate::harness::{CHANGED, Cluster, Database, Replica, Socket, World};

async fn too_many(socket: &mut Socket, id: &str) {
    socket.subscribe(id, CHANGED).await;
    let error = socket.next().await;
    assert_eq!(error["type"], "error", "{error}");
    assert_eq!(error["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    assert!(error["payload"][0]["extensions"]["retryAfter"].is_number());
}

#[tokio::test]
async fn a_socket_and_a_user_have_so_many_subscriptions_and_no_more() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let mut sockets = Vec::new();
    for _ in 0..2 {
        let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
        for id in 0..10 {
            socket.subscribe(&id.to_string(), CHANGED).await;
            socket.gap().await;
        }
        too_many(&mut socket, "one more").await;
        sockets.push(socket);
    }
    let mut third = Socket::of(&world.server.url, &ada.jwt).await;
    too_many(&mut third, "1").await;
    // It is nobody else's matter.
    let bob = world.user("bob@example.com");
    Socket::subscribed(&world.server.url, &bob.jwt).await;
    // A place that is left is free.
    drop(sockets.pop());
    crate::harness::until(async || {
        let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
        socket.subscribe("1", CHANGED).await;
        socket.next().await["type"] == "next"
    })
    .await;
}

#[tokio::test]
async fn the_server_has_as_many_subscribers_as_the_setting_says() {
    let world = World::on(Database::sqlite()).await;
    let server = world.replica_with(|config| config.subscription_limit = 2).await;
    let ada = world.user("ada@example.com");
    let first = Socket::subscribed(&server.url, &ada.jwt).await;
    let _second = Socket::subscribed(&server.url, &ada.jwt).await;
    assert_eq!(Socket::connect(&server.url, &[]).await.err(), Some(429));
    drop(first);
    crate::harness::until(async || Socket::connect(&server.url, &[]).await.is_ok()).await;

    let off = world.replica_with(|config| config.subscription_limit = 0).await;
    assert_eq!(Socket::connect(&off.url, &[]).await.err(), Some(429));
    let request = || {
        let request = off.post().header("accept", "text/event-stream");
        request.json(&json!({ "query": CHANGED }))
    };
    let answer = request().bearer_auth(&ada.jwt).send().await.unwrap();
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    // Whoever is nobody is told so, and is never counted.
    let events = request().send().await.unwrap().text().await.unwrap();
    assert!(events.contains("UNAUTHENTICATED") && events.contains("event: complete"), "{events}");
}

/// Puts events of the user into the table as a replica would, `number` at a time, and tells.
async fn flood(cluster: &Cluster, user_id: uuid::Uuid, transactions: usize) {
    let insert = format!(
        "WITH appended AS (INSERT INTO provider_connection_event \
         (connection_id, user_id, provider, kind, actor, at, evidence, times) \
         SELECT '{user_id}', '{user_id}', 'google', 'refresh_failed', 'worker', now(), \
         repeat('x', 8000), 1 FROM generate_series(1, 12) RETURNING id, user_id) \
         SELECT pg_notify('provider_connection_event', user_id || ' ' || id) FROM appended"
    );
    let db = cluster.database.connect().await;
    for _ in 0..transactions {
        sea_orm::ConnectionTrait::execute_unprepared(&db, &insert).await.unwrap();
    }
    db.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_that_a_client_does_not_read_ends_its_subscription_and_grows_no_memory_postgres() {
    let cluster = Cluster::over(Database::postgres().await).await;
    let server = Replica::start(cluster.binary("one").env("METRICS_LISTEN", "127.0.0.1:0")).await;
    let mut server = server;
    let metrics = server.process.url_of("serving metrics at /metrics").await;
    let ada = cluster.member("ada@example.com");
    let bob = cluster.member("bob@example.com");
    let mut slow = Socket::connect_narrowly(&server.url).await;
    slow.init(json!({ "authorization": format!("Bearer {}", ada.jwt()) })).await;
    slow.subscribe("1", CHANGED).await;
    slow.gap().await;
    let mut other = Socket::subscribed(&server.url, bob.jwt()).await;
    let dropped = async || {
        let text = reqwest::get(format!("{metrics}/metrics")).await.unwrap().text().await.unwrap();
        text.contains("subscriptions_dropped_total{reason=\"too_slow\"} 1")
    };
    let mut rounds = 0;
    let mut before = 0;
    while !dropped().await {
        flood(&cluster, ada.id, 20).await;
        rounds += 1;
        if rounds == 2 {
            before = server.process.resident();
        }
        assert!(rounds < 200, "it was never dropped");
    }
    let early = server.process.resident();
    // What goes on happening to a user whom nobody follows costs nothing.
    flood(&cluster, ada.id, 200).await;
    let grown = server.process.resident().saturating_sub(early.max(before));
    assert!(grown < 10 * 1024, "{grown} KiB more");
    // Whoever reads is served all the while.
    flood(&cluster, bob.id, 1).await;
    assert_eq!(other.event().await["event"]["kind"], "REFRESH_FAILED");
    // The slow one is told, once it reads.
    loop {
        match slow.next_or_close().await {
            Ok(message) if message["payload"]["errors"].is_array() => {
                let extensions = &message["payload"]["errors"][0]["extensions"];
                assert_eq!(extensions["code"], "RATE_LIMITED");
                break;
            }
            Ok(_) => {}
            Err(close) => {
                // Or its socket took nothing for ten seconds.
                assert_eq!(close.0, 1006);
                break;
            }
        }
    }
}

#[tokio::test]
async fn more_of_a_user_at_once_than_is_worth_telling_is_one_word_to_read_again() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let mut socket = Socket::subscribed(&world.server.url, &ada.jwt).await;
    let id = ada.id.simple();
    let one = format!(
        "(x'{id}', x'{id}', 'google', 'refreshed', 'worker', '2026-01-01T12:00:00+00:00', 1)"
    );
    let all = vec![one; 100].join(", ");
    let insert = "INSERT INTO provider_connection_event (connection_id, user_id, provider, kind, actor, at, times)";
    world.database.execute(&format!("{insert} VALUES {all}")).await;
    socket.gap().await;
}
