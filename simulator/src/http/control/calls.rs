//! `/control/calls`

use axum::{Json, extract::State, http::StatusCode};

use crate::{Call, Simulator};

pub(super) async fn show(State(simulator): State<Simulator>) -> Json<Vec<Call>> {
    Json(simulator.call_log())
}

pub(super) async fn reset(State(simulator): State<Simulator>) -> StatusCode {
    simulator.reset_calls();
    StatusCode::NO_CONTENT
}
