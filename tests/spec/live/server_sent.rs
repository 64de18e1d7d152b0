//! Server-sent events by the GraphQL-over-SSE protocol, in distinct connections mode.

use chrono::TimeDelta;
use nhost_auth_simulator::{GrantScript, Provider};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use crate::harness::{CHANGED, Database, LIMIT, User, World, on_both_databases};

/// A stream of events.
struct Events {
    response: Response,
    text: String,
}

impl Events {
    async fn of(request: RequestBuilder) -> Self {
        let response = request.header("accept", "text/event-stream").send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-cache, no-store, no-transform");
        Self { response, text: String::new() }
    }

    /// The next event: its name and its data. `None`: the stream has ended.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.map(str::trim).unwrap_or_default().to_owned()
                };
                let data = serde_json::from_str(&field("data:")).unwrap_or(Value::Null);
                let event = (field("event:"), data);
                return Some(event);
            }
            let chunk = tokio::time::timeout(LIMIT, self.response.chunk()).await;
            let chunk = chunk.expect("nothing comes").unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn data(&mut self) -> Value {
        let (event, data) = self.next().await.unwrap();
        assert_eq!(event, "next", "{data}");
        data
    }

    async fn ends(&mut self) {
        assert_eq!(self.next().await, Some(("complete".to_owned(), Value::Null)));
        assert_eq!(self.next().await, None);
    }
}

fn post(world: &World, ada: &User<'_>, query: &str) -> RequestBuilder {
    world.server.post().bearer_auth(&ada.jwt).json(&json!({ "query": query }))
}

on_both_databases! {
    async fn changes_come_as_events_until_the_jwt_has_expired(world: World) {
        let ada = world.user("ada@example.com");
        let mut events = Events::of(post(&world, &ada, CHANGED)).await;
        let first = events.data().await;
        assert_eq!(first["data"]["providerConnectionChanged"]["event"], Value::Null);
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let change = events.data().await;
        assert_eq!(change["data"]["providerConnectionChanged"]["event"]["kind"], "CONNECTED");
        world.advance(TimeDelta::hours(1));
        let mut last = events.data().await;
        while last["errors"].is_null() {
            last = events.data().await;
        }
        assert_eq!(last["errors"][0]["extensions"]["reason"], "jwt-expired");
        events.ends().await;
    }
}

#[tokio::test]
async fn a_get_subscribes_and_still_changes_nothing() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let get = |query: &str| {
        let mut url = url::Url::parse(&world.server.url).unwrap().join("/graphql").unwrap();
        url.query_pairs_mut().append_pair("query", query);
        reqwest::Client::new().get(url).bearer_auth(&ada.jwt)
    };
    let mut events = Events::of(get(CHANGED)).await;
    assert!(events.data().await["data"]["providerConnectionChanged"]["event"].is_null());
    let mutation = get("mutation { disconnectProvider(provider: google) { id } }");
    let refused = mutation.header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(refused.status(), 405);
}

#[tokio::test]
async fn queries_and_mistakes_are_one_event_and_the_end() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let mut events = Events::of(post(&world, &ada, "{ providerConnections { id } }")).await;
    assert_eq!(events.data().await, json!({ "data": { "providerConnections": [] } }));
    events.ends().await;
    for (query, code) in [
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
    ] {
        let mut events = Events::of(post(&world, &ada, query)).await;
        assert_eq!(events.data().await["errors"][0]["extensions"]["code"], code);
        events.ends().await;
    }
    let mut events = Events::of(world.server.post().json(&json!({ "query": CHANGED }))).await;
    let errors = events.data().await;
    assert_eq!(errors["errors"][0]["extensions"]["reason"], "jwt-missing");
    events.ends().await;
}

#[tokio::test]
async fn a_client_that_reads_json_as_well_gets_events_for_subscriptions_alone() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    // As urql sends it.
    let accept = "application/graphql-response+json, application/json, text/event-stream";
    for query in ["{ providerConnections { id } }", "{ nothing }", "{"] {
        let response = post(&world, &ada, query).header("accept", accept).send().await.unwrap();
        let content_type = response.headers()["content-type"].to_str().unwrap();
        assert!(content_type.starts_with("application/graphql-response+json"), "{content_type}");
    }
    let response = post(&world, &ada, CHANGED).header("accept", accept).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
}

#[tokio::test]
async fn a_subscription_over_plain_http_is_told_where_it_belongs() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let response = post(&world, &ada, CHANGED).send().await.unwrap();
    assert_eq!(response.status(), 400);
    let answer: Value = response.json().await.unwrap();
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("graphql-transport-ws") && message.contains("text/event-stream"));
}
