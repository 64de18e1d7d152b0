//! Whoever guesses the service secret is seen, and gets slower. Nobody else does.

use std::time::Instant;

use chrono::TimeDelta;
use nhost_auth_simulator::Signing;
use serde_json::{Value, json};

use crate::harness::{Answer, Binary, Database, SERVICE_SECRET, World, simulator};

const LIST: &str =
    "{ providerConnections(userId: \"00000000-0000-4000-8000-000000000001\") { id } }";

/// Behind a proxy, as all of the world's clients are.
async fn world() -> World {
    World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        config.listener.trusted_proxies = "127.0.0.0/8".parse().unwrap();
    })
    .await
}

impl World {
    async fn ask_from(&self, address: &str, secret: &str) -> Answer {
        let headers = [("x-forwarded-for", address), ("x-service-secret", secret)];
        self.server.ask(&headers, LIST, json!({})).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_address_that_a_trusted_proxy_names_is_slowed_and_no_other() {
    let world = world().await;
    for _ in 0..5 {
        let answer = world.ask_from("203.0.113.7", "a-guess").await;
        assert_eq!(answer.extension("reason"), "service-secret-invalid");
    }
    for secret in ["a-guess", SERVICE_SECRET] {
        let answer = world.ask_from("203.0.113.7", secret).await;
        assert_eq!((answer.code(), answer.extension("retryAfter")), ("RATE_LIMITED", &json!(1)));
        assert_eq!(answer.at("/data"), &Value::Null);
        assert!(!answer.0.to_string().contains(secret));
    }
    world.ask_from("10.0.0.1", SERVICE_SECRET).await.data("/providerConnections");
    // What is no call of a service goes on.
    let headers = [("x-forwarded-for", "203.0.113.7")];
    assert_eq!(world.server.ask(&headers, LIST, json!({})).await.code(), "UNAUTHENTICATED");
    // And the hook, where Hasura's secret is guessed just as well.
    let hook = || {
        reqwest::Client::new()
            .post(format!("{}/hooks/user-deleted", world.server.url))
            .header("x-forwarded-for", "203.0.113.7")
            .header("x-service-secret", SERVICE_SECRET)
            .json(&json!({}))
    };
    let slowed = hook().send().await.unwrap();
    assert_eq!(slowed.status(), 429);
    let slowed: Value = slowed.json().await.unwrap();
    let extensions = json!({ "code": "RATE_LIMITED", "retryAfter": 1 });
    assert_eq!(slowed["errors"][0]["extensions"], extensions);

    world.advance(TimeDelta::seconds(1));
    assert_eq!(hook().send().await.unwrap().status(), 400, "it is let in, and says nothing");
    world.ask_from("203.0.113.7", SERVICE_SECRET).await.data("/providerConnections");
}

#[tokio::test]
async fn wrong_ones_are_logged_by_address_ten_lines_a_minute_and_never_what_was_sent() {
    let simulator = simulator().await;
    let database = Database::sqlite();
    let binary = Binary::serve(&simulator, &database.url);
    let since = Instant::now();
    let mut server = binary.env("TRUSTED_PROXIES", "127.0.0.1").env("RUST_LOG", "trace").start();
    let url = server.url().await;
    for last in 0..100 {
        let request = reqwest::Client::new()
            .post(format!("{url}/graphql"))
            .header("x-forwarded-for", format!("203.0.113.{last}"))
            .header("x-service-secret", "a-guess-that-is-no-ones")
            .json(&json!({ "query": LIST }));
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["reason"], "service-secret-invalid");
    }
    server.logged_line(&["a wrong service secret", "203.0.113.0", "set the same"]).await;
    let log = server.stop().await.stderr;
    let minutes = usize::try_from(since.elapsed().as_secs() / 60).unwrap() + 1;
    assert!(log.matches("a wrong service secret").count() <= 10 * minutes, "{log}");
    assert!(!log.contains("a-guess-that-is-no-ones"), "{log}");
}
