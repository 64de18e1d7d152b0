//! What is no valid call: each has an answer with a documented code, or the connection ends.

use std::time::Duration;

use serde_json::Value;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::field::Field;

/// Bodies and their content types.
fn nonsense(field: &Field) -> (&'static str, String) {
    const JSON: &str = "application/json";
    let query = |text: &str| (JSON, serde_json::json!({ "query": text }).to_string());
    match field.roll(9) {
        0 => (JSON, "{\"query\":".to_owned()),
        1 => ("text/plain", "{ providerConnections { id } }".to_owned()),
        2 => query("{ nothingOfThisName }"),
        3 => query("{ providerConnection(provider: myspace) { id } }"),
        4 => query("mutation { connectProvider }"),
        5 => query(&format!("{}id{}", "{ providerConnections ".repeat(40), " }".repeat(40))),
        6 => query(
            "{ providerConnections(userId: \"00000000-0000-0000-0000-000000000001\") { id } }",
        ),
        7 => (JSON, format!("{{\"query\":\"{}\"}}", "x".repeat(400_000))),
        _ => query("{ __schema { types { name fields { name args { name } } } } }"),
    }
}

pub async fn all(field: &Field) {
    tokio::join!(ask(field), break_off(field));
}

async fn ask(field: &Field) {
    let http = reqwest::Client::new();
    field
        .repeat(Duration::from_millis(60), async || {
            let (content_type, body) = nonsense(field);
            let request = http.post(format!("{}/graphql", field.url()));
            let request = request.header("content-type", content_type).body(body);
            let request = match field.roll(3) {
                0 => request,
                1 => request.bearer_auth("eyJhbGciOiJub25lIn0.e30."),
                _ => request.bearer_auth(field.jwt(*field.pick(&field.users))),
            };
            field.tally.called("nonsense");
            // It may end a connection on which more comes than it takes.
            let Ok(response) = request.send().await else { return field.tally.unanswered() };
            match response.json::<Value>().await {
                Ok(answer) => field.tally.answered(&answer),
                Err(_) => field.tally.unanswered(),
            }
        })
        .await;
}

/// Begins a request, and is gone.
async fn break_off(field: &Field) {
    let address = field.url().trim_start_matches("http://").to_owned();
    field
        .repeat(Duration::from_millis(100), async || {
            field.tally.called("half a request");
            let mut stream = TcpStream::connect(&address).await.unwrap();
            let head =
                b"POST /graphql HTTP/1.1\r\nHost: soaked\r\nContent-Length: 100\r\n\r\n{\"qu";
            let length = 1 + field.roll(head.len());
            let _ = stream.write_all(&head[..length]).await;
        })
        .await;
}
