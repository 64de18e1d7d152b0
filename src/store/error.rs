use std::{error::Error, sync::Arc};

use sea_orm::DbErr;

/// The database did not do what it was asked.
///
/// Cheap to clone, so that all who wait for one refresh get the same error. The database's own
/// words go to the log only: they may name tables and hosts.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// A statement failed: the connection is gone, the disk is full, the database is read-only …
    #[error("the database failed; the log of this server has the cause")]
    Database(#[source] Arc<DbErr>),
    /// A migration was applied that this binary does not know.
    #[error(
        "the database is newer than this binary: it has the migration {0}; start the version that wrote it, or a newer one"
    )]
    NewerDatabase(String),
    /// The migrations did not run through.
    #[error(
        "the migrations failed: {0}; the database is as it was before, see docs/operations.md#migrations"
    )]
    Migration(String),
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        Self::Database(Arc::new(error))
    }
}

impl StoreError {
    /// The innermost cause alone, for a start that fails.
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
