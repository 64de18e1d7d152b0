//! What PostgreSQL keeps, and how it updates rows.

use std::time::Duration;

use crate::{Result, database::Database, statistics::count_as_f64};

/// What takes how many bytes.
pub const SIZES: [(&str, &str); 4] = [
    ("table of connections, MB", "SELECT pg_table_size('provider_connection')"),
    ("its indexes, MB", "SELECT pg_indexes_size('provider_connection')"),
    ("table of events, MB", "SELECT pg_table_size('provider_connection_event')"),
    ("indexes of events, MB", "SELECT pg_indexes_size('provider_connection_event')"),
];

/// A process of PostgreSQL that has nothing to do publishes its counts within ten seconds.
pub const PUBLISHED: Duration = Duration::from_secs(11);

/// Updates of rows of connections. One is HOT (*heap-only tuple*) if it changes no index.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Updates {
    all: i64,
    hot: i64,
    /// What they were done for.
    pub refreshes: i64,
}

impl Updates {
    /// Since the database exists. Those of the last ten seconds may be missing ([`PUBLISHED`]).
    pub async fn so_far(database: &mut Database) -> Result<Self> {
        // The end of a statement publishes those of this connection.
        database.execute("SELECT 1").await?;
        Self::in_view(database, "pg_stat_user_tables").await
    }

    /// By this connection, whose first transaction has not ended yet.
    pub async fn of_the_transaction(database: &mut Database) -> Result<Self> {
        Self::in_view(database, "pg_stat_xact_user_tables").await
    }

    async fn in_view(database: &mut Database, view: &str) -> Result<Self> {
        let of = |column: &str| {
            format!("SELECT {column} FROM {view} WHERE relname = 'provider_connection'")
        };
        let all = database.number(&of("n_tup_upd")).await?;
        Ok(Self { all, hot: database.number(&of("n_tup_hot_upd")).await?, refreshes: 0 })
    }

    pub fn plus(self, other: &Self) -> Self {
        Self { all: self.all + other.all, hot: self.hot + other.hot, ..self }
    }

    pub fn minus(self, other: &Self) -> Self {
        Self { all: self.all - other.all, hot: self.hot - other.hot, ..self }
    }

    /// Updates for each refresh.
    pub fn each(&self) -> Result<f64> {
        Ok(count_as_f64(self.all)? / count_as_f64(self.refreshes)?)
    }

    pub fn hot_share(&self) -> Result<f64> {
        Ok(count_as_f64(self.hot)? / count_as_f64(self.all)?)
    }
}

pub async fn megabytes(database: &mut Database, sql: &str) -> Result<f64> {
    // Kilobytes fit 32 bits up to four terabytes.
    Ok(count_as_f64(database.number(sql).await? / 1000)? / 1e3)
}

/// Versions of rows that are no longer visible, and not removed yet.
pub async fn dead_rows(database: &mut Database) -> Result<f64> {
    let dead = "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'provider_connection'";
    count_as_f64(database.number(dead).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_of_others_are_left_out() {
        let all = Updates { all: 500, hot: 120, refreshes: 100 };
        let refreshes = all.minus(&Updates { all: 100, hot: 20, refreshes: 0 });
        assert!((refreshes.each().unwrap() - 4.0).abs() < 1e-9);
        assert!((refreshes.hot_share().unwrap() - 0.25).abs() < 1e-9);
    }
}
