use serde_json::json;

use super::{Beside, failed, users, went_well};

/// Runs it against a Hasura in which somebody has made something, and answers what it says. It has
/// changed nothing.
async fn conflict(arguments: &str, made: impl FnOnce(&mut serde_json::Value)) -> (Beside, String) {
    let beside = Beside::new().await;
    beside.hasura.with(|hasura| made(&mut hasura.metadata));
    let before = beside.hasura.exported();
    let said = failed(&beside.run(arguments).await);
    assert_eq!(beside.hasura.exported(), before);
    assert_eq!(beside.hasura.asked("replace_metadata"), 0, "nothing is sent");
    assert!(said.contains("Nothing was changed"), "{said}");
    (beside, said)
}

fn add(table: usize, metadata: &mut serde_json::Value, key: &str, entry: serde_json::Value) {
    let table = metadata["sources"][0]["tables"][table].as_object_mut().unwrap();
    table.entry(key).or_insert_with(|| json!([])).as_array_mut().unwrap().push(entry);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remote_schema_of_that_name_at_another_address_stays_until_it_may_be_replaced() {
    let (beside, said) = conflict("--apply --role user", |metadata| {
        let definition = json!({ "url": "http://example.com/graphql" });
        metadata["remote_schemas"] =
            json!([{ "name": "provider-connections", "definition": definition }]);
    })
    .await;
    assert!(said.contains("--name") && said.contains("--replace"), "{said}");
    let ended = beside.run("--apply --role user --replace").await;
    assert!(went_well(&ended).contains("overwritten, with its permissions"), "{ended:#?}");
    let metadata = beside.hasura.exported();
    assert_eq!(metadata["remote_schemas"][0]["definition"]["url"], beside.url());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_permission_that_somebody_else_wrote_stays_until_it_may_be_replaced() {
    let beside = Beside::new().await;
    went_well(&beside.run("--apply").await);
    let schema = "schema { query: Query } type Query { providerConnections: [ProviderConnection!]! } \
                  type ProviderConnection { id: uuid! } scalar uuid";
    let by_hand = json!([{ "role": "user", "definition": { "schema": schema } }]);
    beside.hasura.with(|hasura| {
        hasura.metadata["remote_schemas"][0]["permissions"] = by_hand.clone();
    });
    let said = failed(&beside.run("--apply --role user").await);
    assert!(said.contains("leave out --role user") && said.contains("--replace"), "{said}");
    assert_eq!(beside.hasura.exported()["remote_schemas"][0]["permissions"], by_hand);
    // Where the role isn't named, its permission stays as it is.
    assert!(went_well(&beside.run("--apply --no-permissions").await).contains("nothing to do"));
    let ended = beside.run("--apply").await;
    assert!(went_well(&ended).contains("--role changes them"), "{ended:#?}");
    assert_eq!(beside.hasura.exported()["remote_schemas"][0]["permissions"], by_hand);
    assert!(went_well(&beside.run("--apply --role user --replace").await).contains("1 changed"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relationship_of_that_name_that_leads_elsewhere_stays() {
    let elsewhere = json!({ "name": "providerConnections", "definition": { "to_source": {
        "source": "default", "relationship_type": "array", "field_mapping": { "id": "id" },
        "table": { "schema": "public", "name": "todos" },
    } } });
    let (_, said) = conflict("--apply", |all| add(0, all, "remote_relationships", elsewhere)).await;
    assert!(said.contains("points to something else") && said.contains("--relationship"), "{said}");
    let local = json!({ "name": "providerConnections", "using": {} });
    let (_, said) =
        conflict("--apply --replace", |all| add(0, all, "array_relationships", local)).await;
    assert!(said.contains("among its array_relationships"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_trigger_of_that_name_on_another_table_stays_whatever_may_be_replaced() {
    let trigger = json!({ "name": "provider_connections_user_deleted", "webhook": "http://x/y" });
    let (_, said) =
        conflict("--apply --replace", |all| add(1, all, "event_triggers", trigger)).await;
    assert!(said.contains("on public.todos") && said.contains("--event-trigger"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_trigger_of_that_name_that_calls_something_else_stays_until_it_may_be_replaced() {
    let trigger = json!({
        "name": "provider_connections_user_deleted",
        "definition": { "enable_manual": false, "update": { "columns": "*" } },
        "retry_conf": { "num_retries": 0, "interval_sec": 10, "timeout_sec": 60 },
        "webhook_from_env": "SOMETHING_ELSE",
    });
    let (beside, said) = conflict("--apply", |all| add(0, all, "event_triggers", trigger)).await;
    assert!(said.contains("calls another URL"), "{said}");
    went_well(&beside.run("--apply --replace").await);
    let metadata = beside.hasura.exported();
    let trigger = &users(&metadata)["event_triggers"][0];
    assert_eq!(trigger.get("webhook_from_env"), None);
    assert_eq!(trigger["definition"].get("update"), None);
    assert_eq!(trigger["definition"]["delete"]["columns"], "*");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_not_tracked_is_said_with_the_flags_that_help() {
    let untrack = |metadata: &mut serde_json::Value| {
        metadata["sources"][0]["tables"].as_array_mut().unwrap().remove(0);
    };
    let (beside, said) = conflict("--apply", untrack).await;
    assert!(said.contains("does not track the table auth.users"), "{said}");
    let ended = beside.run("--apply --no-relationship --no-event-trigger").await;
    assert!(went_well(&ended).contains("Done: 3 added"), "{ended:#?}");
    let (_, said) = conflict("--apply --source main", |_| {}).await;
    assert!(said.contains("no source \"main\", but [\"default\"]"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_clash_are_told_as_hasura_tells_them_with_the_flags_that_help() {
    let beside = Beside::new().await;
    let definition = json!({ "url": beside.url() });
    beside.hasura.with(|hasura| {
        hasura.metadata["remote_schemas"] = json!([{ "name": "a", "definition": definition }]);
    });
    let before = beside.hasura.exported();
    let said = failed(&beside.run("--apply").await);
    assert!(said.contains("Duplicate remote field 'providerConnections'"), "{said}");
    assert!(said.contains("--namespace"), "{said}");
    assert_eq!(beside.hasura.exported(), before);
    went_well(&beside.run("--apply --namespace connections").await);
}
