//! What is counted, under which names. Nothing is kept unless a recorder is installed.

use std::time::Instant;

use chrono::{DateTime, Utc};
use domain::Provider;
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

const HTTP_CONNECTIONS: &str = "provider_connections_http_connections";
const HTTP_CUT: &str = "provider_connections_http_cut_total";
const GRAPHQL_REQUESTS: &str = "provider_connections_graphql_requests_total";
const SUBSCRIBERS: &str = "provider_connections_subscribers";
const SUBSCRIPTIONS_DROPPED: &str = "provider_connections_subscriptions_dropped_total";
const JOB_RUNS: &str = "provider_connections_job_runs_total";
const JOB_SUCCESS: &str = "provider_connections_job_last_success_timestamp_seconds";
const REFRESHES: &str = "provider_connections_refreshes_total";
const UNWRITTEN: &str = "provider_connections_unwritten_commits";
const UPSTREAM_REQUESTS: &str = "provider_connections_upstream_requests_total";
const ANSWERS_REPAIRED: &str = "provider_connections_upstream_answers_repaired_total";
const UPSTREAM_DURATION: &str = "provider_connections_upstream_request_duration_seconds";

/// Seconds. An upstream call is given up after ten.
const BUCKETS: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Begins to keep metrics, for the whole process.
///
/// # Errors
/// They are kept already.
pub fn record() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(UPSTREAM_DURATION.to_owned()), BUCKETS)?
        .install_recorder()
}

/// One more client is connected, or one less.
pub fn http_connections(change: f64) {
    gauge!(HTTP_CONNECTIONS).increment(change);
}

/// A connection, a body or an answer was given up, for this reason.
pub fn http_cut(reason: &'static str) {
    counter!(HTTP_CUT, "reason" => reason).increment(1);
}

/// A GraphQL request has come, by a `caller` of this kind.
pub fn graphql_asked(caller: &'static str) {
    counter!(GRAPHQL_REQUESTS, "caller" => caller).increment(1);
}

/// One more subscriber, or one less.
pub fn subscribers(change: f64) {
    gauge!(SUBSCRIBERS).increment(change);
}

/// A subscription was ended by this server, for this reason.
pub fn subscription_dropped(reason: &'static str) {
    counter!(SUBSCRIPTIONS_DROPPED, "reason" => reason).increment(1);
}

/// A refresh has ended: `OK`, or with an error code.
pub fn refresh_ended(provider: Provider, outcome: &'static str) {
    counter!(REFRESHES, "provider" => provider.as_str(), "outcome" => outcome).increment(1);
}

/// A run of a job has ended: ok, failed, `panicked` or `timed_out`.
pub fn job_ran(job: &'static str, outcome: &'static str) {
    counter!(JOB_RUNS, "job" => job, "outcome" => outcome).increment(1);
}

/// A run of a job has ended well.
pub fn job_succeeded(job: &'static str, at: DateTime<Utc>) {
    // Exact until the year 2106.
    let at = u32::try_from(at.timestamp()).unwrap_or(u32::MAX);
    gauge!(JOB_SUCCESS, "job" => job).set(f64::from(at));
}

/// One more commit waits for the database, or one less.
pub fn unwritten(change: f64) {
    gauge!(UNWRITTEN).increment(change);
}

/// An upstream's answer to this call was damaged, and its tokens were read all the same.
pub fn answer_repaired(call: &'static str) {
    counter!(ANSWERS_REPAIRED, "call" => call).increment(1);
}

/// An upstream call that is under way.
pub struct UpstreamCall {
    call: &'static str,
    since: Instant,
}

/// An upstream call begins.
pub fn upstream_called(call: &'static str) -> UpstreamCall {
    UpstreamCall { call, since: Instant::now() }
}

impl UpstreamCall {
    /// It has ended, with this HTTP status or without any.
    pub fn answered(self, status: Option<u16>) {
        let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        counter!(UPSTREAM_REQUESTS, "call" => self.call, "status" => status).increment(1);
        histogram!(UPSTREAM_DURATION, "call" => self.call)
            .record(self.since.elapsed().as_secs_f64());
    }
}
