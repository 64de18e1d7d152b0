//! Transactions that change the schema: one process at a time, and without blocking others for
//! long.

use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sqlx::error::DatabaseError;

use super::super::StoreError;

/// "provider-connections" hashed to the 64 bits of an advisory lock.
const MIGRATION_LOCK: i64 = 0x7072_6f76_636f_6e6e;

/// How often a process that waits for another migrating process checks.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A statement that changes a table waits until all transactions that use the table have finished,
/// and everyone who wants to use it in the meantime waits behind it. So it gives up after this
/// time, which is much less than a request waits for its statement, and tries again.
const LOCK_TIMEOUT: &str = "500ms";

/// Begins a transaction during which no other process migrates.
///
/// PostgreSQL's lock ends with the transaction, so that it works through a pooler too. It is
/// polled: a statement that waits for the lock would hold a snapshot, which the building of an
/// index in turn waits for.
pub async fn begin_alone(db: &DatabaseConnection) -> Result<DatabaseTransaction, StoreError> {
    let mut told = false;
    loop {
        let transaction = db
            .begin_with_options(TransactionOptions {
                // Takes the write lock at the start: of two deferred transactions that both read
                // first and then write, one would fail instead of waiting.
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..Default::default()
            })
            .await?;
        if transaction.get_database_backend() != DbBackend::Postgres
            || is_alone(&transaction).await?
        {
            return Ok(transaction);
        }
        transaction.rollback().await?;
        if !told {
            tracing::info!("waiting for another process that is migrating the database");
            told = true;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn is_alone(transaction: &DatabaseTransaction) -> Result<bool, DbErr> {
    // It is idle while an index is built on another connection.
    let limits = format!(
        "SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; \
         SET LOCAL idle_in_transaction_session_timeout = 0"
    );
    transaction.execute_unprepared(&limits).await?;
    let sql = format!("SELECT pg_try_advisory_xact_lock({MIGRATION_LOCK})");
    let row = transaction.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(false))
}

/// Why a migration failed.
#[derive(Debug)]
pub enum Failed {
    /// Others use the table: it may succeed later.
    Blocked(String),
    Ended(StoreError),
}

impl Failed {
    /// The error of the migration with this name.
    pub fn of(name: &str, error: DbErr) -> Self {
        match code(&error).as_deref() {
            // lock_not_available, deadlock_detected
            Some("55P03" | "40P01") => Self::Blocked(name.to_owned()),
            // SQLITE_READONLY and PostgreSQL's read_only_sql_transaction, which are not a
            // migration's fault.
            Some("8" | "25006") => Self::Ended(error.into()),
            _ => Self::Ended(StoreError::Migration(format!("{name}: {error}"))),
        }
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Ended(error)
    }
}

impl From<DbErr> for Failed {
    fn from(error: DbErr) -> Self {
        Self::Ended(error.into())
    }
}

fn code(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) =
        error
    else {
        return None;
    };
    cause.as_database_error().and_then(DatabaseError::code).map(Into::into)
}

/// When to try again after others were in the way, and when to stop.
#[derive(Debug, Default)]
pub struct Retries(u32);

impl Retries {
    /// Over a minute in all.
    const MOST: u32 = 20;

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// There were enough.
    pub async fn pause(&mut self, migration: &str) -> Result<(), StoreError> {
        if self.0 >= Self::MOST {
            return Err(StoreError::Migration(format!(
                "{migration}: other sessions hold locks on its tables (pg_stat_activity shows them)"
            )));
        }
        if self.0 == 0 {
            tracing::warn!(
                migration,
                "other sessions hold locks on its tables: trying again, without blocking anyone in \
                 the meantime"
            );
        }
        self.0 += 1;
        // Longer than the attempt itself, so that those who waited behind it can proceed.
        tokio::time::sleep(Duration::from_secs(u64::from(self.0).min(4))).await;
        Ok(())
    }
}
