use std::time::Duration;

use sea_orm::{DbBackend, sea_query::Expr, sea_query::SimpleExpr};

use crate::clock::Clock;

/// Where a statement takes the time from.
///
/// Leases and ages are judged by one clock for all replicas, the database's own; a test hands its
/// clock in instead.
#[derive(Clone, Debug)]
pub enum Now {
    Database,
    Injected(Clock),
}

impl Now {
    /// The SQL expression of the time `after` from now: a `timestamptz` on PostgreSQL, the text
    /// that sqlx writes for one on SQLite (RFC 3339, which sorts by time).
    pub fn plus(&self, backend: DbBackend, after: Duration) -> SimpleExpr {
        let milliseconds = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
        match (self, backend) {
            (Self::Injected(clock), _) => {
                Expr::value(clock.now() + chrono::Duration::milliseconds(milliseconds))
            }
            // `now()` would be the start of the transaction: a lease must not begin in the past.
            (Self::Database, DbBackend::Postgres) if after.is_zero() => {
                Expr::cust("clock_timestamp()")
            }
            (Self::Database, DbBackend::Postgres) => {
                Expr::cust(format!("clock_timestamp() + interval '{milliseconds} milliseconds'"))
            }
            (Self::Database, _) => Expr::cust(format!(
                "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '{:.3} seconds')",
                after.as_secs_f64()
            )),
        }
    }

    /// The SQL expression of the time *now*.
    pub fn expression(&self, backend: DbBackend) -> SimpleExpr {
        self.plus(backend, Duration::ZERO)
    }
}
