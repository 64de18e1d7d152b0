use std::net::TcpListener;

use serde_json::json;

use super::{
    Beside, failed,
    stand_in::{ADMIN_SECRET, Fault, OTHER_SECRET},
    went_well,
};
use crate::harness::Binary;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_or_missing_admin_secret_is_said_and_not_repeated() {
    let beside = Beside::new().await;
    for secret in ["a-wrong-admin-secret", ""] {
        let ended =
            beside.against("--apply").env("HASURA_GRAPHQL_ADMIN_SECRET", secret).run().await;
        let said = failed(&ended);
        assert!(
            said.contains("rejects the admin secret. Set HASURA_GRAPHQL_ADMIN_SECRET"),
            "{said}"
        );
        assert!(!said.contains("a-wrong-admin-secret"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hasura_that_is_away_is_said() {
    let beside = Beside::new().await;
    beside.hasura.stop();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = beside
        .against("--apply")
        .env("HASURA_GRAPHQL_ENDPOINT", &format!("http://{free}"))
        .run()
        .await;
    let said = failed(&ended);
    assert!(said.contains("can't be reached") && said.contains("--hasura-endpoint"), "{said}");
    assert!(said.contains("Nothing was changed"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn something_that_is_no_hasura_is_said_and_the_secret_follows_no_redirect() {
    let beside = Beside::new().await;
    // This server is one that answers, and not as Hasura does.
    let endpoint = &beside.world.server.url;
    let ended = beside.against("--apply").env("HASURA_GRAPHQL_ENDPOINT", endpoint).run().await;
    let said = failed(&ended);
    assert!(said.contains("answers 404, but not like Hasura's metadata API"), "{said}");
    let other = beside.hasura.url.clone();
    let redirect = axum::Router::new().fallback(move || async move {
        axum::response::Redirect::temporary(&format!("{other}/v1/metadata"))
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move { axum::serve(listener, redirect).await.unwrap() });
    let ended = beside.against("--apply").env("HASURA_GRAPHQL_ENDPOINT", &url).run().await;
    task.abort();
    assert!(failed(&ended).contains("answers 307"), "{ended:#?}");
    assert_eq!(beside.hasura.asked("export_metadata"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hasura_that_dies_or_fails_leaves_all_or_nothing_and_the_next_run_ends_it() {
    for (fault, version) in [(Fault::DiesBefore, 8), (Fault::Answers500, 8), (Fault::DiesAfter, 9)]
    {
        let beside = Beside::new().await;
        beside.hasura.with(|hasura| hasura.faults.push(fault));
        let ended = beside.run("--apply --role user").await;
        // What is about to happen was told before it was tried.
        assert!(ended.stdout.contains("  + remote schema provider-connections\n"), "{ended:#?}");
        let said = failed(&ended);
        assert!(said.contains("did not confirm the change"), "{said}");
        assert_eq!(beside.hasura.version(), version);
        let ended = beside.run("--apply --role user").await;
        let end = if version == 8 { "Done: 4 added" } else { "There is nothing to do." };
        assert!(went_well(&ended).contains(end), "{ended:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_by_others_in_between_is_kept_and_ours_goes_on_top() {
    let beside = Beside::new().await;
    beside.hasura.with(|hasura| hasura.others = 2);
    let ended = beside.run("--apply").await;
    let printed = went_well(&ended);
    assert_eq!(
        printed.matches("changed the metadata in the meantime; checking again").count(),
        2,
        "{printed}"
    );
    let metadata = beside.hasura.exported();
    assert_eq!(metadata["actions"].as_array().unwrap().len(), 3, "{metadata:#}");
    assert_eq!(metadata["remote_schemas"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_who_never_stop_end_it_with_nothing_written() {
    let beside = Beside::new().await;
    beside.hasura.with(|hasura| hasura.others = 1000);
    let said = failed(&beside.run("--apply").await);
    assert!(said.contains("5 attempts failed"), "{said}");
    assert_eq!(beside.hasura.asked("replace_metadata"), 5);
    assert_eq!(beside.hasura.exported().get("remote_schemas"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn permissions_that_hasura_would_not_enforce_are_not_made() {
    let beside = Beside::new().await;
    beside.hasura.with(|hasura| hasura.permissions = Some(false));
    let before = beside.hasura.exported();
    let said = failed(&beside.run("--apply --role user").await);
    assert!(said.contains("HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS=true"), "{said}");
    assert_eq!(beside.hasura.exported(), before);
    went_well(&beside.run("--apply").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_known_of_permissions_is_said() {
    let beside = Beside::new().await;
    // They are on, and no role is to have one.
    let ended = beside.run("--dry-run --no-permissions").await;
    assert!(went_well(&ended).contains("no role but admin sees"), "{ended:#?}");
    beside.hasura.with(|hasura| hasura.permissions = None);
    let ended = beside.run("--apply --role user").await;
    assert!(went_well(&ended).contains("Hasura does not report whether"), "{ended:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_variable_that_hasura_lacks_and_a_server_that_it_can_not_reach_are_said() {
    let beside = Beside::new().await;
    let before = beside.hasura.exported();
    let said = failed(&beside.run("--apply --secret-from-env NOT_THERE").await);
    assert!(said.contains("environment variable 'NOT_THERE' not set"), "{said}");
    assert!(said.contains("Set the variable in Hasura's environment"), "{said}");
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ended = Binary::new(&format!("hasura --apply --url http://{free}/graphql"))
        .env("HASURA_GRAPHQL_ENDPOINT", &beside.hasura.url)
        .env("HASURA_GRAPHQL_ADMIN_SECRET", ADMIN_SECRET)
        .run()
        .await;
    let said = failed(&ended);
    assert!(said.contains("Hasura can't reach this server: check that --url"), "{said}");
    assert_eq!(beside.hasura.exported(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metadata_that_was_inconsistent_before_is_said_without_its_secrets() {
    let beside = Beside::new().await;
    beside.hasura.with(|hasura| {
        hasura.metadata["remote_schemas"] = json!([{ "name": "gone", "definition": {
            "url": "http://127.0.0.1:9/graphql",
            "headers": [{ "name": "x-key", "value": OTHER_SECRET }],
        } }]);
    });
    let before = beside.hasura.exported();
    let said = failed(&beside.run("--apply").await);
    assert!(said.contains("is already inconsistent"), "{said}");
    assert!(said.contains("remote_schema gone: Inconsistent object: HTTP exception"), "{said}");
    assert!(!said.contains(OTHER_SECRET), "{said}");
    assert_eq!(beside.hasura.exported(), before);
}
