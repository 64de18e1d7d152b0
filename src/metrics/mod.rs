//! Records metrics. Nothing is kept unless a recorder is installed ([`record`]); the names and
//! meanings of the metrics are in `definitions.rs`.

mod definitions;
mod otlp;
mod recording;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
pub use definitions::{ALL, Kind, Metric};
use definitions::{
    ANSWERS_REPAIRED, BUILD_INFO, CONNECTIONS, CONNECTIONS_ENDING_SOON, DATABASE_CONNECTIONS,
    DATABASE_CONNECTIONS_LIMIT, DATABASE_WAITING, ENCRYPTION_KEYS, GRAPHQL_REQUESTS,
    HTTP_CONNECTIONS, HTTP_CUT, JOB_RUNS, JOB_SUCCESS, JWKS_FAILING, JWKS_FETCHED, JWT_LOOKUPS,
    LEASES_EXPIRED, LEASES_HELD, LEASES_RELEASED, OPERATION_DURATION, OPERATIONS_TOTAL,
    REFRESH_DURATION, REFRESH_LAG, REFRESH_OVERDUE, REFRESHES, SIGNALS, SPOOLED,
    STATEMENT_DURATION, SUBSCRIBERS, SUBSCRIPTIONS_DROPPED, TIME_TO_EXPIRY, UNOPENED, UNWRITTEN,
    UPSTREAM_DOWN, UPSTREAM_DURATION, UPSTREAM_FAILURES, UPSTREAM_REQUESTS, UPSTREAM_SUCCESS,
    WEBHOOK_ATTEMPTS, WEBHOOK_RECEIVER_GONE, WEBHOOKS,
};
use domain::Provider;
use metrics::{counter, gauge, histogram};
pub use recording::{Recording, RecordingError, record};

fn build_info() {
    gauge!(BUILD_INFO.name, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// A client has connected, or disconnected.
pub fn http_connections(change: f64) {
    gauge!(HTTP_CONNECTIONS.name).increment(change);
}

/// A connection, a body or a response was cut off, for this reason.
pub fn http_cut(reason: &'static str) {
    counter!(HTTP_CUT.name, "reason" => reason).increment(1);
}

/// A GraphQL request from this kind of `caller`.
pub fn graphql_asked(caller: &'static str) {
    counter!(GRAPHQL_REQUESTS.name, "caller" => caller).increment(1);
}

/// A JWT was looked up among those that were verified before.
pub fn jwt_looked_up(is_hit: bool) {
    let result = if is_hit { "hit" } else { "miss" };
    counter!(JWT_LOOKUPS.name, "result" => result).increment(1);
}

/// An operation has ended: `OK`, with an error code, or cancelled. `fields`: its root fields.
pub fn operation_ended(
    kind: &'static str,
    fields: &[String],
    outcome: &str,
    took: Option<Duration>,
) {
    for field in fields {
        counter!(
            OPERATIONS_TOTAL.name,
            "type" => kind, "field" => field.clone(), "outcome" => outcome.to_owned()
        )
        .increment(1);
        if let Some(took) = took {
            histogram!(OPERATION_DURATION.name, "type" => kind, "field" => field.clone())
                .record(took.as_secs_f64());
        }
    }
}

/// A document was rejected before any of it ran.
pub fn operation_refused(code: &str) {
    counter!(
        OPERATIONS_TOTAL.name,
        "type" => "none", "field" => "none", "outcome" => code.to_owned()
    )
    .increment(1);
}

/// A webhook was sent, with this outcome.
pub fn webhook_attempt(outcome: &'static str) {
    counter!(WEBHOOK_ATTEMPTS.name, "outcome" => outcome).increment(1);
}

/// The content of the webhook outbox, and whether its receiver is gone.
pub fn webhooks(pending: u64, dead: u64, receiver_is_gone: bool) {
    for (state, number) in [("pending", pending), ("dead", dead)] {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        gauge!(WEBHOOKS.name, "state" => state).set(f64::from(number));
    }
    gauge!(WEBHOOK_RECEIVER_GONE.name).set(if receiver_is_gone { 1.0 } else { 0.0 });
}

/// A subscriber was added, or removed.
pub fn subscribers(change: f64) {
    gauge!(SUBSCRIBERS.name).increment(change);
}

/// A subscription was ended by this server, for this reason.
pub fn subscription_dropped(reason: &'static str) {
    counter!(SUBSCRIPTIONS_DROPPED.name, "reason" => reason).increment(1);
}

/// A running refresh under its lease.
pub struct Refresh {
    provider: Provider,
    since: Instant,
}

/// A refresh starts this long after it was due; `None`: it was not due yet.
pub fn refresh_begins(provider: Provider, late: Option<TimeDelta>) -> Refresh {
    if let Some(late) = late.and_then(|late| late.to_std().ok()) {
        histogram!(REFRESH_LAG.name, "provider" => provider.as_str()).record(late.as_secs_f64());
    }
    Refresh { provider, since: Instant::now() }
}

impl Refresh {
    /// It has ended: `OK`, or with an error code.
    pub fn ended(&self, outcome: &'static str) {
        let took = self.since.elapsed().as_secs_f64();
        let provider = self.provider.as_str();
        histogram!(REFRESH_DURATION.name, "provider" => provider, "outcome" => outcome)
            .record(took);
    }
}

/// A refresh has ended: `OK`, or with an error code.
pub fn refresh_ended(provider: Provider, outcome: &'static str) {
    counter!(REFRESHES.name, "provider" => provider.as_str(), "outcome" => outcome).increment(1);
}

/// A message has arrived at `/signals`.
pub fn signal_received(provider: Provider, outcome: &'static str) {
    counter!(SIGNALS.name, "provider" => provider.as_str(), "outcome" => outcome).increment(1);
}

/// A lease that is held until this is dropped.
pub struct LeaseHeld(());

/// A lease was taken.
pub fn lease_held() -> LeaseHeld {
    gauge!(LEASES_HELD.name).increment(1.0);
    LeaseHeld(())
}

impl Drop for LeaseHeld {
    fn drop(&mut self) {
        gauge!(LEASES_HELD.name).decrement(1.0);
    }
}

/// A lease was released without a commit.
pub fn lease_released() {
    counter!(LEASES_RELEASED.name).increment(1);
}

/// Another server's lease has expired without a commit.
pub fn lease_expired() {
    counter!(LEASES_EXPIRED.name).increment(1);
}

/// An access token with this remaining lifetime was returned.
pub fn token_handed_out(provider: Provider, lives: TimeDelta) {
    let lives = lives.to_std().unwrap_or_default();
    histogram!(TIME_TO_EXPIRY.name, "provider" => provider.as_str()).record(lives.as_secs_f64());
}

/// A stored token can't be decrypted.
pub fn token_unopened() {
    counter!(UNOPENED.name).increment(1);
}

/// A run of a job has ended: ok, failed, `panicked` or `timed_out`.
pub fn job_ran(job: &'static str, outcome: &'static str) {
    counter!(JOB_RUNS.name, "job" => job, "outcome" => outcome).increment(1);
}

/// A run of a job has succeeded.
pub fn job_succeeded(job: &'static str, at: DateTime<Utc>) {
    gauge!(JOB_SUCCESS.name, "job" => job).set(unix(at));
}

/// A commit has started to wait for the database, or has stopped.
pub fn unwritten(change: f64) {
    gauge!(UNWRITTEN.name).increment(change);
}

/// Commits that are in the spool.
pub fn spooled(number: usize) {
    gauge!(SPOOLED.name).set(small(number));
}

/// The number of keys in `ENCRYPTION_KEYS`.
pub fn encryption_keys(number: usize) {
    gauge!(ENCRYPTION_KEYS.name).set(small(number));
}

/// The keys at `jwk_url`: when the oldest were fetched, and how many fetches failed last time.
pub fn jwks(fetched: Option<DateTime<Utc>>, failing: usize) {
    gauge!(JWKS_FAILING.name).set(small(failing));
    if let Some(fetched) = fetched {
        gauge!(JWKS_FETCHED.name).set(unix(fetched));
    }
}

/// The use of the database connection pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolUse {
    pub limit: usize,
    pub open: usize,
    pub idle: usize,
    pub waiting: usize,
}

/// The current use of the pool.
pub fn pool(pool: PoolUse) {
    gauge!(DATABASE_CONNECTIONS_LIMIT.name).set(small(pool.limit));
    gauge!(DATABASE_CONNECTIONS.name, "state" => "idle").set(small(pool.idle));
    gauge!(DATABASE_CONNECTIONS.name, "state" => "in_use")
        .set(small(pool.open.saturating_sub(pool.idle)));
    gauge!(DATABASE_WAITING.name).set(small(pool.waiting));
}

/// A statement has ended. `statement`: its first word, or that of the first statement within a
/// `WITH`, in lower case.
pub fn statement_ended(statement: &'static str, is_ok: bool, took: Duration) {
    let outcome = if is_ok { "ok" } else { "error" };
    histogram!(STATEMENT_DURATION.name, "statement" => statement, "outcome" => outcome)
        .record(took.as_secs_f64());
}

/// This many connections have this status.
pub fn connections(provider: Provider, status: &'static str, number: u64) {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    gauge!(CONNECTIONS.name, "provider" => provider.as_str(), "status" => status)
        .set(f64::from(number));
}

/// This many connections end soon, and their users were notified.
pub fn ending_soon(provider: Provider, number: u64) {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    gauge!(CONNECTIONS_ENDING_SOON.name, "provider" => provider.as_str()).set(f64::from(number));
}

/// How long the most overdue connection of this provider has been due.
pub fn refresh_overdue(provider: Provider, overdue: TimeDelta) {
    let overdue = overdue.to_std().unwrap_or_default();
    gauge!(REFRESH_OVERDUE.name, "provider" => provider.as_str()).set(overdue.as_secs_f64());
}

/// The health of an upstream, by the name that it is stored under.
pub fn upstream_health(
    target: &str,
    is_down: bool,
    failures: i32,
    last_success: Option<DateTime<Utc>>,
) {
    gauge!(UPSTREAM_DOWN.name, "target" => target.to_owned()).set(f64::from(u8::from(is_down)));
    gauge!(UPSTREAM_FAILURES.name, "target" => target.to_owned()).set(f64::from(failures));
    if let Some(at) = last_success {
        gauge!(UPSTREAM_SUCCESS.name, "target" => target.to_owned()).set(unix(at));
    }
}

/// An upstream's response to this call was damaged, but its tokens could be read.
pub fn answer_repaired(call: &'static str) {
    counter!(ANSWERS_REPAIRED.name, "call" => call).increment(1);
}

/// A running upstream call.
pub struct UpstreamCall {
    call: &'static str,
    since: Instant,
}

/// An upstream call starts.
pub fn upstream_called(call: &'static str) -> UpstreamCall {
    UpstreamCall { call, since: Instant::now() }
}

impl UpstreamCall {
    /// It has ended, with this HTTP status or without any.
    pub fn answered(self, status: Option<u16>) {
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        counter!(UPSTREAM_REQUESTS.name, "call" => self.call, "status" => status).increment(1);
        histogram!(UPSTREAM_DURATION.name, "call" => self.call)
            .record(self.since.elapsed().as_secs_f64());
    }
}

/// Unix time, exact until the year 2106.
fn unix(at: DateTime<Utc>) -> f64 {
    f64::from(u32::try_from(at.timestamp()).unwrap_or(u32::MAX))
}

fn small(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
