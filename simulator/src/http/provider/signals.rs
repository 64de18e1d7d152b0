//! Where Google publishes the signer of its security event tokens.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{Simulator, signals::RISC_ISSUER};

/// `GET /providers/google/risc-configuration`: `/.well-known/risc-configuration` of the real one.
pub(crate) async fn configuration(State(simulator): State<Simulator>) -> Json<Value> {
    Json(json!({
        "issuer": RISC_ISSUER,
        "jwks_uri": simulator.absolute("/providers/google/risc-keys"),
        "delivery_methods_supported": ["https://schemas.openid.net/secevent/risc/delivery-method/push"],
    }))
}

/// `GET /providers/google/risc-keys`
pub(crate) async fn keys(State(simulator): State<Simulator>) -> Json<Value> {
    Json(simulator.google_signal_keys())
}
