use serde_json::json;

use super::{Beside, failed, went_well};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_metadata_is_exactly_what_it_was() {
    let beside = Beside::new().await;
    // Something of somebody else in each list that this command touches.
    beside.hasura.with(|hasura| {
        // Some before ours in the alphabet, some behind it.
        let at = |namespace| {
            let customization = json!({ "root_fields_namespace": namespace });
            json!({ "url": beside.url(), "customization": customization })
        };
        hasura.metadata["remote_schemas"] = json!([
            { "name": "aviary", "definition": at("aviary") },
            { "name": "zoo", "definition": at("zoo") },
        ]);
        let users = &mut hasura.metadata["sources"][0]["tables"][0];
        let leading = |name, schema| {
            let field = json!({ "providerConnections": { "arguments": { "userId": "$id" } } });
            json!({ "name": name, "definition": { "to_remote_schema": {
                "remote_schema": schema, "lhs_fields": ["id"], "remote_field": field,
            } } })
        };
        users["remote_relationships"] =
            json!([leading("birds", "aviary"), leading("tigers", "zoo")]);
        users["event_triggers"] = json!([{ "name": "a_user_left",
            "definition": { "enable_manual": false, "delete": { "columns": "*" } },
            "retry_conf": { "num_retries": 0, "interval_sec": 10, "timeout_sec": 60 },
            "webhook": "https://example.com/left" }]);
    });
    let before = beside.hasura.exported();
    went_well(&beside.run("--apply --role user --role viewer:accessToken").await);
    assert_ne!(beside.hasura.exported(), before);
    let removed = beside.run("--remove").await;
    assert!(
        went_well(&removed).ends_with("Done: 0 added, 0 changed, 5 removed.\n"),
        "{removed:#?}"
    );
    assert_eq!(beside.hasura.exported(), before);
    let again = beside.run("--remove").await;
    assert!(went_well(&again).ends_with("There is nothing to do.\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_shows_it_and_removes_nothing() {
    let beside = Beside::new().await;
    went_well(&beside.run("--apply --role user").await);
    let version = beside.hasura.version();
    let ended = beside.run("--remove --dry-run").await;
    assert!(
        went_well(&ended).contains("Without --dry-run: 0 added, 0 changed, 4 removed"),
        "{ended:#?}"
    );
    assert_eq!(beside.hasura.version(), version);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_made_by_the_same_names_stays() {
    let beside = Beside::new().await;
    beside.hasura.with(|hasura| {
        let definition = json!({ "url": beside.url() });
        hasura.metadata["remote_schemas"] =
            json!([{ "name": "provider-connections", "definition": definition }]);
        let users = &mut hasura.metadata["sources"][0]["tables"][0];
        users["event_triggers"] = json!([{ "name": "provider_connections_user_deleted",
            "webhook": "http://example.com" }]);
        users["remote_relationships"] = json!([{ "name": "providerConnections",
            "definition": { "to_source": {} } }]);
    });
    let before = beside.hasura.exported();
    let ended = beside.run("--remove").await;
    let printed = went_well(&ended);
    for reason in
        ["this command did not create it", "calls another URL", "points to something else"]
    {
        assert!(printed.contains(reason), "{reason}: {printed}");
    }
    assert_eq!(beside.hasura.exported(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_have_built_on_it_is_not_torn_down() {
    let beside = Beside::new().await;
    went_well(&beside.run("--apply --role user").await);
    let schema = "schema { query: Query } type Query { providerConnections: [ProviderConnection!]! } \
                  type ProviderConnection { id: uuid! } scalar uuid";
    beside.hasura.with(|hasura| {
        hasura.metadata["remote_schemas"][0]["permissions"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "role": "editor", "definition": { "schema": schema } }));
        hasura.metadata["sources"][0]["tables"][1]["remote_relationships"] =
            json!([{ "name": "connections", "definition": { "to_remote_schema": {
                "remote_schema": "provider-connections", "lhs_fields": ["id"],
                "remote_field": { "providerConnections": { "arguments": { "userId": "$id" } } },
            } } }]);
    });
    let before = beside.hasura.exported();
    let said = failed(&beside.run("--remove").await);
    assert!(said.contains("permission of the role editor"), "{said}");
    assert!(said.contains("connections of public.todos"), "{said}");
    // Not even where it may replace: the relationship would be left without its end.
    let said = failed(&beside.run("--remove --replace").await);
    assert!(!said.contains("editor") && said.contains("connections of public.todos"), "{said}");
    assert_eq!(beside.hasura.exported(), before);
}
