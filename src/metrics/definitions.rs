//! Defines every metric once; Prometheus, OTLP and `docs/metrics.md` all use these definitions.
//!
//! Labels have few values, all defined by this server: never a user, and never text that a client
//! chose.

/// A metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    /// The unit in OpenTelemetry's notation (UCUM): `s`, `1`, or `{thing}`.
    pub unit: &'static str,
    pub labels: &'static [&'static str],
    /// One or more sentences.
    pub help: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Counter,
    Gauge,
    /// With the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// Seconds. An upstream call times out after ten.
const CALLS: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Seconds. An operation may wait for several calls; it times out after 55.
const OPERATIONS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0];
/// Seconds. A statement times out after 2.5 on PostgreSQL, and waits 5 for a lock on SQLite.
const STATEMENTS: &[f64] =
    &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
/// Seconds after a refresh was due.
const LAGS: &[f64] = &[1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];
/// Seconds until a token expires.
const LIVES: &[f64] =
    &[0.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 28800.0, 86400.0];

const fn counter(
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Counter, unit, labels, help }
}

const fn gauge(
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Gauge, unit, labels, help }
}

const fn seconds(
    name: &'static str,
    buckets: &'static [f64],
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Histogram(buckets), unit: "s", labels, help }
}

pub const BUILD_INFO: Metric = gauge(
    "provider_connections_build_info",
    "1",
    &["version"],
    "Always 1. The label version is the version of this server.",
);
pub const CONNECTIONS: Metric = gauge(
    "provider_connections_connections",
    "{connection}",
    &["provider", "status"],
    "Connections in the database by status (active, refresh_failing, reauthentication_required), counted every minute or less often. Each replica counts all: take the maximum, not the sum.",
);
pub const CONNECTIONS_ENDING_SOON: Metric = gauge(
    "provider_connections_connections_ending_soon",
    "{connection}",
    &["provider"],
    "Connections that expire soon: they have the event EXPIRES_SOON, and the user has not signed in again since. Each replica counts all: take the maximum, not the sum.",
);
pub const DATABASE_CONNECTIONS: Metric = gauge(
    "provider_connections_database_connections",
    "{connection}",
    &["state"],
    "Connections in this server's database pool, by state: in_use or idle.",
);
pub const DATABASE_CONNECTIONS_LIMIT: Metric = gauge(
    "provider_connections_database_connections_limit",
    "{connection}",
    &[],
    "The maximum size of the database pool, which is DATABASE_MAX_CONNECTIONS.",
);
pub const DATABASE_WAITING: Metric = gauge(
    "provider_connections_database_waiting",
    "{statement}",
    &[],
    "Statements that are waiting for a connection from the pool. PostgreSQL only.",
);
pub const STATEMENT_DURATION: Metric = seconds(
    "provider_connections_database_statement_duration_seconds",
    STATEMENTS,
    &["statement", "outcome"],
    "Duration of statements, including the wait for a connection. statement: select, insert, update, delete, begin, commit or other. outcome: ok or error.",
);
pub const ENCRYPTION_KEYS: Metric = gauge(
    "provider_connections_encryption_keys",
    "{key}",
    &[],
    "Keys in ENCRYPTION_KEYS. More than 1 during a key rotation.",
);
pub const GRAPHQL_REQUESTS: Metric = counter(
    "provider_connections_graphql_requests_total",
    "{request}",
    &["caller"],
    "GraphQL requests by caller: user, client (an app that acts for a user), service or none.",
);
pub const OPERATIONS_TOTAL: Metric = counter(
    "provider_connections_graphql_operations_total",
    "{operation}",
    &["type", "field", "outcome"],
    "Operations by root field; an operation with several root fields counts once for each. outcome: OK, the code of the first error, or cancelled (the client disconnected). type and field are none if the document was rejected before it ran.",
);
pub const OPERATION_DURATION: Metric = seconds(
    "provider_connections_graphql_operation_duration_seconds",
    OPERATIONS,
    &["type", "field"],
    "Duration of queries and mutations, by root field.",
);
pub const HTTP_CONNECTIONS: Metric = gauge(
    "provider_connections_http_connections",
    "{connection}",
    &[],
    "Open HTTP connections from clients.",
);
pub const HTTP_CUT: Metric = counter(
    "provider_connections_http_cut_total",
    "{connection}",
    &["reason"],
    "Connections, request bodies and responses that this server cut off: no_request, idle, slow_body, unread (the client read too slowly), room_needed (to make room for others) or address_full (too many from one address).",
);
pub const JOB_SUCCESS: Metric = gauge(
    "provider_connections_job_last_success_timestamp_seconds",
    "s",
    &["job"],
    "When a job last succeeded, in Unix time.",
);
pub const JOB_RUNS: Metric = counter(
    "provider_connections_job_runs_total",
    "{run}",
    &["job", "outcome"],
    "Runs of background jobs, by outcome: ok, failed, panicked or timed_out.",
);
pub const JWKS_FETCHED: Metric = gauge(
    "provider_connections_jwks_last_success_timestamp_seconds",
    "s",
    &[],
    "When the keys at jwk_url were last fetched, in Unix time. With several jwk_urls, the oldest of these times. Absent without a jwk_url.",
);
pub const JWKS_FAILING: Metric = gauge(
    "provider_connections_jwks_failing",
    "{jwk_url}",
    &[],
    "Number of jwk_urls whose last fetch failed. Absent without a jwk_url.",
);
pub const JWT_LOOKUPS: Metric = counter(
    "provider_connections_jwt_cache_lookups_total",
    "{lookup}",
    &["result"],
    "Look-ups of JWTs in the cache of verified JWTs, by result: hit (the signature was not verified again) or miss.",
);
pub const LEASES_EXPIRED: Metric = counter(
    "provider_connections_leases_expired_total",
    "{lease}",
    &[],
    "Leases of other calls that expired without a commit and were taken over: the server that held one died or was cut off.",
);
pub const LEASES_HELD: Metric = gauge(
    "provider_connections_leases_held",
    "{lease}",
    &[],
    "Leases that this server holds: connections that it is connecting or refreshing.",
);
pub const LEASES_RELEASED: Metric = counter(
    "provider_connections_leases_released_total",
    "{lease}",
    &[],
    "Leases that were released without a commit, for example because the upstream could not be called.",
);
pub const REFRESH_DURATION: Metric = seconds(
    "provider_connections_refresh_duration_seconds",
    CALLS,
    &["provider", "outcome"],
    "Duration of refreshes, from the lease to the commit. outcome: OK or an error code.",
);
pub const REFRESH_LAG: Metric = seconds(
    "provider_connections_refresh_lag_seconds",
    LAGS,
    &["provider"],
    "Delay between the time a refresh was due and the time it started.",
);
pub const REFRESH_OVERDUE: Metric = gauge(
    "provider_connections_refresh_overdue_seconds",
    "s",
    &["provider"],
    "How long the most overdue connection has been due for a refresh; 0 if none is. Each replica reports it for all connections: take the maximum.",
);
pub const REFRESHES: Metric = counter(
    "provider_connections_refreshes_total",
    "{refresh}",
    &["provider", "outcome"],
    "Refreshes, by outcome: OK or an error code.",
);
pub const SIGNALS: Metric = counter(
    "provider_connections_signals_total",
    "{signal}",
    &["provider", "outcome"],
    "Messages received at /signals. outcome: ended (grants were revoked), checked (connections are refreshed to find out), nothing (no connection of that account, or only newer ones; counted again as ended or checked if a sign-in turns out to be with that account), repeated, noted, test, ignored (about something else), failed (the provider sends it again), or why the message was rejected: malformed, signature, audience, issuer, time or unavailable.",
);
pub const SPOOLED: Metric = gauge(
    "provider_connections_spooled_commits",
    "{commit}",
    &[],
    "Commits in the spool: their tokens are in files because the database has not stored them yet.",
);
pub const SUBSCRIBERS: Metric =
    gauge("provider_connections_subscribers", "{subscriber}", &[], "Open subscriptions.");
pub const SUBSCRIPTIONS_DROPPED: Metric = counter(
    "provider_connections_subscriptions_dropped_total",
    "{subscription}",
    &["reason"],
    "Subscriptions that this server ended: too_slow (the client did not read the changes in time) or stuck (the socket accepted nothing for 10 s).",
);
pub const TIME_TO_EXPIRY: Metric = seconds(
    "provider_connections_token_time_to_expiry_seconds",
    LIVES,
    &["provider"],
    "Remaining lifetime of access tokens when they were returned. Tokens without a known expiry are not counted.",
);
pub const UNOPENED: Metric = counter(
    "provider_connections_unopened_tokens_total",
    "{token}",
    &[],
    "Stored tokens that could not be decrypted: a key is missing from ENCRYPTION_KEYS, or a row is damaged.",
);
pub const UNWRITTEN: Metric = gauge(
    "provider_connections_unwritten_commits",
    "{commit}",
    &[],
    "Commits that are waiting for the database, in memory or in the spool.",
);
pub const ANSWERS_REPAIRED: Metric = counter(
    "provider_connections_upstream_answers_repaired_total",
    "{answer}",
    &["call"],
    "Upstream responses that were damaged on the way but whose tokens could still be read. Look for a proxy that alters them.",
);
pub const UPSTREAM_DOWN: Metric = gauge(
    "provider_connections_upstream_down",
    "1",
    &["target"],
    "1 while this server treats an upstream as down and only sends probes, else 0. target: nhost-auth/refresh, nhost-auth/refresh/PROVIDER or PROVIDER/refresh. The same on every replica.",
);
pub const UPSTREAM_FAILURES: Metric = gauge(
    "provider_connections_upstream_failures",
    "{connection}",
    &["target"],
    "Consecutive failures of connections that worked before; at 3 the upstream counts as down. The same on every replica.",
);
pub const UPSTREAM_SUCCESS: Metric = gauge(
    "provider_connections_upstream_last_success_timestamp_seconds",
    "s",
    &["target"],
    "When an upstream last refreshed a token, in Unix time. The same on every replica.",
);
pub const UPSTREAM_DURATION: Metric = seconds(
    "provider_connections_upstream_request_duration_seconds",
    CALLS,
    &["call"],
    "Duration of upstream calls.",
);
pub const UPSTREAM_REQUESTS: Metric = counter(
    "provider_connections_upstream_requests_total",
    "{request}",
    &["call", "status"],
    "Upstream calls: take_session, refresh, sign_in_pat, check_jwt, published_issuer, direct_refresh, direct_revoke, userinfo, tokeninfo, list_users, jwks or risc_configuration. status: the HTTP status, or none without a response.",
);

pub const WEBHOOK_ATTEMPTS: Metric = counter(
    "provider_connections_webhook_attempts_total",
    "{attempt}",
    &["outcome"],
    "Attempts to send webhooks, by outcome: delivered, failed (sent again later), given_up or gone (the receiver answered 410 Gone).",
);
pub const WEBHOOK_RECEIVER_GONE: Metric = gauge(
    "provider_connections_webhook_receiver_gone",
    "1",
    &[],
    "1 while no webhooks are sent because the receiver answered 410 Gone, else 0. The same on every replica. Absent without WEBHOOK_URL.",
);
pub const WEBHOOKS: Metric = gauge(
    "provider_connections_webhooks",
    "{webhook}",
    &["state"],
    "Webhooks in the database, by state: pending (not delivered yet) or dead (given up), counted every minute or less often. Each replica counts all: take the maximum, not the sum. Absent without WEBHOOK_URL.",
);

/// All of them, by name.
pub const ALL: &[Metric] = &[
    BUILD_INFO,
    CONNECTIONS,
    CONNECTIONS_ENDING_SOON,
    DATABASE_CONNECTIONS,
    DATABASE_CONNECTIONS_LIMIT,
    STATEMENT_DURATION,
    DATABASE_WAITING,
    ENCRYPTION_KEYS,
    OPERATION_DURATION,
    OPERATIONS_TOTAL,
    GRAPHQL_REQUESTS,
    HTTP_CONNECTIONS,
    HTTP_CUT,
    JOB_SUCCESS,
    JOB_RUNS,
    JWKS_FAILING,
    JWKS_FETCHED,
    JWT_LOOKUPS,
    LEASES_EXPIRED,
    LEASES_HELD,
    LEASES_RELEASED,
    REFRESH_DURATION,
    REFRESH_LAG,
    REFRESH_OVERDUE,
    REFRESHES,
    SIGNALS,
    SPOOLED,
    SUBSCRIBERS,
    SUBSCRIPTIONS_DROPPED,
    TIME_TO_EXPIRY,
    UNOPENED,
    UNWRITTEN,
    ANSWERS_REPAIRED,
    UPSTREAM_DOWN,
    UPSTREAM_FAILURES,
    UPSTREAM_SUCCESS,
    UPSTREAM_DURATION,
    UPSTREAM_REQUESTS,
    WEBHOOK_ATTEMPTS,
    WEBHOOK_RECEIVER_GONE,
    WEBHOOKS,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_say_their_kind_and_unit() {
        assert!(ALL.is_sorted_by(|one, other| one.name < other.name));
        for metric in ALL {
            let name = metric.name;
            assert!(name.starts_with("provider_connections_"), "{name}");
            assert_eq!(metric.kind == Kind::Counter, name.ends_with("_total"), "{name}");
            assert_eq!(metric.unit == "s", name.ends_with("_seconds"), "{name}");
            assert!(metric.help.ends_with('.'), "{name}");
        }
    }
}
