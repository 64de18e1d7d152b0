use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    metadata::{exported, metadata},
    validation::{self, inconsistent_objects},
};
use crate::harness::SERVICE_SECRET;

pub const ADMIN_SECRET: &str = "the-admin-secret-of-hasura";
/// The value of a header in somebody else's metadata.
pub const OTHER_SECRET: &str = "a-secret-of-somebody-else";

/// Hasura's metadata API over HTTP.
pub struct Hasura {
    pub url: String,
    shared: Arc<Mutex<Shared>>,
    task: JoinHandle<()>,
}

pub struct Shared {
    pub metadata: Value,
    version: u64,
    /// Hasura's environment.
    pub env: Vec<(String, String)>,
    /// `HASURA_GRAPHQL_ENABLE_REMOTE_SCHEMA_PERMISSIONS`; `None`: the config API is off.
    pub permissions: Option<bool>,
    pub faults: Vec<Fault>,
    /// The types of all requests, as they came.
    pub requests: Vec<String>,
    /// Somebody else, who changes the metadata before each of so many replacements.
    pub others: u32,
}

/// What happens to the next `replace_metadata`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process dies before it has stored anything.
    DiesBefore,
    /// The process dies when it has stored all.
    DiesAfter,
    Answers500,
}

type Answered = Result<Value, (StatusCode, Value)>;

impl Hasura {
    pub async fn start() -> Self {
        let shared = Arc::new(Mutex::new(Shared {
            metadata: metadata(),
            version: 8,
            env: vec![
                ("PROVIDER_CONNECTIONS_SERVICE_SECRET".to_owned(), SERVICE_SECRET.to_owned()),
                ("OTHER_SECRET".to_owned(), OTHER_SECRET.to_owned()),
            ],
            permissions: Some(true),
            faults: Vec::new(),
            requests: Vec::new(),
            others: 0,
        }));
        let router = Router::new()
            .route("/v1/metadata", post(answer))
            .route("/v1alpha1/config", get(config))
            .with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, task }
    }

    /// Looks at it, or changes it, past the API.
    pub fn with<T>(&self, look: impl FnOnce(&mut Shared) -> T) -> T {
        look(&mut self.shared.lock().unwrap())
    }

    /// The metadata as it would be exported.
    pub fn exported(&self) -> Value {
        self.with(|shared| exported(&shared.metadata))
    }

    pub fn version(&self) -> u64 {
        self.with(|shared| shared.version)
    }

    /// How many requests of this type have come.
    pub fn asked(&self, kind: &str) -> usize {
        self.with(|shared| shared.requests.iter().filter(|one| *one == kind).count())
    }

    /// It goes away, as when its container is stopped.
    pub fn stop(&self) {
        self.task.abort();
    }
}

impl Drop for Hasura {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn config(State(shared): State<Arc<Mutex<Shared>>>, headers: HeaderMap) -> Response {
    if let Err(refused) = admin(&headers) {
        return into_response(Err(refused));
    }
    let on = shared.lock().unwrap().permissions;
    match on {
        Some(on) => {
            Json(json!({ "version": "v2.48.10", "is_remote_schema_permissions_enabled": on }))
                .into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn answer(
    State(shared): State<Arc<Mutex<Shared>>>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Response {
    if let Err(refused) = admin(&headers) {
        return into_response(Err(refused));
    }
    let kind = request["type"].as_str().unwrap_or_default().to_owned();
    shared.lock().unwrap().requests.push(kind.clone());
    let answered = match (kind.as_str(), request["version"].as_u64()) {
        ("export_metadata", Some(2)) => {
            let shared = shared.lock().unwrap();
            Ok(json!({
                "resource_version": shared.version,
                "metadata": exported(&shared.metadata),
            }))
        }
        ("get_inconsistent_metadata", None) => {
            let (metadata, env) = snapshot(&shared);
            let objects = inconsistent_objects(&metadata, &env).await;
            Ok(json!({ "is_consistent": objects.is_empty(), "inconsistent_objects": objects }))
        }
        ("replace_metadata", Some(2)) => return replace(&shared, &request).await,
        ("bulk", None) => bulk(&shared, &request["args"]).await,
        _ => Err(refusal("parse-failed", &format!("unknown metadata command {kind:?}"))),
    };
    into_response(answered)
}

/// Builds and checks the whole first, then compares the version, then stores.
async fn replace(shared: &Mutex<Shared>, request: &Value) -> Response {
    let fault = shared.lock().unwrap().faults.pop();
    match fault {
        Some(Fault::Answers500) => {
            let body = json!({ "code": "unexpected", "error": "connection error", "path": "$" });
            return into_response(Err((StatusCode::INTERNAL_SERVER_ERROR, body)));
        }
        Some(Fault::DiesBefore) => return died(),
        _ => {}
    }
    let metadata = request["args"]["metadata"].clone();
    let env = shared.lock().unwrap().env.clone();
    if let Err(refused) = validation::names(&metadata) {
        return into_response(Err(refused));
    }
    let objects = inconsistent_objects(&metadata, &env).await;
    if !objects.is_empty() && request["args"]["allow_inconsistent_metadata"] != true {
        let (status, mut body) =
            refusal("unexpected", "cannot continue due to inconsistent metadata");
        body["internal"] = json!(objects);
        return into_response(Err((status, body)));
    }
    let answered = {
        let mut shared = shared.lock().unwrap();
        if shared.others > 0 {
            shared.others -= 1;
            shared.version += 1;
            let name = format!("by_others_{}", shared.others);
            let actions = shared.metadata["actions"].as_array_mut().unwrap();
            actions.push(json!({ "name": name, "definition": {} }));
        }
        let (given, current) = (&request["resource_version"], shared.version);
        if given.is_null() || *given == current {
            shared.metadata = metadata;
            shared.version += 1;
            Ok(json!({ "is_consistent": objects.is_empty(), "inconsistent_objects": objects }))
        } else {
            let error = format!(
                "metadata resource version referenced ({given}) did not match current version"
            );
            let body = json!({ "path": "$", "error": error, "code": "conflict" });
            Err((StatusCode::CONFLICT, body))
        }
    };
    if fault == Some(Fault::DiesAfter) {
        return died();
    }
    into_response(answered)
}

/// Runs each command on what the one before has made, and stores once, at the end.
async fn bulk(shared: &Mutex<Shared>, commands: &Value) -> Answered {
    let (mut metadata, env) = snapshot(shared);
    let permissions = shared.lock().unwrap().permissions == Some(true);
    for command in commands.as_array().unwrap() {
        let kind = command["type"].as_str().unwrap_or_default();
        validation::command(&mut metadata, kind, &command["args"], permissions)?;
        if let Some(object) = inconsistent_objects(&metadata, &env).await.first() {
            return Err(refusal("validation-failed", object["reason"].as_str().unwrap()));
        }
    }
    let mut shared = shared.lock().unwrap();
    shared.metadata = metadata;
    shared.version += 1;
    Ok(json!(vec![json!({ "message": "success" }); commands.as_array().unwrap().len()]))
}

fn admin(headers: &HeaderMap) -> Result<(), (StatusCode, Value)> {
    let error = match headers.get("x-hasura-admin-secret") {
        Some(given) if given == ADMIN_SECRET => return Ok(()),
        Some(_) => "invalid \"x-hasura-admin-secret\"/\"x-hasura-access-key\"",
        None => "x-hasura-admin-secret/x-hasura-access-key required, but not found",
    };
    let body = json!({ "path": "$", "error": error, "code": "access-denied" });
    Err((StatusCode::UNAUTHORIZED, body))
}

/// What Hasura answers with 400.
pub fn refusal(code: &str, error: &str) -> (StatusCode, Value) {
    let body = json!({ "path": "$.args", "error": error, "code": code });
    (StatusCode::BAD_REQUEST, body)
}

fn into_response(answered: Answered) -> Response {
    match answered {
        Ok(body) => Json(body).into_response(),
        Err((status, body)) => (status, Json(body)).into_response(),
    }
}

/// The connection ends without an answer, as when the process dies.
fn died() -> Response {
    std::panic::resume_unwind(Box::new(()))
}

fn snapshot(shared: &Mutex<Shared>) -> (Value, Vec<(String, String)>) {
    let shared = shared.lock().unwrap();
    (shared.metadata.clone(), shared.env.clone())
}
