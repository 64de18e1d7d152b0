use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::provider_connection::Column;
use sea_orm::{
    DbBackend,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};

use crate::clock::Clock;

/// Whether a column still has the time that was read from it.
///
/// Not `=`: SQLite compares text, and a whole second is `12:00:00.000+00:00` if SQLite wrote it and
/// `12:00:00+00:00` if sqlx binds it. The range of a microsecond, the finest time that either
/// database writes, contains both, and no later time.
pub(super) fn is_at(column: Column, at: DateTime<Utc>) -> SimpleExpr {
    Expr::col(column).gte(at).and(Expr::col(column).lt(at + TimeDelta::microseconds(1)))
}

/// Where a statement gets the time from.
///
/// All replicas judge leases and ages by one clock, the database's; a test injects its own clock
/// instead.
#[derive(Clone, Debug)]
pub enum Now {
    Database,
    Injected(Clock),
}

impl Now {
    /// The SQL expression of the time `after` from now.
    pub fn plus(&self, backend: DbBackend, after: Duration) -> SimpleExpr {
        self.shifted(backend, i64::try_from(after.as_millis()).unwrap_or(i64::MAX))
    }

    /// The SQL expression for the time this long ago.
    pub fn minus(&self, backend: DbBackend, age: TimeDelta) -> SimpleExpr {
        self.shifted(backend, age.num_milliseconds().saturating_neg())
    }

    /// A `timestamptz` on PostgreSQL; on SQLite, the text that sqlx writes for one (RFC 3339, which
    /// sorts by time).
    fn shifted(&self, backend: DbBackend, milliseconds: i64) -> SimpleExpr {
        match (self, backend) {
            (Self::Injected(clock), _) => {
                Expr::value(clock.now() + TimeDelta::milliseconds(milliseconds))
            }
            // Not `now()`, which is the start of the transaction: a lease must not begin in the
            // past. Nor `clock_timestamp()`, which differs from column to column.
            (Self::Database, DbBackend::Postgres) if milliseconds == 0 => {
                Expr::cust("statement_timestamp()")
            }
            (Self::Database, DbBackend::Postgres) => Expr::cust(format!(
                "statement_timestamp() + interval '{milliseconds} milliseconds'"
            )),
            (Self::Database, _) => Expr::cust(format!(
                "strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now', '{}{}.{:03} seconds')",
                if milliseconds < 0 { "-" } else { "+" },
                milliseconds.unsigned_abs() / 1000,
                milliseconds.unsigned_abs() % 1000,
            )),
        }
    }

    /// The SQL expression of the time *now*.
    pub fn expression(&self, backend: DbBackend) -> SimpleExpr {
        self.plus(backend, Duration::ZERO)
    }
}
