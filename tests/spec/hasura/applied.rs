use serde_json::json;

use super::{
    Beside,
    stand_in::{ADMIN_SECRET, OTHER_SECRET},
    users, went_well,
};
use crate::harness::SERVICE_SECRET;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_shows_what_changes_and_then_changes_that_and_nothing_else() {
    let beside = Beside::new().await;
    let before = beside.hasura.exported();
    let ended = beside.run("--apply --role user --role viewer:accessToken").await;
    let endpoint = &beside.hasura.url;
    assert_eq!(
        went_well(&ended),
        format!(
            "Hasura at {endpoint}, metadata version 8:\n  \
             + remote schema provider-connections\n  \
             + permission of the role user on provider-connections\n  \
             + permission of the role viewer on provider-connections\n  \
             + remote relationship providerConnections of auth.users\n  \
             + event trigger provider_connections_user_deleted on auth.users\n\
             Done: 5 added, 0 changed, 0 removed.\n"
        )
    );
    let mut after = beside.hasura.exported();
    let definition = &after["remote_schemas"][0]["definition"];
    assert_eq!(definition["url"], beside.url());
    assert_eq!(definition["forward_client_headers"], true);
    assert_eq!(definition["timeout_seconds"], 60);
    assert_eq!(
        definition["headers"],
        json!([{ "name": "x-service-secret", "value_from_env": "PROVIDER_CONNECTIONS_SERVICE_SECRET" }])
    );
    // Without what was added, it is what it was.
    after.as_object_mut().unwrap().remove("remote_schemas");
    for key in ["remote_relationships", "event_triggers"] {
        after["sources"][0]["tables"][0].as_object_mut().unwrap().remove(key);
    }
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_time_there_is_nothing_to_do_and_nothing_is_sent() {
    let beside = Beside::new().await;
    let arguments = "--apply --role user --role viewer:accessToken --type-prefix Pc";
    went_well(&beside.run(arguments).await);
    let (version, metadata) = (beside.hasura.version(), beside.hasura.exported());
    let again = beside.run(arguments).await;
    assert!(went_well(&again).ends_with("There is nothing to do.\n"), "{again:#?}");
    assert_eq!(again.stdout.matches("\n  = ").count(), 5, "{again:#?}");
    assert_eq!(beside.hasura.asked("replace_metadata"), 1);
    assert_eq!((beside.hasura.version(), beside.hasura.exported()), (version, metadata));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_shows_the_same_and_changes_nothing() {
    let beside = Beside::new().await;
    for arguments in ["--dry-run --role user", "--dry-run --apply --role user"] {
        let ended = beside.run(arguments).await;
        let last = "Nothing was changed. Without --dry-run: 4 added, 0 changed, 0 removed.\n";
        assert!(went_well(&ended).ends_with(last), "{ended:#?}");
    }
    let shown = beside.run("--dry-run --role user").await;
    let applied = beside.run("--apply --role user").await;
    let steps = |text: &str| {
        text.lines().filter(|line| line.starts_with("  ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(steps(&shown.stdout), steps(&applied.stdout));
    assert_eq!(beside.hasura.asked("replace_metadata"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_differs_is_changed_and_what_people_have_set_stays() {
    let beside = Beside::new().await;
    went_well(&beside.run("--apply --role user --role viewer").await);
    let customized = json!({ "root_fields_namespace": "connections" });
    beside.hasura.with(|hasura| {
        let schema = &mut hasura.metadata["remote_schemas"][0];
        schema["definition"]["customization"] = customized.clone();
        schema["definition"]["headers"]
            .as_array_mut()
            .unwrap()
            .push(json!({ "name": "x-key", "value": OTHER_SECRET }));
        schema["definition"]["timeout_seconds"] = json!(5);
        let table = &mut hasura.metadata["sources"][0]["tables"][0];
        table["event_triggers"][0]["cleanup_config"] = json!({ "paused": true });
        table["event_triggers"][0]["definition"]["insert"] = json!({ "columns": "*" });
        table["event_triggers"][0]["webhook"] = json!("http://old.example.com/hooks/user-deleted");
    });
    let ended = beside.run("--apply --role user").await;
    let printed = went_well(&ended);
    for line in [
        "  ~ remote schema provider-connections: definition.timeout_seconds\n",
        "  = permission of the role user on provider-connections\n",
        "  - permission of the role viewer on provider-connections: no one names the role any more\n",
        "  = remote relationship providerConnections of auth.users\n",
        "  ~ event trigger provider_connections_user_deleted on auth.users: definition.insert, webhook\n",
        "Done: 0 added, 2 changed, 1 removed.\n",
    ] {
        assert!(printed.contains(line), "{line}{printed}");
    }
    let metadata = beside.hasura.exported();
    let definition = &metadata["remote_schemas"][0]["definition"];
    assert_eq!(definition["customization"], customized);
    assert_eq!(definition["headers"].as_array().unwrap().len(), 2);
    let trigger = &users(&metadata)["event_triggers"][0];
    assert_eq!(trigger["cleanup_config"], json!({ "paused": true }));
    assert_eq!(trigger["definition"].get("insert"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_address_is_a_change_of_what_was_made_before() {
    let beside = Beside::new().await;
    went_well(&beside.run("--apply").await);
    let moved = beside.world.replica().await;
    let url = format!("{}/graphql", moved.url);
    let ended = crate::harness::Binary::new("hasura --apply")
        .arg("--url")
        .arg(&url)
        .env("HASURA_GRAPHQL_ENDPOINT", &beside.hasura.url)
        .env("HASURA_GRAPHQL_ADMIN_SECRET", ADMIN_SECRET)
        .run()
        .await;
    assert!(went_well(&ended).contains("Done: 0 added, 2 changed, 0 removed."), "{ended:#?}");
    let metadata = beside.hasura.exported();
    assert_eq!(metadata["remote_schemas"][0]["definition"]["url"], url);
    let webhook = format!("{}/hooks/user-deleted", moved.url);
    assert_eq!(users(&metadata)["event_triggers"][0]["webhook"], webhook);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_shown_whatever_changes() {
    let beside = Beside::new().await;
    for arguments in ["--apply --role user", "--apply --replace", "--remove --dry-run", "--remove"]
    {
        let ended = beside.run(arguments).await;
        let printed = went_well(&ended);
        for secret in [ADMIN_SECRET, OTHER_SECRET, SERVICE_SECRET] {
            assert!(!printed.contains(secret), "{printed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_admin_secret_can_be_in_a_file_and_the_endpoint_be_one_of_hasuras_urls() {
    let beside = Beside::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, format!("{ADMIN_SECRET}\n")).unwrap();
    let ended = beside
        .command("--apply")
        .env("HASURA_GRAPHQL_ENDPOINT", &format!("{}/v1/graphql", beside.hasura.url))
        .env("HASURA_GRAPHQL_ADMIN_SECRET_FILE", file.to_str().unwrap())
        .run()
        .await;
    assert!(went_well(&ended).contains("Done: 5 added"), "{ended:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relationship_in_the_form_of_older_hasuras_is_brought_up_to_date() {
    let beside = Beside::new().await;
    went_well(&beside.run("--apply").await);
    let today = beside.hasura.exported();
    beside.hasura.with(|hasura| {
        let users = &mut hasura.metadata["sources"][0]["tables"][0];
        users["remote_relationships"][0]["definition"] = json!({
            "remote_schema": "provider-connections",
            "hasura_fields": ["id"],
            "remote_field": { "providerConnections": { "arguments": { "userId": "$id" } } },
        });
    });
    let ended = beside.run("--apply").await;
    let line = "  ~ remote relationship providerConnections of auth.users: definition\n";
    assert!(went_well(&ended).contains(line), "{ended:#?}");
    assert_eq!(beside.hasura.exported(), today);
}
