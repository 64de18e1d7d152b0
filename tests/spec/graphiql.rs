//! The GraphiQL page: only where it was asked for, with nothing of a caller's in it but in the demo,
//! and with nothing from elsewhere. What a build with `graphiql-bundled` has is
//! tested in `packages/graphiql/test`.

use aws_lc_rs::digest::{SHA384, digest};
use base64::{Engine, prelude::BASE64_STANDARD};
use nhost_auth_simulator::Signing;
use reqwest::Response;
use serde_json::Value;

use crate::harness::{Binary, Database, World};

async fn world() -> World {
    World::on_with(Database::sqlite(), Signing::hs256(), |config| config.graphiql = true).await
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

/// What the server tells the page's script.
#[track_caller]
fn config(page: &str) -> Value {
    let start = page.find(r#"{"examples":["#).expect("the page has its configuration");
    serde_json::Deserializer::from_str(&page[start..]).into_iter().next().unwrap().unwrap()
}

#[tokio::test]
async fn it_is_there_only_where_it_was_asked_for() {
    let without = World::on(Database::sqlite()).await;
    assert_eq!(without.server.get("/graphiql").send().await.unwrap().status(), 404);
    let page = world().await.server.get("/graphiql").send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(header(&page, "content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(header(&page, "cache-control"), Some("no-store"));
    let policy = header(&page, "content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    let scripts = policy.split("; ").find(|directive| directive.starts_with("script-src")).unwrap();
    assert!(!scripts.contains("unsafe"), "{scripts}");
    assert!(!page.text().await.unwrap().contains("{{"), "nothing is left to fill in");
}

#[tokio::test]
async fn it_begins_with_the_examples_and_with_no_header_of_anyones() {
    let page = world().await.server.get("/graphiql").send().await.unwrap().text().await.unwrap();
    let config = config(&page);
    assert_eq!(config["headers"], serde_json::json!({}));
    let examples = config["examples"].as_array().unwrap();
    for field in
        ["connectProvider", "providerConnections", "refreshProviderToken", "disconnectProvider"]
    {
        assert!(
            examples.iter().any(|example| example.as_str().unwrap().contains(field)),
            "{field}"
        );
    }
    assert!(!page.contains("Bearer "), "a JWT comes from whoever visits");
}

#[tokio::test]
async fn the_demos_has_a_jwt_that_no_other_origin_can_read() {
    let mut process =
        Binary::new("demo --listen 127.0.0.1:0 --simulator-listen 127.0.0.1:0").start();
    let printed = process.printed("nothing is left behind").await;
    let server = printed.split_once("is at  ").unwrap().1.split_once("graphql").unwrap().0;
    let http = reqwest::Client::new();
    let url = format!("{server}graphiql");
    let page = http.get(&url).header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(header(&page, "access-control-allow-origin"), None);
    assert_eq!(header(&page, "cache-control"), Some("no-store"));
    let config = config(&page.text().await.unwrap());
    let answer: Value = http
        .post(format!("{server}graphql"))
        .header("authorization", config["headers"]["Authorization"].as_str().unwrap())
        .json(&serde_json::json!({ "query": config["examples"][0] }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["data"]["connectProvider"]["status"], "ACTIVE", "{answer}");
    assert_eq!(process.stop().await.code, Some(0));
}

#[tokio::test]
async fn it_loads_files_of_this_server_alone_each_the_one_that_its_hash_names() {
    let world = world().await;
    let html = world.server.get("/graphiql").send().await.unwrap().text().await.unwrap();
    let mut pinned = 0;
    for tag in html.split('<').filter(|tag| tag.starts_with("script") || tag.starts_with("link ")) {
        assert!(!tag.contains("http://") && !tag.contains("https://"), "{tag}");
        let Some(hash) = tag.split_once("integrity=\"sha384-").map(|(_, rest)| rest) else {
            continue;
        };
        let address = tag.split_once("=\"/graphiql").unwrap().1.split('"').next().unwrap();
        let file = world.server.get(&format!("/graphiql{address}")).send().await.unwrap();
        let digest = digest(&SHA384, &file.bytes().await.unwrap());
        assert_eq!(hash.split('"').next().unwrap(), BASE64_STANDARD.encode(digest), "{address}");
        pinned += 1;
    }
    assert_eq!(pinned, 4);
    let licenses = world.server.get("/graphiql/licenses").send().await.unwrap();
    assert!(licenses.text().await.unwrap().contains("## graphiql"));
}
