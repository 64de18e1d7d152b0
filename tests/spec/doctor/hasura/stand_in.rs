use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const ADMIN_SECRET: &str = "hasuras-admin-secret-of-some-length";
/// Where the remote schema of this server is in the state of the stand-in.
pub const MINE: &str = "/exported/remote_schemas/1";

/// A stand-in for Hasura's metadata API.
pub struct StandIn {
    pub url: String,
    state: Arc<Mutex<Value>>,
}

impl StandIn {
    /// It has merged this server as it should.
    pub async fn sound() -> Self {
        let secret = json!([{ "name": "x-service-secret", "value_from_env": "SERVICE_SECRET" }]);
        let countries = "https://countries.example.com/graphql";
        let state = json!({
            "exported": {
                "version": 3,
                "remote_schemas": [
                    { "name": "countries", "definition": { "url": countries } },
                    {
                        "name": "provider-connections",
                        "definition": {
                            "url": "http://provider-connections:4000/graphql",
                            "forward_client_headers": true,
                            "headers": secret,
                        },
                        "permissions": [{ "role": "user", "definition": { "schema": "…" } }],
                    },
                ],
                "sources": [{ "name": "default", "tables": [{
                    "table": { "schema": "auth", "name": "users" },
                    "event_triggers": [{
                        "name": "user_deleted",
                        "definition": { "delete": { "columns": "*" } },
                        "webhook": "http://provider-connections:4000/hooks/user-deleted",
                        "headers": secret,
                    }],
                }] }],
            },
            "inconsistent": [],
            // Of the mutations behind the remote schema; `null`: it can't be reached.
            "fields": [{ "name": "connectProvider" }, { "name": "disconnectProvider" }],
        });
        let state = Arc::new(Mutex::new(state));
        let router = Router::new().route("/v1/metadata", post(answer)).with_state(state.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { url, state }
    }

    /// Puts something else at a place (RFC 6901) that is there.
    pub fn change(&self, place: &str, value: Value) {
        *self.state.lock().unwrap().pointer_mut(place).unwrap() = value;
    }
}

async fn answer(
    State(state): State<Arc<Mutex<Value>>>,
    headers: HeaderMap,
    Json(call): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let state = state.lock().unwrap();
    if headers.get("x-hasura-admin-secret").is_none_or(|sent| sent != ADMIN_SECRET) {
        let error = "invalid \"x-hasura-admin-secret\"/\"x-hasura-access-key\"";
        let error = json!({ "path": "$", "code": "access-denied", "error": error });
        return (StatusCode::UNAUTHORIZED, Json(error));
    }
    let answer = match (call["type"].as_str().unwrap(), call["version"].as_u64()) {
        ("export_metadata", Some(2)) => {
            json!({ "resource_version": 7, "metadata": state["exported"] })
        }
        ("get_inconsistent_metadata", Some(1)) => json!({
            "is_consistent": state["inconsistent"] == json!([]),
            "inconsistent_objects": state["inconsistent"],
        }),
        ("introspect_remote_schema", Some(1)) => {
            let fields = match &call["args"]["name"] {
                other if other == "countries" => json!([{ "name": "addCountry" }]),
                _ => state["fields"].clone(),
            };
            if fields.is_null() {
                let error =
                    json!({ "path": "$.args", "code": "remote-schema-error", "error": "…" });
                return (StatusCode::BAD_REQUEST, Json(error));
            }
            json!({ "data": { "__schema": {
                "mutationType": { "name": "Mutation" },
                "types": [{ "name": "Query", "fields": [] }, { "name": "Mutation", "fields": fields }],
            } } })
        }
        other => panic!("{other:?} is not asked for"),
    };
    (StatusCode::OK, Json(answer))
}
