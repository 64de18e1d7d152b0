//! A remote schema of Hasura v2: what it sends, to the byte, and what it makes of the answers.
//! `tests/node/hasura` has the other side of it, and the sources.

use futures_util::future::join_all;
use nhost_auth_simulator::{GrantScript, Provider, Signing};
use provider_connections::config::Introspection;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Answer, Database, SERVICE_SECRET, World, on_both_databases};

/// The body of the request by which Hasura merges: one line, fragments inlined, no `variables`.
const INTROSPECTION: &str = include_str!("fixtures/hasura-introspection.json");
const ROWS: usize = 100;
const EVERYTHING: &str = "id  userId  provider  status  accessToken(minValidFor: 60)  expiresAt  \
    refreshable  connectedAt  refreshedAt  reauthenticationUrl  lastFailure { code  message  at  retryAt  } \
    events(first: 20) { id  kind  actor  at  times  code  evidence  } ";

/// Sends these bytes, with Hasura's headers and these.
async fn send(world: &World, headers: &[(&str, &str)], body: impl Into<String>) -> Answer {
    let mut request = world.server.post().header("content-type", "application/json");
    request = request.header("user-agent", "hasura-graphql-engine/v2.48.0");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.body(body.into()).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    assert!(response.headers().get("set-cookie").is_none());
    Answer(response.json().await.unwrap())
}

fn as_role<'a>(role: &'a str, user: &'a str) -> [(&'a str, &'a str); 3] {
    [("x-service-secret", SERVICE_SECRET), ("x-hasura-role", role), ("x-hasura-user-id", user)]
}

/// Users with a connection each: the rows of a table.
async fn rows(world: &World) -> Vec<String> {
    join_all((0..ROWS).map(|n| async move {
        let user = world.user(&format!("row-{n}@example.com"));
        user.connected(Provider::Google, GrantScript::stable()).await;
        user.id.to_string()
    }))
    .await
}

/// The one request for all rows: `f0`, `f1` … as Hasura names them.
fn joined(rows: &[String], selection: &str) -> String {
    let fields: Vec<_> = rows
        .iter()
        .enumerate()
        .map(|(n, id)| format!("f{n}: providerConnections(userId: \"{id}\") {{ {selection} }}"))
        .collect();
    json!({ "query": format!("query  {{ {} }}", fields.join(" ")) }).to_string()
}

on_both_databases! {
    async fn a_remote_relationship_of_a_hundred_rows_may_select_everything(world: World) {
        let rows = rows(&world).await;
        let admin = [("x-service-secret", SERVICE_SECRET), ("x-hasura-role", "admin")];
        let answer = send(&world, &admin, joined(&rows, EVERYTHING)).await;
        for (n, id) in rows.iter().enumerate() {
            let connections = answer.data(&format!("/f{n}")).as_array().unwrap();
            assert_eq!(connections.len(), 1);
            assert_eq!(connections[0]["userId"], id.as_str());
            // On a slow machine a read of this very request is written before the events are read.
            let events = connections[0]["events"].as_array().unwrap();
            assert_eq!(events.last().unwrap()["kind"], "CONNECTED");
            let grant = world.simulator.grant_of(id.parse().unwrap(), Provider::Google).unwrap();
            assert_eq!(connections[0]["accessToken"], world.simulator.grant(grant).current_access_token);
        }
    }

    async fn a_role_is_joined_to_its_own_row_alone(world: World) {
        let rows = rows(&world).await;
        let ada = &as_role("user", &rows[0]);
        let own = send(&world, ada, joined(&rows[..1], EVERYTHING)).await;
        assert_eq!(own.text("/f0/0/userId"), rows[0]);
        let all = send(&world, ada, joined(&rows, "accessToken(minValidFor: 60) ")).await;
        assert_eq!(all.code(), "FORBIDDEN");
        assert!(!all.0.to_string().contains("sim-at-"), "{:#}", all.0);
    }

    async fn presets_and_renamed_variables_are_taken(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        ada.connected(Provider::Github, GrantScript::stable()).await;
        let (token, id) = (ada.access_token(Provider::Google).await, ada.id.to_string());
        for (query, variables, data) in [
            (
                "query ($x_hasura_user_id: uuid!) { providerConnections(userId: $x_hasura_user_id) { provider  } }",
                json!({ "x_hasura_user_id": id }),
                json!({ "providerConnections": [{ "provider": "github" }, { "provider": "google" }] }),
            ),
            (
                "query ($hasura_json_var_1: [OAuthProvider!],$x_hasura_user_id: uuid!,$hasura_json_var_2: Int!) \
                 { mine: providerConnections(providers: $hasura_json_var_1,userId: $x_hasura_user_id) \
                 { a: accessToken(minValidFor: $hasura_json_var_2)  b: accessToken(minValidFor: $hasura_json_var_2)  } }",
                json!({ "hasura_json_var_1": ["google"], "x_hasura_user_id": id, "hasura_json_var_2": 30 }),
                json!({ "mine": [{ "a": token, "b": token }] }),
            ),
            (
                "query ($hasura_json_var_1: uuid,$hasura_json_var_2: [OAuthProvider!]) \
                 { providerConnections(userId: $hasura_json_var_1,providers: $hasura_json_var_2) { provider  } }",
                json!({ "hasura_json_var_1": null, "hasura_json_var_2": null }),
                json!({ "providerConnections": [{ "provider": "github" }, { "provider": "google" }] }),
            ),
            (
                "mutation ($x_hasura_user_id: uuid!,$p: OAuthProvider!) \
                 { refreshProviderToken(provider: $p,minValidFor: 0,userId: $x_hasura_user_id) { status  } }",
                json!({ "x_hasura_user_id": id, "p": "google" }),
                json!({ "refreshProviderToken": { "status": "ACTIVE" } }),
            ),
        ] {
            let body = json!({ "query": query, "variables": variables }).to_string();
            let answer = send(&world, &as_role("user", &id), body).await;
            assert_eq!(answer.data(""), &data, "{query}");
        }
    }

    async fn a_preset_of_another_user_opens_nothing(world: World) {
        let (ada, bob) = (world.user("ada@example.com"), world.user("bob@example.com"));
        bob.connected(Provider::Google, GrantScript::stable()).await;
        let body = json!({
            "query": "query ($x_hasura_user_id: uuid!) { providerConnections(userId: $x_hasura_user_id) { accessToken(minValidFor: 60)  } }",
            "variables": { "x_hasura_user_id": bob.id },
        });
        let answer = send(&world, &as_role("user", &ada.id.to_string()), body.to_string()).await;
        assert_eq!(answer.code(), "FORBIDDEN");
    }
}

async fn with(introspection: Introspection) -> World {
    World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        config.introspection = introspection;
    })
    .await
}

#[tokio::test]
async fn the_request_that_merges_is_answered_byte_for_byte() {
    let world = with(Introspection::Public).await;
    let fixture = include_str!("fixtures/hasura-introspection.graphql");
    let spread =
        json!({ "query": fixture, "operationName": "IntrospectionQuery", "variables": null });
    let admin = [("x-hasura-role", "admin"), ("x-b3-traceid", "463ac35c9f6413ad")];
    let answer = send(&world, &admin, INTROSPECTION).await;
    assert_eq!(answer.text("/__schema/queryType/name"), "Query");
    assert_eq!(answer, send(&world, &admin, spread.to_string()).await);
}

#[tokio::test]
async fn a_merge_that_is_not_allowed_is_told_what_to_do() {
    let asks = [
        INTROSPECTION.to_owned(),
        json!({ "query": "{ s: __schema { queryType { name } } }" }).to_string(),
        json!({ "query": "{ __typename ... { __type(name: \"Query\") { name } } }" }).to_string(),
        json!({ "query": "{ ...F } fragment F on Query { __type(name: \"Query\") { name } }" })
            .to_string(),
    ];
    let service = ("x-service-secret", SERVICE_SECRET);
    for (introspection, headers, advice) in [
        (Introspection::Service, &[][..], "x-service-secret"),
        (Introspection::Off, &[], "INTROSPECTION=service"),
        (Introspection::Off, &[service], "INTROSPECTION=service"),
    ] {
        let world = with(introspection).await;
        for body in &asks {
            let answer = send(&world, headers, body.clone()).await;
            assert!(answer.0.get("data").is_none(), "{body}: {:#}", answer.0);
            assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED");
            let message = answer.at("/errors/0/message").as_str().unwrap();
            assert!(message.contains(advice), "{message}");
        }
        let typename = json!({ "query": "query  { __typename  }" }).to_string();
        assert_eq!(send(&world, headers, typename).await.text("/__typename"), "Query");
    }
}

#[tokio::test]
async fn a_url_without_its_path_is_answered_in_json() {
    let world = with(Introspection::Public).await;
    for path in ["", "/", "/v1/graphql", "/graphql/v1"] {
        let url = format!("{}{path}", world.server.url);
        let request = reqwest::Client::new().post(url).header("content-type", "application/json");
        let response = request.body(INTROSPECTION).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(response.headers()["content-type"], "application/json");
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND", "{path}");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("/graphql"));
    }
}
