//! `/control/clock`

use axum::{Json, extract::State};
use chrono::Duration;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::Simulator;

#[derive(Deserialize)]
pub(super) struct Advance {
    /// Time can't go back.
    seconds: u32,
}

pub(super) async fn show(State(simulator): State<Simulator>) -> Json<Value> {
    Json(json!({ "now": simulator.now() }))
}

pub(super) async fn advance(
    State(simulator): State<Simulator>,
    Json(advance): Json<Advance>,
) -> Json<Value> {
    simulator.advance(Duration::seconds(advance.seconds.into()));
    show(State(simulator)).await
}
