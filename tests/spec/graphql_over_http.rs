//! GraphQL over HTTP: media types and statuses, request ids, caching, CORS, and the members of a
//! request.

use nhost_auth_simulator::{GrantScript, Provider, Signing};
use provider_connections::config::CorsOrigins;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Database, World, on_both_databases};

const JSON: &str = "application/json";
const RESPONSE: &str = "application/graphql-response+json";
const PAGE: &str = "https://app.example.com";

fn content_type(response: &Response) -> String {
    response.headers()["content-type"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

on_both_databases! {
    async fn the_client_says_which_media_type_it_reads(world: World) {
        let ada = world.user("ada@example.com");
        for (accept, expected) in [
            ("", JSON),
            ("*/*", JSON),
            ("application/*", JSON),
            ("text/html", JSON),
            (JSON, JSON),
            (RESPONSE, RESPONSE),
            ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", RESPONSE),
            ("application/json, application/graphql-response+json;q=0.9", JSON),
            ("application/json;q=0.5, Application/GraphQL-Response+JSON", RESPONSE),
            ("application/graphql-response+json;q=0, */*", JSON),
            ("application/graphql-response+json;q=nonsense", JSON),
        ] {
            for query in ["{ providerConnections { id } }", "{"] {
                let mut request = world.server.post().bearer_auth(&ada.jwt).json(&json!({ "query": query }));
                if !accept.is_empty() {
                    request = request.header("accept", accept);
                }
                let response = request.send().await.unwrap();
                assert_eq!(content_type(&response), expected, "{accept:?}");
            }
        }
    }

    async fn the_status_tells_only_those_who_ask_it_to(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let bad = StatusCode::BAD_REQUEST;
        // The request, the status for graphql-response+json, and whether there is `data`.
        for (body, status, data) in [
            (json!({ "query": "{ providerConnections { id } }" }), StatusCode::OK, true),
            (json!({ "query": "{ a: providerConnection(provider: google) { accessToken(minValidFor: -1) } }" }), StatusCode::OK, true),
            (json!({ "query": "mutation { disconnectProvider(provider: strava) { id } }" }), StatusCode::OK, true),
            (json!({ "query": "{" }), bad, false),
            (json!({ "query": "{ nonsense }" }), bad, false),
            (json!({ "query": "{ providerConnection(provider: myspace) { id } }" }), bad, false),
            (json!({ "query": "query A { __typename }", "operationName": "B" }), bad, false),
            (json!({ "query": "query A { __typename } query B { __typename }" }), bad, false),
        ] {
            for (accept, status) in [(JSON, StatusCode::OK), (RESPONSE, status)] {
                let request = world.server.post().bearer_auth(&ada.jwt).header("accept", accept);
                let response = request.json(&body).send().await.unwrap();
                assert_eq!(response.status(), status, "{accept}: {body}");
                let answer: Value = response.json().await.unwrap();
                assert_eq!(answer.get("data").is_some(), data, "{accept}: {answer:#}");
            }
        }
        // Who is not known gets an answer, not a status: Hasura would not pass a 401's body on.
        for accept in [JSON, RESPONSE] {
            let request = world.server.post().header("accept", accept);
            let query = json!({ "query": "{ providerConnections { id } }" });
            assert_eq!(request.json(&query).send().await.unwrap().status(), 200);
        }
        for accept in [JSON, RESPONSE] {
            let request = world.server.post().header("accept", accept).header("content-type", JSON);
            let response = request.body("no JSON").send().await.unwrap();
            assert_eq!((response.status(), content_type(&response)), (bad, accept.to_owned()));
        }
    }

    async fn every_answer_has_the_requests_id_and_is_not_kept(world: World) {
        let send = async |path: &str, method: Method, id: Option<&str>| {
            let url = format!("{}{path}", world.server.url);
            let mut request = reqwest::Client::new().request(method, url).header("content-type", JSON);
            if let Some(id) = id {
                request = request.header("x-request-id", id);
            }
            let response = request.body(r#"{"query":"{ providerConnections { id } }"}"#).send().await.unwrap();
            assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
            assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{path}");
            assert!(response.headers().get("set-cookie").is_none(), "{path}");
            response.headers()["x-request-id"].to_str().unwrap().to_owned()
        };
        for (path, method) in [("/graphql", Method::POST), ("/graphql", Method::GET), ("/readyz", Method::GET), ("/nowhere", Method::GET)] {
            assert_eq!(send(path, method.clone(), Some("a-clients-own")).await, "a-clients-own");
            let (first, second) = (send(path, method.clone(), None).await, send(path, method, None).await);
            assert!(first.parse::<uuid::Uuid>().is_ok(), "{first}");
            assert_ne!(first, second);
        }
    }

    async fn the_members_of_a_request_are_taken_as_they_come(world: World) {
        let ada = world.user("ada@example.com");
        let two = "query A { a: __typename } query B { b: __typename }";
        let optional = "query($id: uuid) { providerConnections(userId: $id) { id } }";
        for (body, data) in [
            (json!({ "query": "{ __typename }", "operationName": null, "variables": null, "extensions": null }), json!({ "__typename": "Query" })),
            (json!({ "query": "query A { __typename }", "operationName": "A" }), json!({ "__typename": "Query" })),
            (json!({ "query": "query A { __typename }", "operationName": null }), json!({ "__typename": "Query" })),
            (json!({ "query": two, "operationName": "A" }), json!({ "a": "Query" })),
            (json!({ "query": two, "operationName": "B" }), json!({ "b": "Query" })),
            (json!({ "query": optional, "variables": null }), json!({ "providerConnections": [] })),
            (json!({ "query": optional, "variables": {} }), json!({ "providerConnections": [] })),
            (json!({ "query": optional, "variables": { "id": ada.id, "more": [1] } }), json!({ "providerConnections": [] })),
            (json!({ "query": "{ __typename }", "id": 1, "user": { "a": [] }, "extensions": { "persistedQuery": {} } }), json!({ "__typename": "Query" })),
        ] {
            let response = world.server.post().bearer_auth(&ada.jwt).json(&body).send().await.unwrap();
            let answer = Answer(response.json().await.unwrap());
            assert_eq!(answer.data(""), &data, "{body}");
        }
        let request = world.server.post().header("content-type", "Application/JSON; charset=utf-8");
        let answer: Value = request.body(r#"{"query":"{ __typename }"}"#).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer, json!({ "data": { "__typename": "Query" } }));
    }
}

async fn with_cors(origins: CorsOrigins) -> World {
    World::on_with(Database::sqlite(), Signing::hs256(), |config| config.cors = origins).await
}

/// The headers that answer a request of a page, or the preflight before it.
async fn from_page(world: &World, origin: &str, preflight: bool) -> Response {
    let url = format!("{}/graphql", world.server.url);
    let client = reqwest::Client::new();
    let request = if preflight {
        client
            .request(Method::OPTIONS, url)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type")
    } else {
        client.post(url).json(&json!({ "query": "{ __typename }" }))
    };
    request.header("origin", origin).send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn no_page_may_read_answers_by_default() {
    let world = World::on(Database::sqlite()).await;
    for origin in [PAGE, "null", &world.server.url] {
        for preflight in [false, true] {
            let response = from_page(&world, origin, preflight).await;
            assert_eq!(header(&response, "access-control-allow-origin"), None, "{origin}");
        }
    }
}

#[tokio::test]
async fn pages_of_an_allowed_origin_may_read_answers_and_others_not() {
    let world = with_cors(CorsOrigins::These(vec![PAGE.parse().unwrap()])).await;
    for preflight in [false, true] {
        let response = from_page(&world, PAGE, preflight).await;
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "access-control-allow-origin"), Some(PAGE));
        assert!(header(&response, "vary").unwrap().contains("origin"));
        assert_eq!(header(&response, "access-control-allow-credentials"), None);
        if preflight {
            assert_eq!(header(&response, "access-control-allow-methods"), Some("GET,POST"));
            let headers = header(&response, "access-control-allow-headers").unwrap();
            assert!(headers.contains("authorization") && headers.contains("content-type"));
        } else {
            assert_eq!(header(&response, "access-control-expose-headers"), Some("x-request-id"));
        }
        for other in [
            "https://evil.example",
            "http://app.example.com",
            "https://app.example.com.evil.example",
            "https://app.example.com:444",
            "null",
        ] {
            let response = from_page(&world, other, preflight).await;
            assert_eq!(header(&response, "access-control-allow-origin"), None, "{other}");
        }
    }
}
