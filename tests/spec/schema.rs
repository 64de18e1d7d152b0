//! The schema: committed as it is, described throughout, and mergeable by Hasura.

use nhost_auth_simulator::Signing;
use provider_connections::{config::Introspection, graphql::sdl};
use serde_json::{Value, json};

use crate::harness::{Answer, Database, SERVICE_SECRET, World};

/// What Hasura v2 sends when it merges a remote schema, or reloads it.
const HASURA: &str = include_str!("fixtures/hasura-introspection.graphql");

async fn introspected(world: &World, headers: &[(&str, &str)]) -> Answer {
    let body = json!({ "query": HASURA, "operationName": "IntrospectionQuery", "variables": null });
    let mut request = world.server.post().json(&body).header("x-hasura-role", "admin");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    Answer(response.json().await.unwrap())
}

async fn with(introspection: Introspection) -> World {
    let change = |config: &mut provider_connections::config::Config| {
        config.introspection = introspection;
    };
    World::on_with(Database::sqlite(), Signing::hs256(), change).await
}

/// The types that are this schema's own, not GraphQL's.
async fn types() -> Vec<Value> {
    let world = with(Introspection::Public).await;
    let answer = introspected(&world, &[]).await;
    let types = answer.data("/__schema/types").as_array().unwrap().clone();
    let builtin = ["Boolean", "Float", "ID", "Int", "String"];
    let own = |name: &str| !name.starts_with("__") && !builtin.contains(&name);
    types.into_iter().filter(|one| own(one["name"].as_str().unwrap())).collect()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn names<'a>(values: impl IntoIterator<Item = &'a Value>) -> Vec<&'a str> {
    values.into_iter().map(|value| value["name"].as_str().unwrap()).collect()
}

#[test]
fn the_committed_schema_is_what_the_code_generates() {
    let committed = include_str!("../../schema.graphql");
    assert_eq!(committed, sdl(), "schema.graphql is stale: run `just schema`, and commit it");
}

#[tokio::test]
async fn everything_has_a_description() {
    let mut without = Vec::new();
    let mut seen = 0;
    let mut look = |value: &Value, path: String| {
        seen += 1;
        if value["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            without.push(path);
        }
    };
    for one in types().await {
        let name = one["name"].as_str().unwrap();
        look(&one, name.to_owned());
        for member in ["fields", "inputFields", "enumValues"] {
            for field in list(&one, member) {
                let path = format!("{name}.{}", field["name"].as_str().unwrap());
                look(field, path.clone());
                for argument in list(field, "args") {
                    look(argument, format!("{path}({})", argument["name"].as_str().unwrap()));
                }
            }
        }
    }
    assert!(without.is_empty(), "without a description: {without:?}");
    assert!(seen > 50, "only {seen} things were looked at");
}

#[tokio::test]
async fn it_has_at_least_what_clients_were_promised() {
    let types = types().await;
    let fields = |name: &str| {
        let found =
            types.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name}"));
        list(found, "fields").iter().chain(list(found, "enumValues")).cloned().collect::<Vec<_>>()
    };
    for (name, promised) in [
        (
            "OAuthProvider",
            "apple azuread bitbucket discord entraid facebook github gitlab google linkedin spotify strava twitch twitter windowslive workos",
        ),
        ("ProviderConnectionStatus", "ACTIVE REFRESH_FAILING REAUTHENTICATION_REQUIRED"),
        (
            "ProviderConnection",
            "id userId provider status accessToken expiresAt refreshable connectedAt refreshedAt lastFailure events reauthenticationUrl",
        ),
        ("ProviderConnectionFailure", "code message at retryAt"),
        ("ProviderConnectionEvent", "id kind actor clientId at times code evidence"),
        ("Query", "providerConnections providerConnection"),
        ("Mutation", "connectProvider refreshProviderToken disconnectProvider"),
    ] {
        let fields = fields(name);
        let fields = names(&fields);
        for field in promised.split(' ') {
            assert!(fields.contains(&field), "{name} has no {field}");
        }
    }
    assert!(!names(&fields("ProviderConnection")).contains(&"refreshToken"));
}

#[tokio::test]
async fn its_names_are_free_in_hasura() {
    let types = types().await;
    for root in ["Query", "Mutation", "Subscription"] {
        let root = types.iter().find(|one| one["name"] == root).unwrap();
        for name in names(list(root, "fields")) {
            let taken = ["users", "user", "provider", "authUserProviders", "node"];
            assert!(!taken.contains(&name) && !name.starts_with("auth"), "{name}");
            assert!(name.to_lowercase().contains("provider"), "{name}");
        }
    }
    for name in names(&types) {
        let taken = ["Node", "PageInfo", "users", "provider", "order_by"];
        assert!(!taken.contains(&name) && !name.ends_with("_bool_exp"), "{name}");
        let plain = ["Query", "Mutation", "Subscription", "uuid", "timestamptz", "OAuthProvider"];
        assert!(plain.contains(&name) || name.starts_with("Provider"), "{name} may collide");
    }
}

#[tokio::test]
async fn its_scalars_are_hasuras() {
    let types = types().await;
    let mut scalars = names(types.iter().filter(|one| one["kind"] == "SCALAR"));
    scalars.sort_unstable();
    assert_eq!(scalars, ["timestamptz", "uuid"]);
    // A table's column of type uuid joins to these arguments.
    for root in ["Query", "Mutation", "Subscription"] {
        let root = types.iter().find(|one| one["name"] == root).unwrap();
        // No table joins to what only a service may do.
        let fields = list(root, "fields").iter();
        let fields = fields.filter(|field| field["name"] != "importProviderConnection");
        for argument in fields.flat_map(|field| list(field, "args")) {
            if argument["name"] == "userId" {
                assert_eq!(
                    argument["type"],
                    json!({ "kind": "SCALAR", "name": "uuid", "ofType": null })
                );
            }
        }
    }
    let connection = types.iter().find(|one| one["name"] == "ProviderConnection").unwrap();
    let token =
        list(connection, "fields").iter().find(|field| field["name"] == "accessToken").unwrap();
    assert_eq!(token["args"][0]["defaultValue"], "60", "a literal of GraphQL");
}

#[tokio::test]
async fn hasura_merges_it_without_a_caller() {
    let world = with(Introspection::Public).await;
    let answer = introspected(&world, &[]).await;
    assert_eq!(answer.text("/__schema/queryType/name"), "Query");
    assert_eq!(answer.text("/__schema/mutationType/name"), "Mutation");
    assert_eq!(answer.data("/__schema/subscriptionType/name"), "Subscription");
    // And with what else Hasura may send along.
    for more in [
        ("x-service-secret", SERVICE_SECRET),
        ("x-service-secret", "wrong"),
        ("authorization", "Bearer expired"),
        ("x-hasura-user-id", "nobody"),
    ] {
        assert_eq!(introspected(&world, &[more]).await, answer, "{more:?}");
    }
}

#[tokio::test]
async fn introspection_can_be_the_services_alone() {
    let world = with(Introspection::Service).await;
    let ada = world.user("ada@example.com");
    let bearer = format!("Bearer {}", ada.jwt);
    let service = ("x-service-secret", SERVICE_SECRET);
    assert_eq!(introspected(&world, &[service]).await.text("/__schema/queryType/name"), "Query");
    for headers in
        [&[][..], &[("authorization", bearer.as_str())], &[("x-service-secret", "wrong")]]
    {
        tells_nothing(&world, headers).await;
    }
    ada.ask("{ providerConnections { id } }").await.data("/providerConnections");
}

#[tokio::test]
async fn introspection_can_be_off_for_everyone() {
    let world = with(Introspection::Off).await;
    for headers in [&[][..], &[("x-service-secret", SERVICE_SECRET)]] {
        tells_nothing(&world, headers).await;
    }
}

async fn tells_nothing(world: &World, headers: &[(&str, &str)]) {
    let by_type = r#"{ __type(name: "ProviderConnection") { name fields { name } } }"#;
    let answers =
        [introspected(world, headers).await, world.server.ask(headers, by_type, json!({})).await];
    for answer in answers {
        let text = answer.0.to_string();
        for name in ["\"fields\"", "reauthenticationUrl", "refreshable"] {
            assert!(!text.contains(name), "{headers:?}: {text}");
        }
    }
    // What needs no introspection goes on.
    let answer = world.server.ask(headers, "{ __typename }", json!({})).await;
    assert_eq!(answer.text("/__typename"), "Query");
}

#[tokio::test]
async fn typename_needs_no_caller() {
    let world = with(Introspection::Public).await;
    for headers in [&[][..], &[("authorization", "Bearer forged")]] {
        for (query, name) in [("{ __typename }", "Query"), ("mutation { __typename }", "Mutation")]
        {
            let answer = world.server.ask(headers, query, json!({})).await;
            assert_eq!(answer.text("/__typename"), name);
        }
    }
}
