//! The project's GraphQL API, as an administrator asks it which users exist. No other question is
//! answered.

use axum::{Json, extract::State, http::HeaderMap};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{ADMIN_SECRET, Simulator};

/// `POST /graphql/v1`: `users(where: { id: { _in: $ids } })`, or a field for each variable with
/// `_eq`.
pub(super) async fn graphql(
    State(simulator): State<Simulator>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Json<Value> {
    if headers.get("x-hasura-admin-secret").is_none_or(|sent| sent != ADMIN_SECRET) {
        let message = "invalid \"x-hasura-admin-secret\"/\"x-hasura-access-key\"";
        return error("access-denied", message);
    }
    let query = request["query"].as_str().unwrap_or_default();
    let variables = request["variables"].as_object().cloned().unwrap_or_default();
    if !query.contains("users(where: { id: {") {
        return error("validation-failed", "field 'users' not found in type: 'query_root'");
    }
    let state = simulator.state();
    let rows = |asked: &[Value]| -> Value {
        let ids = asked.iter().filter_map(|id| id.as_str()?.parse::<Uuid>().ok());
        let there = ids.filter(|id| state.users.contains_key(id));
        there.map(|id| json!({ "id": id, "isAnonymous": false })).collect()
    };
    let fields: Map<String, Value> = variables
        .iter()
        .map(|(name, value)| match value {
            Value::Array(ids) => ("users".to_owned(), rows(ids)),
            id => (name.clone(), rows(std::slice::from_ref(id))),
        })
        .collect();
    Json(json!({ "data": fields }))
}

/// As Hasura words it, with status 200.
fn error(code: &str, message: &str) -> Json<Value> {
    let extensions = json!({ "path": "$", "code": code });
    Json(json!({ "errors": [{ "message": message, "extensions": extensions }] }))
}
