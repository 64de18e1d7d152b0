//! The whole document is validated before any of it runs, and mistakes say where they are.

use nhost_auth_simulator::Signing;
use provider_connections::config::Introspection;
use serde_json::{Value, json};

use super::{ada, connected, repeated};
use crate::harness::{Answer, Database, World, on_both_databases};

on_both_databases! {
    async fn a_document_that_is_not_valid_runs_nothing(world: World) {
        let ada = ada(&world).await;
        let disconnect = "disconnectProvider(provider: google) { id }";
        for query in [
            // A variable's type is checked against each place where it is used.
            format!("mutation($p: String!) {{ {disconnect} a: disconnectProvider(provider: $p) {{ id }} }}"),
            format!("mutation($p: OAuthProvider) {{ {disconnect} a: disconnectProvider(provider: $p) {{ id }} }}"),
            format!("mutation($p: OAuthProvider = null) {{ {disconnect} a: disconnectProvider(provider: $p) {{ id }} }}"),
            format!("mutation($p: Int) {{ {disconnect} a: disconnectProvider(provider: github, userId: $p) {{ id }} }}"),
            format!("mutation($p: OAuthProvider!) {{ {disconnect} a: __typename @skip(if: $p) }}"),
            format!("mutation($p: Boolean) {{ {disconnect} a: __typename @skip(if: $p) }}"),
            // In the rest of the document, too.
            format!("mutation A {{ {disconnect} }} query B {{ nonsense }}"),
            format!("mutation A {{ {disconnect} }} fragment F on Nonsense {{ id }}"),
            format!("mutation A {{ {disconnect} ...F }} fragment F on Query {{ __typename }}"),
            format!("mutation A {{ {disconnect} }} mutation {{ {disconnect} }}"),
            format!("mutation A {{ {disconnect} }} type T {{ a: Int }}"),
            format!("mutation A {{ {disconnect} a: __typename @skip(if: false) @skip(if: true) }}"),
            format!("mutation A @skip(if: true) {{ {disconnect} }}"),
            "mutation A { disconnectProvider(provider: google, provider: google) { id } }".to_owned(),
            "mutation A { disconnectProvider(provider: google) { ... on Query { __typename } id } }".to_owned(),
            "mutation A { disconnectProvider(provider: \"google\") { id } }".to_owned(),
            "mutation A { __schema { queryType { name } } disconnectProvider(provider: google) { id } }".to_owned(),
        ] {
            let body = json!({ "query": query, "operationName": query.contains(" A ").then_some("A"), "variables": { "p": null } });
            let response = world.server.post().bearer_auth(&ada.jwt).json(&body).send().await.unwrap();
            let answer = Answer(response.json().await.unwrap());
            assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "{query}: {:#}", answer.0);
            assert!(answer.0.get("data").is_none(), "{query}");
        }
        let in_a_list = "query($p: OAuthProvider) { providerConnections(providers: [$p]) { id } }";
        let answer = ada.ask_with(in_a_list, json!({ "p": "google" })).await;
        assert_eq!(answer.code(), "GRAPHQL_VALIDATION_FAILED", "{:#}", answer.0);
        assert_eq!(connected(&ada).await, ["github", "google"]);
    }

    async fn each_mistake_says_where_it_is(world: World) {
        let ada = ada(&world).await;
        let answer = ada.ask("# é🙂\r\n{ é }").await;
        assert_eq!(answer.code(), "GRAPHQL_PARSE_FAILED");
        assert_eq!(answer.at("/errors/0/locations"), &json!([{ "line": 2, "column": 3 }]));
        let answer = ada.ask("{\n  a: nonsense\n  providerSignInUrl(provider: google, redirectTo: \"é🙂\") more }").await;
        let locations: Vec<_> = answer.at("/errors").as_array().unwrap().iter().map(|error| error["locations"][0].clone()).collect();
        assert_eq!(locations, [json!({ "line": 2, "column": 6 }), json!({ "line": 3, "column": 57 })]);
        // What fails while it runs says so, too.
        let answer = ada.ask("{ ...F }\nfragment F on Query {\n providerConnection(provider: google) {\n  accessToken(minValidFor: -1) } }").await;
        assert_eq!(answer.at("/errors/0/locations"), &json!([{ "line": 4, "column": 3 }]));
    }

    async fn a_thousand_mistakes_are_a_short_answer(world: World) {
        let ada = world.user("ada@example.com");
        let long = "x".repeat(10_000);
        for query in [
            format!("{{ {} }}", "nonsense ".repeat(2_000)),
            format!("{{ {long} }}"),
            format!("{{ providerConnection(provider: [\"{long}\"]) {{ id }} }}"),
            "\u{0}".repeat(2_000),
            format!("query({}) {{ __typename }}", repeated(900, |n| format!("$v{n}: Int "))),
        ] {
            let answer = ada.ask(&query).await.0;
            assert!(answer["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{answer:#}");
            assert!(answer.to_string().len() < 10_000, "{}", answer.to_string().len());
        }
    }
}

#[tokio::test]
async fn with_introspection_off_no_mistake_names_what_the_caller_did_not() {
    let world = World::on_with(Database::sqlite(), Signing::hs256(), |config| {
        config.introspection = Introspection::Off;
    })
    .await;
    let ada = world.user("ada@example.com");
    for (query, sent) in [
        ("{ providerConnection { id } }", &["providerConnection", "id"][..]),
        ("{ providerConnections }", &["providerConnections"]),
        ("{ providerConnections { refreshToke } }", &["providerConnections", "refreshToke"]),
        ("{ providerConnections { id { a } } }", &["providerConnections"]),
        ("{ providerConnections(user: 1) { id } }", &["providerConnections"]),
        ("{ providerConnection(provider: googl) { id } }", &["providerConnection", "provider"]),
        ("{ providerConnection(provider: 1) { id } }", &["providerConnection", "provider"]),
        ("{ providerConnections(userId: \"1\") { id } }", &["providerConnections", "userId"]),
        ("{ providerConnections { accessToken(minValidFor: a) } }", &["minValidFor"]),
        ("{ a: providerConnections { id } a: providerConnection(provider: google) { id } }", &[]),
        ("{ providerConnections { ... on Quer { id } } }", &["providerConnections"]),
        ("{ providerConnections { ...F } } fragment F on Mutation { __typename }", &["Mutation"]),
        ("{ providerConnections @inclde(if: true) { id } }", &["providerConnections"]),
        ("query($a: OAuthProvide) { providerConnection(provider: $a) { id } }", &["provider"]),
        ("query($a: Int) { providerConnection(provider: $a) { id } }", &["provider"]),
        ("mutation { disconect }", &[]),
        ("subscription { a }", &[]),
    ] {
        let answer = ada.ask(query).await;
        let message = answer.message();
        let words = message.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for word in words.filter(|word| names().contains(word)) {
            assert!(sent.contains(&word), "{query}: {message}");
        }
        assert!(answer.at("/errors/0/locations/0/line").is_number(), "{query}");
    }
}

/// The names of the schema that are no words of English.
fn names() -> Vec<&'static str> {
    let sdl = include_str!("../../../schema.graphql");
    let words = sdl.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let odd = |word: &&str| {
        word.chars().skip(1).any(char::is_uppercase) || *word == "uuid" || *word == "google"
    };
    words.filter(odd).collect()
}

#[tokio::test]
async fn every_type_is_what_it_is() {
    let world = World::on(Database::sqlite()).await;
    let query = "{ __schema { types { name kind } } }";
    let answer = world.server.ask(&[], query, json!({})).await;
    let types = answer.data("/__schema/types").as_array().unwrap().clone();
    let abstracts: Vec<&Value> = types
        .iter()
        .filter(|of| ["INTERFACE", "UNION"].contains(&of["kind"].as_str().unwrap()))
        .collect();
    // An operation is written out before its objects are known: a type condition holds or does not.
    assert!(abstracts.is_empty(), "{abstracts:?}");
}
