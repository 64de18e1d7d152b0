use migration::{MigrationTrait, Migrator, MigratorTrait, SchemaManager};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use super::{
    super::{Store, StoreError},
    MigrationState,
    alone::{Failed, Retries, begin_alone},
    state::{applied, keep_compatibility},
};

impl Store {
    /// Applies the pending migrations, and returns their names. Any number of replicas may do this
    /// at once: one works; the others wait for it and find nothing left to do.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        self.apply(&Migrator::migrations()).await
    }

    /// The same with the migrations of any release.
    ///
    /// Each is its own transaction, so that no table is locked for longer than one of them takes;
    /// the previous release can run on any intermediate state. Only a database without tables gets
    /// all of them or none.
    pub async fn apply(
        &self,
        migrations: &[Box<dyn MigrationTrait>],
    ) -> Result<Vec<String>, StoreError> {
        // A read needs no lock and no permission to create tables: most starts end here.
        match self.state_beside(migrations).await? {
            MigrationState::TooNew(name) => return Err(StoreError::NewerDatabase(name)),
            MigrationState::Newer(names) => {
                tracing::info!(
                    migrations = names.join(", "),
                    "a newer version has migrated the database, and this version can run on it"
                );
                return Ok(Vec::new());
            }
            MigrationState::Current => return Ok(Vec::new()),
            MigrationState::Pending(_) => {}
        }
        let db = self.db.without_limits().await?;
        let (mut all, mut retries) = (Vec::new(), Retries::default());
        loop {
            match apply_next(&db, migrations).await {
                Ok(names) if names.is_empty() => return Ok(all),
                Ok(names) => all.extend(names),
                Err(Failed::Blocked(name)) => retries.pause(&name).await?,
                Err(Failed::Ended(error)) => return Err(error),
            }
        }
    }
}

/// Applies the oldest pending migration or, if there are no tables yet, all of them. Returns their
/// names: none if none was pending.
async fn apply_next(
    db: &DatabaseConnection,
    migrations: &[Box<dyn MigrationTrait>],
) -> Result<Vec<String>, Failed> {
    let transaction = begin_alone(db).await?;
    // This comes first, because it locks the schema: before it, this transaction does not see what
    // another replica has created (PostgreSQL remembers that there was no such table).
    let installed = Migrator::install(&transaction).await;
    installed.map_err(|error| Failed::of("provider_connection_migration", error))?;
    let before = applied(&transaction).await?;
    let is_new = before.is_empty();
    let pending = migrations.iter().filter(|migration| !before.contains(migration.name()));
    let next: Vec<_> = pending.take(if is_new { usize::MAX } else { 1 }).collect();
    for migration in &next {
        let failed = |error| Failed::of(migration.name(), error);
        let outside = migration.use_transaction() == Some(false) && !is_new;
        if outside && db.get_database_backend() == DbBackend::Postgres {
            // The lock stays with the transaction, which has no snapshot in the meantime.
            migration.up(&SchemaManager::new(db)).await.map_err(failed)?;
        } else {
            migration.up(&SchemaManager::new(&transaction)).await.map_err(failed)?;
        }
        record(&transaction, migration.name()).await.map_err(failed)?;
    }
    let names: Vec<_> = next.iter().map(|migration| migration.name().to_owned()).collect();
    let all = before.iter().chain(&names).map(String::as_str);
    let known = all.filter(|name| migrations.iter().any(|known| known.name() == *name));
    keep_compatibility(&transaction, known).await?;
    transaction.commit().await?;
    Ok(names)
}

/// In SeaORM's format.
async fn record(db: &impl ConnectionTrait, name: &str) -> Result<(), DbErr> {
    let seconds = match db.get_database_backend() {
        DbBackend::Postgres => "CAST(extract(epoch FROM statement_timestamp()) AS bigint)",
        _ => "CAST(strftime('%s', 'now') AS integer)",
    };
    let sql = format!(
        "INSERT INTO provider_connection_migration (version, applied_at) VALUES ($1, {seconds})"
    );
    let record = Statement::from_sql_and_values(db.get_database_backend(), sql, [name.into()]);
    db.execute_raw(record).await?;
    Ok(())
}
