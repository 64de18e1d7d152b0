//! The endpoints for load balancers. They are public, so they show no secret and cost next to
//! nothing.

mod recent;

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use futures_util::future::join3;
use recent::Recent;
use serde_json::{Map, Value, json};

use crate::{
    connections::{Connections, JobBoard, JobStatus, encryption_keys::KeyProblem},
    store::{MigrationState, Store},
};

/// The parts that `/readyz` checks.
#[derive(Debug)]
pub struct Readiness {
    pub store: Store,
    pub connections: Connections,
    pub jobs: JobBoard,
    pub recent: RecentLook,
}

/// The last check of the database.
#[derive(Debug, Default)]
pub struct RecentLook(Recent<Look>);

/// The result of a check of the database, in public words; the log has the details.
#[derive(Clone)]
struct Look {
    database: &'static str,
    migrations: &'static str,
    /// Which encryption key is missing, different or retired; the id of a key is not a secret.
    keys: String,
    keys_are_usable: bool,
}

impl Look {
    const OK: &'static str = "ok";
    const DONE: &'static str = "done";
    /// A running server while a newer version is rolled out, and one that is started then.
    const NEWER: &'static str = "newer than this server, which can run with them";

    async fn at(store: Store, connections: Connections) -> Self {
        // Concurrently, because each may take as long as the database timeout.
        let (database, migrations, keys) =
            join3(store.check_writable(), store.migration_state(), connections.key_problems())
                .await;
        let (keys, keys_are_usable) = match keys {
            Ok(problems) if problems.is_empty() => (Self::OK.to_owned(), true),
            Ok(problems) => {
                for problem in &problems {
                    if problem.stops_service() {
                        tracing::warn!("not ready: {problem}");
                    } else {
                        tracing::warn!("{problem}");
                    }
                }
                let unusable = problems.iter().any(KeyProblem::stops_service);
                let in_short: Vec<_> = problems.iter().map(KeyProblem::in_short).collect();
                (in_short.join("; "), !unusable)
            }
            // The database gives the reason.
            Err(_) => ("unknown".to_owned(), true),
        };
        let database = match database {
            Ok(()) => Self::OK,
            Err(error) => {
                tracing::warn!(
                    cause = error.causes(),
                    "not ready: the database can't be written \
                                                        to"
                );
                "can't be reached or written to: the log has the cause"
            }
        };
        let migrations = match migrations {
            Ok(MigrationState::Current) => Self::DONE,
            Ok(MigrationState::Pending(names)) => {
                tracing::warn!(
                    migrations = names.join(", "),
                    "not ready: migrations are pending; restart this server, or run \
                     provider-connections migrate"
                );
                "pending: the log has their names"
            }
            Ok(MigrationState::Newer(_)) => Self::NEWER,
            Ok(MigrationState::TooNew(name)) => {
                tracing::warn!(
                    migration = name,
                    "not ready: a newer version of this server has migrated the database, and this \
                     version can't run on it: start that version"
                );
                "newer than this server: the log has the name"
            }
            Err(_) => "unknown",
        };
        Self { database, migrations, keys, keys_are_usable }
    }

    fn is_ready(&self) -> bool {
        self.database == Self::OK
            && matches!(self.migrations, Self::DONE | Self::NEWER)
            && self.keys_are_usable
    }
}

/// `GET /healthz`: the process is running.
pub async fn healthz() -> impl IntoResponse {
    Json(json!({ "status": "ok" }))
}

/// `GET /readyz`: the server can do its work: the database is reachable and writable, migrations
/// are applied, and every key matches the one that the database knows. A key that only other
/// servers have is named, but must not send all requests to them.
pub async fn readyz(State(readiness): State<Arc<Readiness>>) -> impl IntoResponse {
    let RecentLook(recent) = &readiness.recent;
    let look =
        recent.or_look(|| Look::at(readiness.store.clone(), readiness.connections.clone())).await;
    let ready = look.is_ready();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let refresh_ahead = readiness.connections.refresh_ahead();
    let body = json!({
        "ready": ready,
        "database": look.database,
        "migrations": look.migrations,
        "encryptionKeys": look.keys,
        "refreshAhead": {
            "nhostAuth": refresh_ahead.nhost_auth,
            "direct": refresh_ahead.direct.iter().map(|of| of.as_str()).collect::<Vec<_>>(),
        },
        "jobs": readiness.jobs.all().into_iter().map(job).collect::<Map<_, _>>(),
        "unwrittenCommits": readiness.connections.unwritten_commits(),
    });
    (status, Json(body))
}

/// A failing job must not send requests elsewhere, because they do not need it.
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
