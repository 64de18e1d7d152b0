use std::collections::HashSet;

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, RuntimeErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use sqlx::error::DatabaseError;

use super::{Store, StoreError};

/// "provider-connections" folded into the 64 bits that an advisory lock takes.
const MIGRATION_LOCK: i64 = 0x7072_6f76_636f_6e6e;

/// How the database's schema stands to this binary's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MigrationState {
    Current,
    /// These are to be applied yet.
    Pending(Vec<String>),
    /// This one was applied by a newer binary.
    Newer(String),
}

impl Store {
    /// Applies what is pending, and answers the names of it. Any number of replicas may do this at
    /// once: one works, the others wait for it and find nothing left to do.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        // A reader needs no lock and no right to create tables: most starts end here.
        let state = self.migration_state().await?;
        if let MigrationState::Newer(name) = state {
            return Err(StoreError::NewerDatabase(name));
        }
        if state == MigrationState::Current {
            return Ok(Vec::new());
        }
        let db = self.db.without_limits().await?;
        let transaction = db
            .begin_with_options(TransactionOptions {
                // The write lock from the start: two deferred transactions that both read first
                // and write then would fail instead of wait.
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..Default::default()
            })
            .await?;
        if transaction.get_database_backend() == DbBackend::Postgres {
            // Ends with the transaction, so that it works through a pooler too.
            transaction
                .execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
                .await?;
        }
        // First, because it locks the schema: what another replica has made meanwhile is not seen
        // in this transaction before (PostgreSQL remembers that there was no such table).
        Migrator::install(&transaction).await.map_err(failed)?;
        let before = applied(&transaction).await?;
        Migrator::up(&transaction, None).await.map_err(failed)?;
        transaction.commit().await?;
        Ok(known().filter(|name| !before.contains(name)).collect())
    }

    /// Takes back the newest `steps` migrations: their tables go, with what is in them.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), StoreError> {
        let db = self.db.without_limits().await?;
        let transaction = db.begin().await?;
        Migrator::down(&transaction, Some(steps)).await.map_err(failed)?;
        transaction.commit().await?;
        Ok(())
    }

    /// Compares the applied migrations with the known ones; writes nothing.
    pub async fn migration_state(&self) -> Result<MigrationState, StoreError> {
        let applied = applied(&self.db).await?;
        let known: Vec<_> = known().collect();
        if let Some(newer) = applied.iter().filter(|name| !known.contains(name)).max() {
            return Ok(MigrationState::Newer(newer.clone()));
        }
        let pending: Vec<_> = known.into_iter().filter(|name| !applied.contains(name)).collect();
        Ok(if pending.is_empty() {
            MigrationState::Current
        } else {
            MigrationState::Pending(pending)
        })
    }
}

fn failed(error: DbErr) -> StoreError {
    let (DbErr::Exec(cause) | DbErr::Query(cause)) = &error else {
        return StoreError::Migration(error.to_string());
    };
    let code = match cause {
        RuntimeErr::SqlxError(cause) => cause.as_database_error().and_then(DatabaseError::code),
        RuntimeErr::Internal(_) => None,
    };
    // SQLITE_READONLY and PostgreSQL's read_only_sql_transaction: no fault of a migration's.
    match code.as_deref() {
        Some("8" | "25006") => error.into(),
        _ => StoreError::Migration(error.to_string()),
    }
}

fn known() -> impl Iterator<Item = String> {
    Migrator::migrations().into_iter().map(|migration| migration.name().to_owned())
}

async fn applied(db: &impl ConnectionTrait) -> Result<HashSet<String>, StoreError> {
    use sea_orm::sea_query::{Alias, Query};
    if !migration_table_exists(db).await? {
        return Ok(HashSet::new());
    }
    let select = Query::select()
        .column(Alias::new("version"))
        .from(Migrator::migration_table_name())
        .to_owned();
    let rows = db.query_all(&select).await?;
    Ok(rows.iter().map(|row| row.try_get("", "version")).collect::<Result<_, _>>()?)
}

async fn migration_table_exists(db: &impl ConnectionTrait) -> Result<bool, StoreError> {
    // `to_regclass` looks along the search path, as the statements of the store do.
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT to_regclass('provider_connection_migration') IS NOT NULL AS found"
        }
        _ => {
            "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'provider_connection_migration') AS found"
        }
    };
    let row =
        db.query_one_raw(sea_orm::Statement::from_string(db.get_database_backend(), sql)).await?;
    Ok(row.map(|row| row.try_get("", "found")).transpose()?.unwrap_or(false))
}
