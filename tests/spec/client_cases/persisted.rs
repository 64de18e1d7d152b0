//! Automatic persisted queries, and batches.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::Case;
use crate::harness::{Database, World};

const RESPONSE: &str = "application/graphql-response+json, application/json;q=0.9";

async fn assert_not_supported(request: RequestBuilder, expected: &Value) {
    for accept in ["application/json", RESPONSE, "*/*"] {
        let request = request.try_clone().unwrap().header("accept", accept);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{accept}: clients read no other status");
        assert_eq!(&response.json::<Value>().await.unwrap(), expected);
    }
}

pub async fn apq_post(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    let request = world.server.post().bearer_auth(&ada.jwt);
    assert_not_supported(request.json(case.input("/body")), case.expected("")).await;
    // Then the client sends the text, and the hash as well.
    let mut body = case.input("/body").clone();
    body["query"] = "query Mine { providerConnections { id } }".into();
    let response = world.server.post().bearer_auth(&ada.jwt).json(&body).send().await.unwrap();
    assert_eq!(
        response.json::<Value>().await.unwrap(),
        json!({ "data": { "providerConnections": [] } })
    );
}

pub async fn apq_urql(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    assert!(case.input("/client").as_str().unwrap().contains("GET and POST"));
    let hash = "ab".repeat(32);
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let not_supported = json!({ "errors": [{
        "message": "PersistedQueryNotSupported",
        "extensions": { "code": "PERSISTED_QUERY_NOT_SUPPORTED" },
    }] });
    let url = |parameters: &[(&str, &str)]| {
        let url = format!("{}/graphql", world.server.url);
        reqwest::Client::new()
            .get(url::Url::parse_with_params(&url, parameters).unwrap())
            .bearer_auth(&ada.jwt)
    };
    let text = extensions.to_string();
    for parameters in [
        &[("operationName", "Mine"), ("variables", "{}"), ("extensions", &text)][..],
        &[("query", ""), ("extensions", &text)],
    ] {
        assert_not_supported(url(parameters), &not_supported).await;
    }
    let by_post = world.server.post().bearer_auth(&ada.jwt);
    assert_not_supported(by_post.json(&json!({ "extensions": extensions })), &not_supported).await;
    let with_text =
        url(&[("query", "{ __typename }"), ("extensions", &text)]).send().await.unwrap();
    assert_eq!(
        with_text.json::<Value>().await.unwrap(),
        json!({ "data": { "__typename": "Query" } })
    );
}

pub async fn batch_array(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    for accept in ["application/json", RESPONSE] {
        let request = world.server.post().bearer_auth(&ada.jwt).header("accept", accept);
        let response = request.json(case.input("/body")).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer.as_array().unwrap().len(), 2, "{answer:#}");
        for one in answer.as_array().unwrap() {
            let message = one["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains("in its own request"), "{message}");
        }
    }
    // However many there are, the answer is small.
    let request = world.server.post().bearer_auth(&ada.jwt);
    let response = request.json(&vec![json!({ "query": "{ __typename }" }); 5_000]).send().await;
    let answer: Value = response.unwrap().json().await.unwrap();
    assert_eq!(answer.as_array().unwrap().len(), 100);
    assert!(include_str!("../../../docs/clients.md").contains("BatchHttpLink"));
}
