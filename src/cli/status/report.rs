//! What `status` prints. Fields are added to it, and none is taken away or changes its meaning:
//! docs/status.md describes them.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// All of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Of this command, which needn't be the servers'.
    pub version: &'static str,
    pub at: DateTime<Utc>,
    pub database: DatabaseJson,
    pub connections: Vec<ConnectionsJson>,
    pub refreshes: RefreshesJson,
    pub leases: LeasesJson,
    pub upstreams: Vec<UpstreamJson>,
    pub revocations: RevocationsJson,
    pub events: EventsJson,
    pub webhooks: WebhooksJson,
    /// `None`: there has been no search for them yet.
    pub deleted_users: Option<DeletedUsersJson>,
    pub keys: Option<Vec<KeyJson>>,
    pub spool: SpoolJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseJson {
    pub kind: &'static str,
    pub version: String,
    pub migrations: usize,
    pub newest_migration: Option<String>,
    /// `current`, or `newer` than this command.
    pub state: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionsJson {
    pub provider: &'static str,
    pub status: &'static str,
    pub number: i64,
    pub failing_since: Option<DateTime<Utc>>,
    /// Those that end soon unless their users sign in again.
    pub ending_soon: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefreshesJson {
    pub due: i64,
    pub overdue: i64,
    pub oldest_lag_seconds: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LeasesJson {
    pub held: i64,
    pub abandoned: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpstreamJson {
    pub name: String,
    pub failures: i32,
    pub failing_since: Option<DateTime<Utc>>,
    pub paused_until: Option<DateTime<Utc>>,
    pub last_success_at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevocationsJson {
    pub by_provider: Vec<OutboxJson>,
    /// Of `connections revoke`, which were not written yet.
    pub owed_receipts: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboxJson {
    pub provider: &'static str,
    pub number: i64,
    pub due: i64,
    pub oldest_at: Option<DateTime<Utc>>,
    pub most_attempts: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventsJson {
    pub oldest_at: Option<DateTime<Utc>>,
    /// How long they are kept, by this command's settings.
    pub retention_seconds: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhooksJson {
    /// To be sent, or sent again.
    pub pending: i64,
    pub oldest_pending_at: Option<DateTime<Utc>>,
    /// Given up.
    pub dead: i64,
    pub last_delivered_at: Option<DateTime<Utc>>,
    /// Since when nothing is sent because the receiver answered 410 Gone.
    pub disabled_since: Option<DateTime<Utc>>,
    /// Until when the receiver asked to be left alone.
    pub paused_until: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeletedUsersJson {
    pub searching: bool,
    /// When the last search ended.
    pub searched_at: Option<DateTime<Utc>>,
    /// Users who are removed unless the next search finds them.
    pub missing: u64,
    /// Why the last search removed nobody: `nobody_known`, `too_many` or `signed_in`.
    pub refused: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyJson {
    pub id: String,
    /// `seals`, `opens`, `missing` in `ENCRYPTION_KEYS`, or `shredded`.
    pub role: &'static str,
    pub sealed: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SpoolJson {
    /// Of this machine: other servers have folders of their own.
    pub folder: String,
    pub files: usize,
    pub oldest_at: Option<DateTime<Utc>>,
}
