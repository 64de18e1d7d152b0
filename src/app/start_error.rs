use std::{io, net::SocketAddr, path::PathBuf};

use crate::{connections::encryption_keys::KeyCheckError, store::StoreError};

/// Why the server did not start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "{kind} can't be opened: {cause}\nCheck DATABASE_URL, that the database is up, and that this machine can reach it."
    )]
    Unreachable { kind: &'static str, cause: String },
    #[error(
        "{kind} can't be written to: {cause}\nCheck that it is not a read-only replica, that the disk has space, and that the role can write to the tables."
    )]
    ReadOnly { kind: &'static str, cause: String },
    #[error(
        "{cause}\nA connection pooler in front of PostgreSQL loses prepared statements. PgBouncer in transaction mode needs version 1.21 or later with max_prepared_statements above 0; an older one needs pool_mode=session."
    )]
    Pooler { cause: String },
    #[error(
        "the spool folder {} can't be written: {cause}\nSet SPOOL_DIR to a persistent folder that this server can write to: tokens wait there while the database is unavailable.",
        folder.display()
    )]
    Spool { folder: PathBuf, cause: io::Error },
    #[error(transparent)]
    Keys(#[from] KeyCheckError),
    #[error(transparent)]
    Database(#[from] StoreError),
    #[error("the TLS roots of this machine can't be read: {0}")]
    Tls(#[from] reqwest::Error),
    #[error(
        "can't listen on {address}: {cause}\nAnother program may use this port: stop it, or set {setting} to another port."
    )]
    Listen { address: SocketAddr, setting: &'static str, cause: io::Error },
    #[error("the server stopped: {0}")]
    Serve(io::Error),
}

impl StartError {
    /// Why migrations were not applied or taken back.
    pub fn of_migrations(kind: &'static str, error: StoreError) -> Self {
        match error {
            StoreError::NewerDatabase(_) | StoreError::Migration(_) => error.into(),
            _ => Self::of_first_statements(kind, &error),
        }
    }

    /// Why the first statements did not go through.
    pub fn of_first_statements(kind: &'static str, error: &StoreError) -> Self {
        let cause = error.root_cause();
        // `prepared statement "sqlx_s_1" already exists`, or does not exist: another client of
        // the pooler uses the same server connection, and the same names.
        if cause.contains("prepared statement \"sqlx_s_") {
            Self::Pooler { cause }
        } else if matches!(error, StoreError::Unavailable(_)) {
            Self::Unreachable { kind, cause }
        } else {
            Self::ReadOnly { kind, cause }
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::DbErr;

    use super::*;

    #[test]
    fn a_pooler_that_loses_prepared_statements_is_named() {
        // PgBouncer 1.18 in transaction mode answers this.
        let error = DbErr::Custom("prepared statement \"sqlx_s_1\" already exists".to_owned());
        let error = StartError::of_first_statements("PostgreSQL", &error.into());
        assert!(error.to_string().contains("PgBouncer in transaction mode needs version 1.21"));
    }

    #[test]
    fn any_other_failure_of_the_first_statements_is_a_database_that_cannot_be_written() {
        let error = DbErr::Custom("cannot execute UPDATE in a read-only transaction".to_owned());
        let error = StartError::of_first_statements("PostgreSQL", &error.into());
        assert!(error.to_string().contains("PostgreSQL can't be written"));
    }
}
