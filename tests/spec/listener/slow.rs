//! A client that keeps the server waiting is let go.

use nhost_auth_simulator::Signing;
use provider_connections::config::Timeouts;

use super::{
    SOON, patient,
    raw::{Raw, half, request},
};
use crate::harness::{Database, World};

async fn world(timeouts: Timeouts) -> World {
    let change = |config: &mut provider_connections::config::Config| {
        config.listener.timeouts = timeouts;
    };
    World::on_with(Database::sqlite(), Signing::hs256(), change).await
}

const HEALTHZ: &str = "GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n";

#[tokio::test]
async fn one_that_says_nothing_is_let_go() {
    let world = world(Timeouts { head: SOON, ..patient() }).await;
    assert_eq!(Raw::connect(&world.server.url).await.closed().await, b"");
}

#[tokio::test]
async fn one_that_does_not_finish_a_head_is_let_go_however_slowly_it_goes_on() {
    let world = world(Timeouts { head: SOON, ..patient() }).await;
    let url = &world.server.url;
    assert_eq!(Raw::saying(url, "POST /graphql HTTP/1.1\r\nHo").await.closed().await, b"");
    let mut slow = Raw::saying(url, "GET /healthz HTTP/1.1\r\nX: ").await;
    slow.say_until_closed().await;
    assert_eq!(slow.closed().await, b"");
    // Also when it has had an answer before.
    let mut second = Raw::saying(url, HEALTHZ).await;
    assert_eq!(second.answer().await.0, 200);
    second.say("GET /heal").await;
    assert_eq!(second.closed().await, b"");
    // Half a preface of HTTP/2 is no head, and neither is a whole one.
    for preface in ["PRI * HT", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        Raw::saying(url, preface).await.closed().await;
    }
}

#[tokio::test]
async fn one_that_asks_for_nothing_more_is_let_go_later() {
    let world = world(Timeouts { idle: SOON, ..patient() }).await;
    let mut idle = Raw::saying(&world.server.url, HEALTHZ).await;
    assert_eq!(idle.answer().await.0, 200);
    assert_eq!(idle.closed().await, b"");
}

#[tokio::test]
async fn one_that_does_not_finish_a_body_is_told_and_let_go() {
    let world = world(Timeouts { body: SOON, ..patient() }).await;
    let mut slow = Raw::saying(&world.server.url, &half("{ __typename }")).await;
    let (status, body) = slow.answer().await;
    assert_eq!(status, 408, "{body}");
    assert!(body.contains("did not arrive in time"), "{body}");
    assert_eq!(slow.closed().await, b"");
    let secret = crate::harness::SERVICE_SECRET;
    let hook = format!(
        "POST /hooks/user-deleted HTTP/1.1\r\nHost: here\r\nx-service-secret: {secret}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    assert_eq!(Raw::saying(&world.server.url, &hook).await.answer().await.0, 408);
}

#[tokio::test]
async fn one_that_reads_nothing_is_let_go() {
    let world = world(Timeouts { write: SOON, ..patient() }).await;
    let mut deaf = Raw::narrow(&world.server.url).await;
    let many =
        request("", "{ __schema { types { name description fields { name } } } }").repeat(400);
    deaf.say_while_taken(&many).await;
    deaf.say_until_closed().await;
}
