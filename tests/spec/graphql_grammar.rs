//! A document is read to the letter of the grammar (GraphQL, September 2025, sections 2 and 5), also
//! where the parser's library is not.

use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};

use crate::harness::{Database, World, on_both_databases};

async fn ask(world: &World, jwt: &str, query: &str, variables: &Value) -> Value {
    let body = json!({ "query": query, "variables": variables });
    world.server.post().bearer_auth(jwt).json(&body).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn what_is_ignored_may_stand_between_any_two_tokens() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    for ignored in [" ", ",", ", ,", "# a comment\n", "\u{feff}", " \r\n,", "\r", "#\r#,\"{\n\t"] {
        let tokens = [
            "query",
            "Q",
            "{",
            "a",
            ":",
            "__typename",
            "...",
            "on",
            "Query",
            "{",
            "b",
            ":",
            "__typename",
            "}",
            "...",
            "F",
            "}",
        ];
        let fragment = ["fragment", "F", "on", "Query", "{", "c", ":", "__typename", "}"];
        let query = [&tokens[..], &fragment[..]].concat().join(ignored);
        let answer = ask(&world, &ada.jwt, &query, &json!({})).await;
        assert_eq!(
            answer,
            json!({ "data": { "a": "Query", "b": "Query", "c": "Query" } }),
            "{ignored:?}"
        );
    }
}

#[tokio::test]
async fn a_word_too_many_is_a_syntax_error() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    for query in [
        "{ providerSignInUrl(provider provider: spotify) }",
        "{ providerSignInUrl(provider: spotify github) }",
        "{ __typename @skip(if: true workos) }",
        "{ __typename @include(if if: true) }",
        "query($if: Boolean = true) { __typename @skip(if if: $if) }",
    ] {
        let answer = ask(&world, &ada.jwt, query, &json!({})).await;
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "GRAPHQL_PARSE_FAILED",
            "{query}: {answer}"
        );
        assert_eq!(answer.get("data"), None, "{query}: {answer}");
    }
}

#[tokio::test]
async fn a_literal_that_does_not_fit_is_refused_also_where_it_is_skipped() {
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    for query in [
        "{ providerConnections(userId: \"nobody\") @skip(if: true) { id } }",
        "query($id: uuid = \"nobody\") { providerConnections(userId: $id) @skip(if: true) { id } }",
        "query A { __typename } query B { providerConnections(userId: 1) { id } }",
        "query A { __typename } query B($id: uuid = \"nobody\") { providerConnections(userId: $id) { id } }",
        "query A { ...F } fragment F on Query { ... @include(if: false) { providerConnections(userId: [\"a\"]) { id } } }",
        "query A($p: OAuthProvider) { providerConnections(providers: [$p]) @skip(if: true) { id } }",
        "query A { __typename } query B($p: String!) { providerConnections(providers: [google, $p]) { id } }",
    ] {
        let body =
            json!({ "query": query, "operationName": query.contains("query A").then_some("A") });
        let answer = world.server.post().bearer_auth(&ada.jwt).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(
            answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED",
            "{query}: {answer}"
        );
        assert_eq!(answer.get("data"), None, "{query}: {answer}");
    }
}

on_both_databases! {
    async fn a_variable_that_is_null_where_null_can_not_be_is_refused_before_anything_runs(world: World) {
        let ada = world.user("ada@example.com");
        ada.connected(Provider::Google, GrantScript::stable()).await;
        let before = world.row(ada.id, Provider::Google).await;
        let disconnect = "disconnectProvider(provider: google) { id }";
        for query in [
            format!("mutation($n: OAuthProvider = github) {{ {disconnect} a: disconnectProvider(provider: $n) {{ id }} }}"),
            "query($n: Int = 5) { providerConnections { accessToken(minValidFor: $n) } }".to_owned(),
            "query($n: Int) { providerConnections { events(first: $n) { id } } }".to_owned(),
            "query($n: String = \"Query\") { __type(name: $n) { name } }".to_owned(),
            "query($n: Boolean = true) { __typename @include(if: false) @skip(if: $n) }".to_owned(),
            "query($n: OAuthProvider = google) { providerConnections(providers: [$n]) { id } }".to_owned(),
        ] {
            let answer = ask(&world, &ada.jwt, &query, &json!({ "n": null })).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{query}: {answer}");
            assert_eq!(answer.get("data"), None, "{query}: {answer}");
        }
        assert_eq!(world.row(ada.id, Provider::Google).await, before);
    }
}
