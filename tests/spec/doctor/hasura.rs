//! Hasura's metadata: whether this server is merged, and called as it has to be.

mod stand_in;

use serde_json::{Value, json};
pub use stand_in::{ADMIN_SECRET, MINE, StandIn};

use super::{Report, doctor, migrated};
use crate::harness::{Database, SERVICE_SECRET};

const SCHEMA: &str = "Hasura remote schema";
const TRIGGER: &str = "Hasura event trigger";

/// What is found of a Hasura where this is at a place.
async fn of(
    (simulator, database): &(nhost_auth_simulator::Running, Database),
    place: &str,
    value: Value,
) -> Report {
    let hasura = StandIn::sound().await;
    hasura.change(place, value);
    let binary = doctor(simulator, &database.url)
        // The address of its GraphQL does as well.
        .env("HASURA_GRAPHQL_ENDPOINT", &format!("{}/v1/graphql", hasura.url))
        .env("HASURA_GRAPHQL_ADMIN_SECRET", ADMIN_SECRET);
    Report::of(binary).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_not_merged_or_not_reached_is_an_error() {
    let world = migrated().await;
    for (place, value, message, advice) in [
        (
            "/exported/remote_schemas",
            json!([]),
            "no remote schema is this server's",
            "docs/hasura.md",
        ),
        ("/fields", json!(null), "Hasura can't read its schema", "INTROSPECTION"),
        ("/fields", json!([]), "has a schema without connectProvider", "set its URL"),
        (
            "/inconsistent",
            json!([{ "type": "remote_schema", "name": "remote_schema provider-connections" }]),
            "Hasura does not serve provider-connections",
            "reload the remote schema",
        ),
    ] {
        of(&world, place, value).await.says_only(SCHEMA, "error", message, advice);
    }
    let others = of(&world, "/inconsistent", json!([{ "type": "table", "name": "t" }])).await;
    others.says_only(SCHEMA, "warning", "1 objects of Hasura's metadata are inconsistent", "");
    // By another name it is known by what it has.
    of(&world, &format!("{MINE}/name"), json!("tokens")).await.is_all_ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_that_leave_it_open_who_calls_are_told() {
    let world = migrated().await;
    let header = |value: &str| json!([{ "name": "X-Service-Secret", "value": value }]);
    for (place, value, state, message, advice) in [
        (
            "forward_client_headers",
            json!(false),
            "warning",
            "does not forward client headers",
            "to true",
        ),
        ("headers", json!([]), "warning", "sends no x-service-secret", "value_from_env"),
        (
            "headers",
            header("another"),
            "error",
            "sends an x-service-secret that differs",
            "set both",
        ),
        (
            "headers",
            header(SERVICE_SECRET),
            "warning",
            "has the service secret in plain text",
            "value_from_env",
        ),
    ] {
        let report = of(&world, &format!("{MINE}/definition/{place}"), value).await;
        report.says_only(SCHEMA, state, message, advice);
    }
    let url = json!({ "url": "http://x:4000/graphql" });
    let nobody = of(&world, &format!("{MINE}/definition"), url).await;
    nobody.says(SCHEMA, "error", "no one can call this server through Hasura", "value_from_env");
}

#[tokio::test]
async fn a_server_that_is_not_told_of_deleted_users_keeps_their_tokens() {
    const TABLES: &str = "/exported/sources/0/tables";
    let world = migrated().await;
    let report = of(&world, TABLES, json!([])).await;
    report.says_only(TRIGGER, "warning", "so their tokens are kept", "/hooks/user-deleted");
    let headers = format!("{TABLES}/0/event_triggers/0/headers");
    let report = of(&world, &headers, json!([])).await;
    report.says_only(
        TRIGGER,
        "error",
        "sends no x-service-secret, so its calls are refused",
        "add the header",
    );
}

#[tokio::test]
async fn one_that_does_not_answer_or_does_not_let_us_in_is_an_error() {
    let (simulator, database) = migrated().await;
    let hasura = StandIn::sound().await;
    let at = |url: &str| doctor(&simulator, &database.url).env("HASURA_GRAPHQL_ENDPOINT", url);
    let report = Report::of(at(&hasura.url)).await;
    report.says_only(
        "Hasura",
        "error",
        "requires an admin secret",
        "set HASURA_GRAPHQL_ADMIN_SECRET",
    );
    let wrong = at(&hasura.url).env("HASURA_GRAPHQL_ADMIN_SECRET", "wrong");
    let report = Report::of(wrong).await;
    report.says_only(
        "Hasura",
        "error",
        "rejects the admin secret",
        "set HASURA_GRAPHQL_ADMIN_SECRET",
    );
    let report = Report::of(at("http://127.0.0.1:9")).await;
    report.says_only(
        "Hasura",
        "error",
        "can't be reached: Connection refused",
        "that Hasura is running",
    );
    let report = Report::of(at(&format!("{}/console", hasura.url))).await;
    report.says_only("Hasura", "error", "returns HTTP 404 for /v1/metadata", "Hasura's base URL");
    let report = Report::of(at("hasura.example.com")).await;
    report.says_only("configuration", "error", "HASURA_GRAPHQL_ENDPOINT is not a URL", "https://");
    let report = Report::of(at("")).await;
    report.says("Hasura", "ok", "not checked, because HASURA_GRAPHQL_ENDPOINT is not set", "");
}
