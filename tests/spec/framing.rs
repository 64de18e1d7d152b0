//! A page in somebody else's frame can have its buttons clicked unseen: no page of ours is in one,
//! unless `FRAME_ALLOWED_ORIGINS` says whose it may be in.

use nhost_auth_simulator::Signing;
use provider_connections::config::FrameAncestors;
use reqwest::Response;
use serde_json::json;

use crate::harness::{Database, World};

async fn page(allowed: &[&str]) -> Response {
    let allowed = allowed.iter().map(|origin| origin.parse().unwrap()).collect();
    let world = World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        config.graphiql = true;
        config.frame_ancestors = FrameAncestors(allowed);
    })
    .await;
    world.server.get("/graphiql").send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

/// The value of `frame-ancestors`; there is one policy, and the directive is in it once.
fn ancestors(response: &Response) -> Vec<&str> {
    let policies = response.headers().get_all("content-security-policy").iter();
    let policies: Vec<_> = policies.map(|policy| policy.to_str().unwrap()).collect();
    assert_eq!(policies.len(), 1, "{policies:?}");
    let directives = policies[0].split(';').map(str::trim);
    let found: Vec<_> =
        directives.filter_map(|directive| directive.strip_prefix("frame-ancestors ")).collect();
    assert_eq!(found.len(), 1, "{policies:?}");
    found[0].split(' ').collect()
}

#[tokio::test]
async fn a_page_is_in_nobodys_frame_by_default() {
    let page = page(&[]).await;
    assert_eq!(ancestors(&page), ["'none'"]);
    assert_eq!(header(&page, "x-frame-options"), Some("DENY"));
}

#[tokio::test]
async fn a_page_is_in_the_frames_of_allowed_origins_and_no_others() {
    let origins = ["https://app.example.com", "http://localhost:3000"];
    let page = page(&origins).await;
    assert_eq!(ancestors(&page), origins);
    // It knows no origins: browsers that read it would refuse the allowed ones as well.
    assert_eq!(header(&page, "x-frame-options"), None);
}

#[tokio::test]
async fn an_answer_that_is_no_page_is_in_no_frame_and_loads_nothing() {
    let world = World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        config.frame_ancestors = FrameAncestors(vec!["https://app.example.com".parse().unwrap()]);
    })
    .await;
    let query = json!({ "query": "{ __typename }" });
    for answer in [
        world.server.post().json(&query),
        world.server.get("/graphql?query={__typename}"),
        world.server.get("/readyz"),
        world.server.get("/nowhere"),
    ] {
        let answer = answer.send().await.unwrap();
        assert_eq!(ancestors(&answer), ["'none'"], "{}", answer.url());
        let policy = header(&answer, "content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; "), "{}: {policy}", answer.url());
    }
}
