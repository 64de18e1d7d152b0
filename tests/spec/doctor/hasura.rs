//! Hasura's metadata: whether this server is merged, and called as it has to be.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Report, doctor, migrated};
use crate::harness::SERVICE_SECRET;

pub const ADMIN_SECRET: &str = "hasuras-admin-secret-of-some-length";

/// What Hasura's metadata API answers.
struct Metadata {
    exported: Value,
    inconsistent: Value,
    /// The fields of the mutations behind every remote schema; `None`: it can't be reached.
    fields: Option<Vec<&'static str>>,
}

/// A stand-in for Hasura's metadata API.
pub struct StandIn {
    pub url: String,
    metadata: Arc<Mutex<Metadata>>,
}

impl StandIn {
    /// It has merged this server as it should.
    pub async fn sound() -> Self {
        let exported = json!({
            "version": 3,
            "remote_schemas": [
                { "name": "countries", "definition": { "url": "https://countries.example.com/graphql" } },
                {
                    "name": "provider-connections",
                    "definition": {
                        "url": "http://provider-connections:4000/graphql",
                        "forward_client_headers": true,
                        "headers": [{ "name": "x-service-secret", "value_from_env": "SERVICE_SECRET" }],
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
                    "headers": [{ "name": "x-service-secret", "value_from_env": "SERVICE_SECRET" }],
                }],
            }] }],
        });
        let metadata = Arc::new(Mutex::new(Metadata {
            exported,
            inconsistent: json!([]),
            fields: Some(vec!["connectProvider", "disconnectProvider"]),
        }));
        let router = Router::new().route("/v1/metadata", post(answer)).with_state(metadata.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        Self { url, metadata }
    }

    fn change(&self, change: impl FnOnce(&mut Metadata)) {
        change(&mut self.metadata.lock().unwrap());
    }

    fn mine(&self, change: impl FnOnce(&mut Value)) {
        self.change(|metadata| change(&mut metadata.exported["remote_schemas"][1]));
    }

    /// Sends this header to the remote schema, and no other.
    pub fn set_header(&self, name: &str, value: &Value) {
        self.mine(|mine| {
            mine["definition"]["headers"] = json!([{ "name": name }]);
            for (key, value) in value.as_object().unwrap() {
                mine["definition"]["headers"][0][key] = value.clone();
            }
        });
    }
}

async fn answer(
    State(metadata): State<Arc<Mutex<Metadata>>>,
    headers: HeaderMap,
    Json(call): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let metadata = metadata.lock().unwrap();
    if headers.get("x-hasura-admin-secret").is_none_or(|sent| sent != ADMIN_SECRET) {
        let error = json!({
            "path": "$", "code": "access-denied",
            "error": "invalid \"x-hasura-admin-secret\"/\"x-hasura-access-key\"",
        });
        return (StatusCode::UNAUTHORIZED, Json(error));
    }
    let answer = match (call["type"].as_str().unwrap(), call["version"].as_u64()) {
        ("export_metadata", Some(2)) => {
            json!({ "resource_version": 7, "metadata": metadata.exported })
        }
        ("get_inconsistent_metadata", Some(1)) => json!({
            "is_consistent": metadata.inconsistent == json!([]),
            "inconsistent_objects": metadata.inconsistent,
        }),
        ("introspect_remote_schema", Some(1)) => {
            let Some(fields) = &metadata.fields else {
                let error =
                    json!({ "path": "$.args", "code": "remote-schema-error", "error": "…" });
                return (StatusCode::BAD_REQUEST, Json(error));
            };
            let others = vec!["addCountry"];
            let fields = if call["args"]["name"] == "countries" { &others } else { fields };
            let fields: Vec<_> = fields.iter().map(|name| json!({ "name": name })).collect();
            json!({ "data": { "__schema": {
                "mutationType": { "name": "Mutation" },
                "types": [{ "name": "Query", "fields": [] }, { "name": "Mutation", "fields": fields }],
            } } })
        }
        other => panic!("{other:?} is not asked for"),
    };
    (StatusCode::OK, Json(answer))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_of_its_metadata_is_told_with_what_to_do() {
    const SCHEMA: &str = "Hasura remote schema";
    const TRIGGER: &str = "Hasura event trigger";
    let (simulator, database) = migrated().await;
    let look = async |change: fn(&StandIn)| {
        let hasura = StandIn::sound().await;
        change(&hasura);
        let binary = doctor(&simulator, &database.url)
            .env("HASURA_GRAPHQL_ENDPOINT", &format!("{}/v1/graphql", hasura.url))
            .env("HASURA_GRAPHQL_ADMIN_SECRET", ADMIN_SECRET);
        Report::of(binary).await
    };
    let faults: [(fn(&StandIn), &str, &str, &str, &str); 11] = [
        (
            |hasura| hasura.change(|of| of.exported["remote_schemas"] = json!([])),
            SCHEMA,
            "error",
            "none leads to this server",
            "docs/hasura.md",
        ),
        (
            |hasura| hasura.change(|of| of.fields = None),
            SCHEMA,
            "error",
            "Hasura does not get at its schema (Hasura answers HTTP 400)",
            "INTROSPECTION",
        ),
        (
            |hasura| hasura.change(|of| of.fields = Some(vec!["addCountry"])),
            SCHEMA,
            "error",
            "leads to a schema without connectProvider",
            "set its address",
        ),
        (
            |hasura| {
                hasura.mine(|mine| mine["definition"]["forward_client_headers"] = json!(false))
            },
            SCHEMA,
            "warning",
            "does not forward client headers",
            "set forward_client_headers to true",
        ),
        (
            |hasura| hasura.mine(|mine| mine["definition"]["headers"] = json!([])),
            SCHEMA,
            "warning",
            "sends no x-service-secret",
            "value_from_env",
        ),
        (
            |hasura| hasura.set_header("X-Service-Secret", &json!({ "value": "another" })),
            SCHEMA,
            "error",
            "sends another x-service-secret than SERVICE_SECRET",
            "set both to the same",
        ),
        (
            |hasura| hasura.set_header("x-service-secret", &json!({ "value": SERVICE_SECRET })),
            SCHEMA,
            "warning",
            "has the service secret itself in Hasura's metadata",
            "value_from_env",
        ),
        (
            |hasura| {
                hasura.change(|of| of.inconsistent = json!([{ "type": "remote_schema", "name": "remote_schema provider-connections", "reason": "…" }]))
            },
            SCHEMA,
            "error",
            "Hasura has left provider-connections out",
            "reload the remote schema",
        ),
        (
            |hasura| {
                hasura.change(|of| {
                    of.inconsistent = json!([{ "type": "table", "name": "t", "reason": "…" }])
                })
            },
            SCHEMA,
            "warning",
            "1 objects of Hasura's metadata are inconsistent",
            "Metadata Status",
        ),
        (
            |hasura| hasura.change(|of| of.exported["sources"][0]["tables"] = json!([])),
            TRIGGER,
            "warning",
            "none tells this server when a user is deleted",
            "/hooks/user-deleted",
        ),
        (
            |hasura| {
                hasura.change(|of| {
                    of.exported["sources"][0]["tables"][0]["event_triggers"][0]["headers"] =
                        json!([])
                })
            },
            TRIGGER,
            "error",
            "sends no x-service-secret: it is refused",
            "add the header",
        ),
    ];
    for (change, check, state, message, advice) in &faults {
        let report = look(*change).await;
        report.says_only(check, state, message, advice);
    }
    let nobody = look(|hasura| {
        hasura.mine(|mine| mine["definition"] = json!({ "url": "http://x:4000/graphql" }));
    })
    .await;
    nobody.says(
        SCHEMA,
        "error",
        "sends no x-service-secret: nobody can call through it",
        "value_from_env",
    );
    // By another name it is known by what it has.
    let renamed = look(|hasura| hasura.mine(|mine| mine["name"] = json!("tokens"))).await;
    renamed.is_all_ok();
}

#[tokio::test]
async fn one_that_does_not_answer_or_does_not_let_us_in_is_an_error() {
    let (simulator, database) = migrated().await;
    let hasura = StandIn::sound().await;
    let at = |url: &str| doctor(&simulator, &database.url).env("HASURA_GRAPHQL_ENDPOINT", url);
    let report = Report::of(at(&hasura.url)).await;
    report.says_only("Hasura", "error", "wants an admin secret", "set HASURA_GRAPHQL_ADMIN_SECRET");
    let wrong = at(&hasura.url).env("HASURA_GRAPHQL_ADMIN_SECRET", "wrong");
    let report = Report::of(wrong).await;
    report.says_only(
        "Hasura",
        "error",
        "refuses the admin secret",
        "check HASURA_GRAPHQL_ADMIN_SECRET",
    );
    let report = Report::of(at("http://127.0.0.1:9")).await;
    report.says_only(
        "Hasura",
        "error",
        "can't be reached: Connection refused",
        "that Hasura is up",
    );
    let report = Report::of(at(&format!("{}/console", hasura.url))).await;
    report.says_only("Hasura", "error", "answers HTTP 404 at /v1/metadata", "Hasura's base URL");
    let report = Report::of(at("hasura.example.com")).await;
    report.says_only(
        "configuration",
        "error",
        "HASURA_GRAPHQL_ENDPOINT is no web address",
        "https://",
    );
    let report = Report::of(at("")).await;
    report.says("Hasura", "ok", "not looked at, because HASURA_GRAPHQL_ENDPOINT is not set", "");
}
