use std::{error::Error, sync::Arc};

use sea_orm::{DbErr, RuntimeErr};

/// An error of the database.
///
/// Cheap to clone, so that everyone who waits for one refresh gets the same error. The database's
/// own message goes only to the log, because it may name tables and hosts.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It can't be reached, does not answer in time, or has no free connection. Nothing visible to
    /// users was changed.
    #[error("the database can't be reached, or does not answer in time")]
    Unavailable(#[source] Arc<DbErr>),
    /// A `COMMIT`, or a statement that is a transaction of its own, was sent, but its answer did not arrive.
    #[error("the database did not say whether it committed")]
    Unconfirmed(#[source] Arc<DbErr>),
    /// A statement failed: the disk is full, the database is read-only, and so on.
    #[error("the database failed; the log of this server has the cause")]
    Database(#[source] Arc<DbErr>),
    /// A migration was applied that this binary does not know and can't run on.
    #[error(
        "the database is newer than this binary: it has the migration {0}; start the version that wrote it, or a newer one"
    )]
    NewerDatabase(String),
    /// The migrations failed.
    #[error(
        "the migrations failed: {0}. Fix the cause and start again, which continues where they failed: see docs/upgrades.md#when-a-migration-fails"
    )]
    Migration(String),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if is_unavailable(&error) {
            Self::Unavailable(Arc::new(error))
        } else {
            Self::Database(Arc::new(error))
        }
    }
}

fn is_unavailable(error: &DbErr) -> bool {
    let cause = match error {
        DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => return true,
        DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            cause.as_ref()
        }
        _ => return false,
    };
    match cause {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            match code.len() {
                // PostgreSQL: a failing connection, an operator's intervention, a time limit, no
                // free connection, or an idle transaction that was ended.
                5 => {
                    code.starts_with("08")
                        || code.starts_with("57")
                        || matches!(code.as_ref(), "53300" | "25P03")
                }
                // SQLite: busy for longer than `busy_timeout`.
                _ => code.parse::<u32>().is_ok_and(|code| code & 0xff == 5),
            }
        }
        _ => false,
    }
}

impl StoreError {
    /// Why a `COMMIT` failed: its outcome is known only if the database answered.
    pub(super) fn of_commit(error: DbErr) -> Self {
        match Self::from(error) {
            Self::Unavailable(cause) => Self::Unconfirmed(cause),
            other => other,
        }
    }

    /// A read that was not answered in time.
    pub fn unanswered() -> Self {
        DbErr::Conn(RuntimeErr::Internal("no answer in time".to_owned())).into()
    }

    /// Whether it may affect only a single row, so that others can be read without it.
    pub fn is_of_a_row(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let (DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))) = error.as_ref()
        else {
            return true;
        };
        // The database reports a page that can't be read: PostgreSQL's data_corrupted, SQLite's
        // SQLITE_CORRUPT.
        cause
            .as_database_error()
            .is_none_or(|error| matches!(error.code().as_deref(), Some("XX001" | "11")))
    }

    /// Only the innermost cause, for a failed start.
    pub fn root_cause(&self) -> String {
        let mut cause: &dyn Error = self;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        cause.to_string()
    }

    /// The whole chain of causes, for the log.
    pub fn causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}
