use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use futures_util::future::join;
use serde_json::{Map, Value, json};

use crate::{
    connections::{Connections, JobBoard, JobStatus},
    store::{MigrationState, Store},
};

/// What `/readyz` looks at.
#[derive(Debug)]
pub struct Readiness {
    pub store: Store,
    pub encryption_keys: Vec<String>,
    pub connections: Connections,
    pub jobs: JobBoard,
}

/// `GET /healthz`: the process answers.
pub async fn healthz() -> impl IntoResponse {
    Json(json!({ "status": "ok" }))
}

/// `GET /readyz`: it can do its work: database reachable and writable, migrations done, keys there.
pub async fn readyz(State(readiness): State<Arc<Readiness>>) -> impl IntoResponse {
    // At once, since each may take as long as the database is waited for.
    let store = &readiness.store;
    let (database, migrations) = join(store.check_writable(), store.migration_state()).await;
    let ready = database.is_ok()
        && matches!(migrations, Ok(MigrationState::Current))
        && !readiness.encryption_keys.is_empty();
    let database = match database {
        Ok(()) => Value::from("ok"),
        Err(error) => {
            tracing::warn!(cause = error.causes(), "not ready: the database can't be written");
            Value::from("can't be reached or written: the log has the cause")
        }
    };
    let migrations = match migrations {
        Ok(MigrationState::Current) => Value::from("done"),
        Ok(MigrationState::Pending(names)) => json!({ "pending": names }),
        Ok(MigrationState::Newer(name)) => json!({ "newer": name }),
        Err(_) => Value::from("unknown"),
    };
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let refresh_ahead = readiness.connections.refresh_ahead();
    let body = json!({
        "ready": ready,
        "database": database,
        "migrations": migrations,
        "encryptionKeys": readiness.encryption_keys,
        "refreshAhead": {
            "nhostAuth": refresh_ahead.nhost_auth,
            "direct": refresh_ahead.direct.iter().map(|of| of.as_str()).collect::<Vec<_>>(),
        },
        "jobs": readiness.jobs.all().into_iter().map(job).collect::<Map<_, _>>(),
        "unwrittenCommits": readiness.connections.unwritten_commits(),
    });
    (status, Json(body))
}

/// A job that fails is no reason to send requests elsewhere: they do not need it.
fn job(status: JobStatus) -> (String, Value) {
    let JobStatus { name, state, last_success, failures_in_a_row } = status;
    let last_success = last_success.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    let job = json!({
        "state": state.as_str(),
        "lastSuccess": last_success,
        "failuresInARow": failures_in_a_row,
    });
    (name.to_owned(), job)
}
