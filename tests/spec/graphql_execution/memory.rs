//! What strangers send takes no memory for long.

use std::fmt::Write;

use serde_json::json;

use crate::harness::{Binary, Database, simulator};

/// A document of 8 kB; each is another one.
fn document(number: usize, part: &str) -> String {
    let mut query = String::from("{ ");
    let mut field = 0;
    while query.len() < 7_900 {
        write!(query, "a{number}x{field}{part} ").unwrap();
        field += 1;
    }
    query + "}"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_of_strangers_are_not_kept_for_more_than_they_may_take() {
    let simulator = simulator().await;
    let database = Database::sqlite();
    let mut process = Binary::serve(&simulator, &database.url).start();
    let url = format!("{}/graphql", process.url().await);
    let client = reqwest::Client::new();
    let send = async |query: String| {
        let response = client.post(&url).json(&json!({ "query": query })).send().await.unwrap();
        response.text().await.unwrap()
    };
    for warm in 0..20 {
        send(document(1_000_000 + warm, ":__typename")).await;
    }
    let before = process.resident();
    // Kept, they would take 130 MiB.
    for number in 0..1_000 {
        let valid = send(document(number, ":__typename")).await;
        assert!(valid.contains("\"data\""), "{valid:.200}");
        if number % 10 != 0 {
            continue;
        }
        let invalid = send(document(number, "")).await;
        assert!(invalid.contains("GRAPHQL_VALIDATION_FAILED"), "{invalid:.200}");
    }
    let kept = process.resident().saturating_sub(before);
    // Allocators keep some of what is free, by thread and by how busy the machine is.
    assert!(kept < 64 * 1024, "{kept} KiB more than before");
}
