//! What a Rust engineer would write by hand for one endpoint: an axum handler that checks the JWT, runs one prepared
//! statement by sqlx, and answers with serde. There is no schema, no error with advice, no metric and no log.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use chrono::{DateTime, Utc};
use provider_connections_bench::{Error, Settings, Verifier, serve, status};
use serde::Serialize;
use sqlx::{PgPool, postgres::PgPoolOptions};
use uuid::Uuid;

// The server's allocator, so that programs and not allocators are compared.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const STATEMENT: &str = "SELECT id, provider, state, access_token_expires_at, \
    refresh_token IS NOT NULL, connected_at FROM provider_connection \
    WHERE user_id = $1 AND state <> 'connecting' ORDER BY provider";

type Row = (Uuid, String, String, Option<DateTime<Utc>>, bool, DateTime<Utc>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Connection {
    id: Uuid,
    provider: String,
    status: &'static str,
    expires_at: Option<DateTime<Utc>>,
    refreshable: bool,
    connected_at: DateTime<Utc>,
}

struct App {
    pool: PgPool,
    verifier: Verifier,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let Settings { database_url, max_connections, verifier } = Settings::from_environment()?;
    // A ping before every use would cost a round trip.
    let options = PgPoolOptions::new().max_connections(max_connections).test_before_acquire(false);
    let pool = options.connect(&database_url).await?;
    let app = Arc::new(App { pool, verifier });
    serve(Router::new().route("/connections", get(connections)).with_state(app)).await
}

async fn connections(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
) -> Result<Json<Vec<Connection>>, StatusCode> {
    let user = app.verifier.user(&headers)?;
    let rows = sqlx::query_as::<_, Row>(STATEMENT).bind(user).fetch_all(&app.pool).await;
    let rows = rows.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let connection = |(id, provider, state, expires_at, refreshable, connected_at): Row| {
        let status = status(&state);
        Connection { id, provider, status, expires_at, refreshable, connected_at }
    };
    Ok(Json(rows.into_iter().map(connection).collect()))
}
