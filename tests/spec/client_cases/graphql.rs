//! Documents, variables and introspection.

use std::collections::BTreeSet;

use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};

use super::Case;
use crate::harness::{Answer, Database, User, World};

/// Ada, connected to Google and GitHub.
async fn ada(world: &World) -> User<'_> {
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    ada.connected(Provider::Github, GrantScript::stable()).await;
    ada
}

async fn post(ada: &User<'_>, body: &Value) -> Answer {
    let request = ada.world.server.post().bearer_auth(&ada.jwt).json(body);
    Answer(request.send().await.unwrap().json().await.unwrap())
}

async fn sent(ada: &User<'_>, case: &Case) -> Answer {
    post(ada, case.input("/body")).await
}

/// Nothing ran.
fn assert_request_error(answer: &Answer, names: &str) {
    assert!(answer.0.get("data").is_none(), "{:#}", answer.0);
    assert!(answer.message().contains(names), "{:#}", answer.0);
}

pub async fn var_skip_default_mutation(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = ada(&world).await;
    assert_eq!(&sent(&ada, case).await.0, case.expected("/body"));
    assert!(world.row(ada.id, Provider::Google).await.is_some());
}

pub async fn var_skip_default_token(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = ada(&world).await;
    let events = async || {
        world.server.connections.flush_reads().await.unwrap();
        ada.ask("{ providerConnections { events(first: 20) { kind times } } }").await
    };
    let before = events().await;
    let answer = sent(&ada, case).await;
    let rows = answer.data("/providerConnections").as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.get("accessToken").is_none() && row["id"].is_string()));
    assert_eq!(events().await, before, "no token was read");
}

pub async fn var_include_default(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = ada(&world).await;
    let answer = sent(&ada, case).await;
    let rows = answer.data("/providerConnections").as_array().unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|row| row["id"].is_string()), "{rows:?}");
}

pub async fn var_arg_default_omitted(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = ada(&world).await;
    let answer = sent(&ada, case).await;
    let rows = answer.data("/providerConnections").as_array().unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|row| row["accessToken"].is_string()), "{rows:?}");
}

pub async fn var_required_missing_skip(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    assert_request_error(&sent(&ada(&world).await, case).await, "$i");
}

pub async fn var_required_missing_status(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = ada(&world).await;
    let request = world.server.post().bearer_auth(&ada.jwt).json(case.input("/body"));
    let request = request.header("accept", "application/graphql-response+json");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert_request_error(&Answer(response.json().await.unwrap()), "$p");
}

pub async fn multi_op_variable_types(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    let answer = sent(&ada(&world).await, case).await;
    assert!(answer.data("/providerConnection/id").is_string());
}

pub async fn merged_mutation_field(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = ada(&world).await;
    let answer = sent(&ada, case).await;
    let merged = answer.data("/disconnectProvider");
    assert!(merged["id"].is_string() && merged["revocation"].is_string(), "{merged}");
    assert!(world.row(ada.id, Provider::Github).await.is_none());
}

pub async fn variable_position_not_checked(case: &Case) {
    let world = World::on(Database::sqlite()).await;
    assert_request_error(&sent(&ada(&world).await, case).await, "p");
}

pub async fn introspection_all(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    for depth in [7, 9, 10] {
        let of_type = format!("{}{}", " ofType { kind name".repeat(depth), " }".repeat(depth));
        let query = format!(
            "query IntrospectionQuery {{ __schema {{ description queryType {{ name kind }} \
             mutationType {{ name kind }} subscriptionType {{ name kind }} types {{ ...FullType }} \
             directives {{ name description isRepeatable locations \
             args(includeDeprecated: true) {{ ...InputValue }} }} }} }} \
             fragment FullType on __Type {{ kind name description specifiedByURL isOneOf \
             fields(includeDeprecated: true) {{ name description \
             args(includeDeprecated: true) {{ ...InputValue }} type {{ ...TypeRef }} \
             isDeprecated deprecationReason }} \
             inputFields(includeDeprecated: true) {{ ...InputValue }} interfaces {{ ...TypeRef }} \
             enumValues(includeDeprecated: true) {{ name description isDeprecated \
             deprecationReason }} possibleTypes {{ ...TypeRef }} }} \
             fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} \
             defaultValue isDeprecated deprecationReason }} \
             fragment TypeRef on __Type {{ kind name{of_type} }}"
        );
        let answer = world.server.ask(&[], &query, json!({})).await;
        assert_eq!(answer.text("/__schema/queryType/name"), "Query", "{depth}");
    }
}

pub async fn kotlin_pre_introspection(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    let query = "query PreIntrospection { \
        schema: __type(name: \"__Schema\") { fields { name args { name } } } \
        type: __type(name: \"__Type\") { fields { name args { name } } } \
        directive: __type(name: \"__Directive\") { fields { name args { name } } } \
        field: __type(name: \"__Field\") { fields { name args { name } } } \
        value: __type(name: \"__InputValue\") { fields { name args { name } } } }";
    let answer = world.server.ask(&[], query, json!({})).await;
    for alias in ["schema", "type", "directive", "field", "value"] {
        let fields = answer.data(&format!("/{alias}/fields")).as_array().unwrap();
        assert!(!fields.is_empty(), "{alias}");
    }
}

pub async fn fragments_merge(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = ada(&world).await;
    let answer = ada
        .ask(
            "{ ...A ...B } fragment A on Query { providerConnections { id lastFailure { code } } } \
             fragment B on Query { providerConnections { provider lastFailure { at } } }",
        )
        .await;
    let rows = answer.data("/providerConnections").as_array().unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|row| row["id"].is_string()), "{rows:?}");
    assert!(rows.iter().all(|row| row["provider"].is_string()), "{rows:?}");
}

pub async fn list_coercion(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    let ada = ada(&world).await;
    let of_variable =
        "query($p: [OAuthProvider!]) { providerConnections(providers: $p) { provider } }";
    for (query, variables) in [
        ("{ providerConnections(providers: google) { provider } }", json!({})),
        (of_variable, json!({ "p": "google" })),
        (of_variable, json!({ "p": ["google"] })),
    ] {
        let answer = ada.ask_with(query, variables).await;
        assert_eq!(answer.data("/providerConnections"), &json!([{ "provider": "google" }]));
    }
}

/// What code generators need: the schema as text and by introspection says the same, and no type
/// that it names is missing. They themselves run in `tests/node`.
pub async fn codegens(_: &Case) {
    let world = World::on(Database::sqlite()).await;
    let query = "{ __schema { types { kind name fields { name type { ...T } args { name type { ...T } } } \
                 inputFields { type { ...T } } } } } \
                 fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
    let answer = world.server.ask(&[], query, json!({})).await;
    let types = answer.data("/__schema/types").as_array().unwrap();
    let names: BTreeSet<_> = types.iter().map(|of| of["name"].as_str().unwrap()).collect();
    let mut mentioned = BTreeSet::new();
    collect_named(answer.data("/__schema/types"), &mut mentioned);
    assert!(mentioned.is_subset(&names), "{mentioned:?}");
    let schema = include_str!("../../../schema.graphql");
    for name in names.iter().filter(|name| !name.starts_with("__")) {
        let built_in = ["Boolean", "Float", "ID", "Int", "String"].contains(name);
        let is_there = schema.split(|c: char| !c.is_alphanumeric()).any(|word| word == *name);
        assert!(built_in || is_there, "{name} is not in schema.graphql");
    }
}

fn collect_named<'a>(value: &'a Value, named: &mut BTreeSet<&'a str>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect_named(value, named)),
        Value::Object(fields) => {
            if let (Some(name), Some(_)) = (value["name"].as_str(), value["kind"].as_str()) {
                named.insert(name);
            }
            fields.values().for_each(|value| collect_named(value, named));
        }
        _ => {}
    }
}
