//! Whether deleted users can be searched for.

use nhost_auth_simulator::{ADMIN_SECRET, Endpoint, Fault};
use serde_json::json;

use super::{Report, doctor, migrated};

const CHECK: &str = "deleted users";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_keeps_the_search_from_working_is_said_with_what_to_do() {
    let (simulator, database) = migrated().await;
    let url = simulator.graphql_url().to_string();
    let ask = async |url: &str, secret: &str| {
        let binary = doctor(&simulator, &database.url)
            .env("NHOST_GRAPHQL_URL", url)
            .env("NHOST_ADMIN_SECRET", secret);
        Report::of(binary).await
    };
    let report = ask(&url, ADMIN_SECRET).await;
    report.is_all_ok();
    report.says(CHECK, "ok", "reports which users exist", "");
    let wrong = "NHOST_ADMIN_SECRET to the project's";
    ask(&url, "another-secret").await.says_only(CHECK, "error", "rejects the admin secret", wrong);
    let elsewhere = url.replace("/graphql/v1", "/v1/nothing");
    ask(&elsewhere, ADMIN_SECRET).await.says_only(CHECK, "error", "HTTP 404", "/v1/graphql");
    let closed = "http://127.0.0.1:9/v1/graphql";
    ask(closed, ADMIN_SECRET).await.says_only(CHECK, "error", "can't be reached", "is up");
    let unknown = json!({ "errors": [{ "extensions": { "code": "validation-failed" } }] });
    for (fault, message, advice) in [
        (Fault::json(200, &unknown), "no root field users", "track the table auth.users"),
        (Fault::Html(200), "did not answer the question", "check NHOST_GRAPHQL_URL"),
        (Fault::Empty(302), "HTTP 302", "check NHOST_GRAPHQL_URL"),
    ] {
        simulator.fail_next(Endpoint::Graphql, fault);
        ask(&url, ADMIN_SECRET).await.says_only(CHECK, "error", message, advice);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_secret_it_says_what_else_removes_them() {
    let (simulator, database) = migrated().await;
    let report = Report::of(doctor(&simulator, &database.url)).await;
    report.is_all_ok();
    report.says(CHECK, "ok", "not searched for", "event trigger");
}
