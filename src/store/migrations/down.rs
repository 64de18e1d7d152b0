use migration::{Migrator, MigratorTrait, SchemaManager};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::{
    super::{Store, StoreError},
    Loss, MigrationState,
    alone::{Failed, Retries, begin_alone},
    losses::losses_of,
    state::{applied, forget_compatibility},
};

/// Migrations to revert, and what is lost with them.
#[derive(Debug)]
pub struct TakeBack {
    /// Their names, newest first; fewer than requested if there are no more.
    pub migrations: Vec<String>,
    pub losses: Vec<Loss>,
    /// How many connections are in tables that are dropped.
    pub connections: i64,
}

impl Store {
    /// What reverting the newest `steps` migrations would do; changes nothing.
    ///
    /// # Errors
    /// A newer release has applied some, which only that release can take back.
    pub async fn plan_take_back(&self, steps: u32) -> Result<TakeBack, StoreError> {
        match self.migration_state().await? {
            MigrationState::TooNew(name) => return Err(StoreError::NewerDatabase(name)),
            MigrationState::Newer(names) => {
                return Err(StoreError::NewerDatabase(names.last().cloned().unwrap_or_default()));
            }
            MigrationState::Current | MigrationState::Pending(_) => {}
        }
        let there = applied(&self.db).await?;
        let steps = usize::try_from(steps).unwrap_or(usize::MAX);
        let migrations: Vec<_> = there.iter().rev().take(steps).cloned().collect();
        let losses = losses_of(&self.db, &there, &migrations).await?;
        let dropped = losses.iter().find(|loss| loss.is_table("provider_connection"));
        let connections = dropped.map_or(0, |loss| loss.rows);
        Ok(TakeBack { migrations, losses, connections })
    }

    /// Reverts the migrations of a plan, all or none.
    ///
    /// # Errors
    /// Others have migrated meanwhile, or a migration fails.
    pub async fn take_back(&self, plan: &TakeBack) -> Result<(), StoreError> {
        let db = self.db.without_limits().await?;
        let mut retries = Retries::default();
        loop {
            match take_back(&db, &plan.migrations).await {
                Ok(()) => return Ok(()),
                Err(Failed::Blocked(name)) => retries.pause(&name).await?,
                Err(Failed::Ended(error)) => return Err(error),
            }
        }
    }

    /// Reverts the newest `steps` migrations: their tables are dropped, with their content.
    pub async fn migrate_down(&self, steps: u32) -> Result<(), StoreError> {
        let plan = self.plan_take_back(steps).await?;
        self.take_back(&plan).await
    }
}

async fn take_back(db: &DatabaseConnection, names: &[String]) -> Result<(), Failed> {
    let transaction = begin_alone(db).await?;
    let there = applied(&transaction).await?;
    if !there.iter().rev().take(names.len()).eq(names) {
        let meanwhile = "another process has migrated the database in the meantime";
        return Err(StoreError::Migration(meanwhile.to_owned()).into());
    }
    let known = Migrator::migrations();
    for name in names {
        let Some(migration) = known.iter().find(|known| known.name() == name) else { continue };
        let failed = |error| Failed::of(name, error);
        migration.down(&SchemaManager::new(&transaction)).await.map_err(failed)?;
        let sql = "DELETE FROM provider_connection_migration WHERE version = $1";
        let backend = transaction.get_database_backend();
        let forget = Statement::from_sql_and_values(backend, sql, [name.into()]);
        transaction.execute_raw(forget).await.map_err(failed)?;
        forget_compatibility(&transaction, name).await?;
    }
    transaction.commit().await?;
    Ok(())
}
