use nhost_auth_simulator::{GrantScript, Provider};
use serde_json::{Value, json};

use super::{Mutator, corpus, count_panics, mutator, panics, runs};
use crate::{
    arena::{alone, ticks},
    harness::{Database, World},
};

/// The largest answer that anybody but a service may get.
const LARGEST_ANSWER: usize = 1024 * 1024;
/// CPU time of this process that no request may take, in hundredths of a second.
const MOST_TICKS: u64 = 500;

/// A request, changed in one way or another.
fn changed(mutator: &mut Mutator, seeds: &[Value], texts: &[String]) -> String {
    let mut request = mutator.pick(seeds).clone();
    match mutator.below(10) {
        0 => mutator.json(&mut request),
        1 => mutator.json(&mut request["variables"]),
        2 => request["operationName"] = json!(mutator.text("A", texts)),
        3 => return mutator.text(&request.to_string(), texts),
        _ => {
            let query = request["query"].as_str().unwrap_or_default().to_owned();
            request["query"] = json!(mutator.text(&query, texts));
        }
    }
    request.to_string()
}

/// What is wrong with an answer, if anything is.
fn complaint(status: u16, text: &str) -> Option<String> {
    if status >= 500 {
        return Some(format!("status {status}"));
    }
    if text.len() > LARGEST_ANSWER {
        return Some(format!("{} bytes", text.len()));
    }
    let Ok(answer) = serde_json::from_str::<Value>(text) else {
        return Some("no JSON".to_owned());
    };
    // A batch is answered by as many refusals.
    let batch = answer.as_array().filter(|answers| !answers.is_empty());
    batch.map_or_else(|| of_one(&answer), |answers| answers.iter().find_map(of_one))
}

fn of_one(answer: &Value) -> Option<String> {
    let errors = answer["errors"].as_array().map_or(&[][..], Vec::as_slice);
    if errors.is_empty() && !answer["data"].is_object() {
        return Some("neither data nor errors".to_owned());
    }
    errors.iter().find_map(|error| match error.pointer("/extensions/code") {
        Some(Value::String(code)) if code != "INTERNAL" && error["message"].is_string() => None,
        _ => Some(format!("the error {error}")),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_request_comes_is_answered_within_bounds() {
    let _alone = alone().await;
    let world = World::on(Database::sqlite()).await;
    let ada = world.user("ada@example.com");
    ada.connected(Provider::Google, GrantScript::stable()).await;
    let seeds: Vec<Value> =
        corpus("requests").iter().map(|seed| serde_json::from_str(seed).unwrap()).collect();
    let texts: Vec<String> =
        seeds.iter().map(|seed| seed["query"].as_str().unwrap().to_owned()).collect();
    count_panics();
    let mut mutator = mutator();
    let mut most = (0, String::new());
    for run in 0..runs() {
        // First of all as they are.
        let body = match seeds.get(run) {
            Some(seed) => seed.to_string(),
            None => changed(&mut mutator, &seeds, &texts),
        };
        let before = ticks(std::process::id());
        let request = world.server.post().bearer_auth(&ada.jwt);
        let request = request.header("content-type", "application/json").body(body.clone());
        let response = request.send().await.unwrap_or_else(|error| panic!("{error}: {body}"));
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        assert_eq!(panics(), 0, "a panic: {body}");
        if let Some(complaint) = complaint(status, &text) {
            let beginning: String = text.chars().take(500).collect();
            panic!("{complaint}: {beginning}\nfor {body}");
        }
        let took = ticks(std::process::id()) - before;
        assert!(took < MOST_TICKS, "{took} hundredths of a second: {body}");
        if took > most.0 {
            most = (took, body);
        }
    }
    let beginning: String = most.1.chars().take(300).collect();
    println!("{} requests; the longest took {} ms of CPU: {beginning}", runs(), most.0 * 10);
}
