//! Without `--role` every role of signed-in users gets a permission: Nhost's Constellation shows a
//! role without one nothing of a remote schema.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Beside, went_well};

/// The roles with a permission, and its schema document.
fn permissions(metadata: &Value) -> BTreeMap<String, Value> {
    let list = metadata["remote_schemas"][0]["permissions"].as_array();
    let permission = |one: &Value| {
        (one["role"].as_str().unwrap().to_owned(), one["definition"]["schema"].clone())
    };
    list.into_iter().flatten().map(permission).collect()
}

/// Roles in each place where Hasura's metadata has any.
fn with_roles(metadata: &mut Value) {
    let permission = |role| json!({ "role": role, "permission": {} });
    let tables = &mut metadata["sources"][0]["tables"];
    tables[0]["select_permissions"] = json!([permission("user"), permission("public")]);
    tables[1]["insert_permissions"] = json!([permission("editor")]);
    metadata["sources"][0]["functions"] = json!([{
        "function": { "schema": "public", "name": "search" },
        "permissions": [{ "role": "searcher" }, { "role": "anonymous" }],
    }]);
    metadata["actions"][0]["permissions"] = json!([{ "role": "greeter" }]);
    metadata["inherited_roles"] =
        json!([{ "role_name": "manager", "role_set": ["editor", "user"] }]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_role_that_the_metadata_names_may_ask_what_a_user_may() {
    let beside = Beside::new().await;
    beside.hasura.with(|hasura| with_roles(&mut hasura.metadata));
    let ended = beside.run("--apply").await;
    assert!(went_well(&ended).contains("Done: 9 added"), "{ended:#?}");
    let given = permissions(&beside.hasura.exported());
    let roles: Vec<&str> = given.keys().map(String::as_str).collect();
    // `public` and `anonymous` have no user whose connections these could be.
    assert_eq!(roles, ["editor", "greeter", "manager", "me", "searcher", "user"]);
    assert!(given.values().all(|schema| *schema == given["user"]));
    let again = beside.run("--apply").await;
    assert!(went_well(&again).contains("There is nothing to do."), "{again:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_roles_were_chosen_no_other_role_gets_more_than_before() {
    let beside = Beside::new().await;
    went_well(&beside.run("--apply --role viewer:accessToken,Mutation").await);
    let chosen = permissions(&beside.hasura.exported());
    let ended = beside.run("--apply").await;
    assert!(went_well(&ended).contains("written for chosen roles"), "{ended:#?}");
    assert_eq!(permissions(&beside.hasura.exported()), chosen);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_the_app_no_longer_has_loses_its_permission() {
    let beside = Beside::new().await;
    beside.hasura.with(|hasura| with_roles(&mut hasura.metadata));
    went_well(&beside.run("--apply").await);
    beside.hasura.with(|hasura| {
        hasura.metadata["sources"][0]["functions"] = json!([]);
    });
    let ended = beside.run("--apply").await;
    assert!(went_well(&ended).contains("Done: 0 added, 0 changed, 1 removed."), "{ended:#?}");
    assert!(!permissions(&beside.hasura.exported()).contains_key("searcher"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_permissions_of_every_role_follow_the_schema_and_go_when_they_are_not_wanted() {
    let beside = Beside::new().await;
    went_well(&beside.run("--apply").await);
    let current = permissions(&beside.hasura.exported());
    // As a release with fewer fields has left it.
    beside.hasura.with(|hasura| {
        let schema = "schema { query: Query } type Query { providerConnections: \
                      [ProviderConnection!]! } type ProviderConnection { id: uuid! } scalar uuid";
        hasura.metadata["remote_schemas"][0]["permissions"][0]["definition"]["schema"] =
            json!(schema);
    });
    let ended = beside.run("--apply").await;
    assert!(went_well(&ended).contains("Done: 0 added, 1 changed, 0 removed."), "{ended:#?}");
    assert_eq!(permissions(&beside.hasura.exported()), current);
    went_well(&beside.run("--apply --no-permissions").await);
    assert!(permissions(&beside.hasura.exported()).is_empty());
    went_well(&beside.run("--apply").await);
    went_well(&beside.run("--apply --role viewer").await);
    let named: Vec<String> = permissions(&beside.hasura.exported()).into_keys().collect();
    assert_eq!(named, ["viewer"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hasura_with_permissions_switched_off_stores_them_and_is_said_to_ignore_them() {
    let beside = Beside::new().await;
    beside.hasura.with(|hasura| hasura.permissions = Some(false));
    let ended = beside.run("--apply").await;
    assert!(went_well(&ended).contains("permissions are off in this Hasura"), "{ended:#?}");
    assert_eq!(permissions(&beside.hasura.exported()).len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_files_have_the_roles_that_nhost_gives_users_and_the_request_has_none() {
    let beside = Beside::new().await;
    let yaml = beside.command("--format yaml").run().await;
    for role in ["role: user", "role: me"] {
        assert!(went_well(&yaml).contains(role), "{yaml:#?}");
    }
    // Hasura refuses the whole request where permissions are off.
    let request = beside.command("--format json").run().await;
    assert!(!went_well(&request).contains("add_remote_schema_permissions"), "{request:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permission_written_by_hand_beside_them_stays_and_the_others_go_on() {
    let beside = Beside::new().await;
    beside.hasura.with(|hasura| with_roles(&mut hasura.metadata));
    went_well(&beside.run("--apply").await);
    let current = permissions(&beside.hasura.exported());
    let schema = "schema { query: Query } type Query { providerConnections: \
                  [ProviderConnection!]! } type ProviderConnection { id: uuid! } scalar uuid";
    beside.hasura.with(|hasura| {
        let list = hasura.metadata["remote_schemas"][0]["permissions"].as_array_mut().unwrap();
        list.retain(|one| one["role"] != "greeter" && one["role"] != "me");
        list.push(json!({ "role": "greeter", "definition": { "schema": schema } }));
    });
    let ended = beside.run("--apply").await;
    assert!(went_well(&ended).contains("Done: 1 added, 0 changed, 0 removed."), "{ended:#?}");
    let given = permissions(&beside.hasura.exported());
    assert_eq!(given["greeter"], schema);
    assert_eq!(given["me"], current["user"]);
}
