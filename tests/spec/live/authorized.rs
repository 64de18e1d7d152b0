//! Who may subscribe is found out when the socket begins, and for as long as the JWT is good.

use chrono::TimeDelta;
use nhost_auth_simulator::{GrantScript, JwtOptions, Provider};
use serde_json::{Value, json};

use crate::harness::{CHANGED, Database, Socket, World, on_both_databases};

async fn closed_after(world: &World, message: Value) -> u16 {
    let mut socket = Socket::connect(&world.server.url, &[]).await.unwrap();
    socket.send(&message).await;
    socket.closed().await
}

fn init(payload: &Value) -> Value {
    json!({ "type": "connection_init", "payload": payload })
}

on_both_databases! {
    async fn a_subscription_ends_when_the_jwt_does_and_says_so(world: World) {
        let mut ada = world.user("ada@example.com");
        let mut socket = Socket::subscribed(&world.server.url, &ada.jwt).await;
        let later = JwtOptions { lifetime: Some(TimeDelta::days(1)), ..JwtOptions::default() };
        let longer = world.simulator.jwt_with(ada.id, later);
        let mut stays = Socket::subscribed(&world.server.url, &longer).await;
        world.advance(TimeDelta::hours(1));
        let last = socket.next().await;
        assert_eq!(last["type"], "next");
        let extensions = &last["payload"]["errors"][0]["extensions"];
        assert_eq!(extensions["code"], "UNAUTHENTICATED");
        assert_eq!(extensions["reason"], "jwt-expired");
        assert_eq!(socket.next().await, json!({ "type": "complete", "id": "1" }));
        // Not 4401, at which clients give up.
        assert_eq!(socket.closed().await, 4403);
        // Another's clock has not struck.
        ada.renew_jwt();
        ada.connected(Provider::Google, GrantScript::stable()).await;
        assert_eq!(stays.event().await["provider"], "google");
    }
}

#[tokio::test]
async fn a_socket_that_follows_nothing_ends_with_its_jwt_as_well() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
    world.advance(TimeDelta::hours(1));
    assert_eq!(socket.closed().await, 4403);
}

#[tokio::test]
async fn without_a_jwt_that_verifies_nobody_is_let_in() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let expired = JwtOptions { lifetime: Some(TimeDelta::hours(-1)), ..JwtOptions::default() };
    let expired = world.simulator.jwt_with(ada.id, expired);
    for (payload, code) in [
        (json!({}), 4401),
        (json!({ "authorization": "Bearer not-a-jwt" }), 4401),
        (json!({ "authorization": ada.jwt }), 4401),
        (json!({ "x-service-secret": "wrong" }), 4401),
        (json!({ "authorization": format!("Bearer {}", ada.jwt), "x-hasura-role": "admin" }), 4401),
        (json!({ "authorization": format!("Bearer {expired}") }), 4403),
        (json!({ "authorization": "Bearer \u{0}" }), 4400),
    ] {
        assert_eq!(closed_after(&world, init(&payload)).await, code, "{payload}");
    }
}

#[tokio::test]
async fn the_jwt_is_found_by_any_spelling_and_in_the_request_itself() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let bearer = format!("Bearer {}", ada.jwt);
    for payload in [
        json!({ "authorization": bearer }),
        json!({ "Authorization": bearer, "retries": 3, "nothing": null }),
        json!({ "headers": { "AUTHORIZATION": bearer } }),
    ] {
        let mut socket = Socket::connect(&world.server.url, &[]).await.unwrap();
        socket.init(payload).await;
        socket.subscribe("1", CHANGED).await;
        socket.gap().await;
    }
    let headers = [("authorization", bearer.as_str())];
    let mut socket = Socket::connect(&world.server.url, &headers).await.unwrap();
    socket.send(&json!({ "type": "connection_init" })).await;
    assert_eq!(socket.next().await["type"], "connection_ack");
}

#[tokio::test]
async fn what_is_not_the_protocol_closes_the_socket_with_its_code() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": CHANGED } });
    assert_eq!(closed_after(&world, subscribe.clone()).await, 4401);
    assert_eq!(closed_after(&world, json!({ "type": "start" })).await, 4400);
    let large = json!({ "type": "ping", "payload": "x".repeat(70_000) });
    assert_eq!(closed_after(&world, large).await, 4400);

    let mut socket = Socket::subscribed(&world.server.url, &ada.jwt).await;
    socket.send(&subscribe).await;
    assert_eq!(socket.closed().await, 4409);
    let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
    socket.send(&init(&json!({}))).await;
    assert_eq!(socket.closed().await, 4429);
    let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
    socket.send_text("{".to_owned()).await;
    assert_eq!(socket.closed().await, 4400);
}

#[tokio::test]
async fn whoever_does_not_say_who_they_are_within_ten_seconds_is_let_go() {
    let world = World::on(Database::sqlite()).await;
    let mut socket = Socket::connect(&world.server.url, &[]).await.unwrap();
    assert_eq!(socket.closed().await, 4408);
}

#[tokio::test]
async fn an_anonymous_user_is_told_to_sign_in() {
    let world = World::on(Database::sqlite()).await;
    let jwt = world.simulator.jwt(world.simulator.add_anonymous_user());
    let mut socket = Socket::of(&world.server.url, &jwt).await;
    socket.subscribe("1", CHANGED).await;
    let error = socket.next().await;
    assert_eq!(error["type"], "error");
    assert_eq!(error["payload"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn a_socket_is_for_subscriptions_that_are_valid_and_goes_on_after_one_that_is_not() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let mut socket = Socket::of(&world.server.url, &ada.jwt).await;
    for (query, code) in [
        ("{ providerConnections { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
    ] {
        socket.subscribe("1", query).await;
        let error = socket.next().await;
        assert_eq!(error["type"], "error", "{query}: {error}");
        assert_eq!(error["payload"][0]["extensions"]["code"], code, "{query}: {error}");
    }
    socket.subscribe("1", CHANGED).await;
    socket.gap().await;
    // Whoever has enough of one says so, and may begin it again.
    socket.send(&json!({ "type": "complete", "id": "1" })).await;
    socket.subscribe("1", CHANGED).await;
    socket.gap().await;
}
