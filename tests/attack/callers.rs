//! Callers who are not who they say, and users who want too much.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::interval;

use crate::{
    arena::{Arena, Target},
    harness::CONNECT,
};

const CLIENTS: usize = 4;

/// Each client asks with each of these headers over and over; nobody may get an answer with data.
async fn ask(target: Target, headers: Vec<(&'static str, String)>, query: &'static str) {
    target.in_place();
    let clients = (0..CLIENTS).map(async |client| {
        let http = Target::http().build().unwrap();
        for (name, value) in headers.iter().cycle().skip(client) {
            if !target.goes_on() {
                break;
            }
            target.sent();
            let request = http.post(format!("{}/graphql", target.url())).header(*name, value);
            // A user's JWT allows no such role: it would be refused for that.
            let request = match *name {
                "x-service-secret" => request.header("x-hasura-role", "admin"),
                _ => request,
            };
            let Ok(response) = request.json(&json!({ "query": query })).send().await else {
                continue;
            };
            let answer: Value = response.json().await.unwrap_or_default();
            if answer.pointer("/data/providerConnections").is_some_and(|list| !list.is_null())
                || answer.pointer("/data/disconnectProvider").is_some_and(|gone| !gone.is_null())
            {
                target.is_wrong(format!("{name} is answered {answer}"));
            }
        }
    });
    join_all(clients).await;
}

const READ: &str = "{ providerConnections { accessToken } }";

async fn service_secrets(target: Target) {
    let secrets =
        (0..1_000).map(|n| ("x-service-secret", format!("a-service-secret-of-many-{n:09}")));
    ask(target, secrets.collect(), READ).await;
}

async fn jwts(target: Target) {
    let [head, payload, signature] =
        target.jwt().split('.').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
    let bearers = [
        format!("{head}.{payload}."),
        format!("{head}.{payload}.{}", signature.chars().rev().collect::<String>()),
        format!("eyJhbGciOiJub25lIn0.{payload}."),
        format!("eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uIn0.{payload}.{signature}"),
        format!("{head}.{}.{signature}", payload.repeat(20)),
        ".".repeat(10_000),
        "ey".repeat(5_000),
    ];
    let headers = bearers.map(|bearer| ("authorization", format!("Bearer {bearer}")));
    ask(target, headers.into(), READ).await;
}

async fn apps(target: Target) {
    let bearer = ("authorization", format!("Bearer {}", target.app_jwt()));
    let disconnect = "mutation { disconnectProvider(provider: google) { id } }";
    tokio::join!(
        ask(target.clone(), vec![bearer.clone()], READ),
        ask(target.clone(), vec![bearer], disconnect)
    );
}

/// One user who has not signed in anywhere, and connects all the same, over and over.
async fn connects(target: Target) {
    target.in_place();
    let http = Target::http().build().unwrap();
    let mut pace = interval(std::time::Duration::from_millis(20));
    while target.goes_on() {
        pace.tick().await;
        target.sent();
        let request = http.post(format!("{}/graphql", target.url())).bearer_auth(target.jwt());
        let _ = request.json(&json!({ "query": CONNECT })).send().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_call_harms_nobody() {
    let mut arena = Arena::open("callers").await;
    arena.attack("JWTs that don't verify", jwts).await;
    arena.attack("JWTs of a third party's app", apps).await;
    arena.attack("connectProvider over and over", connects).await;
    arena.attack("wrong service secrets", service_secrets).await;
    arena.close().await;
}
