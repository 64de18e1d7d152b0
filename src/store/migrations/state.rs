use std::collections::{BTreeSet, HashMap};

use migration::{KEPT_SINCE, MigrationTrait, Migrator, MigratorTrait};
use sea_orm::{
    ConnectionTrait, DbBackend, Statement,
    sea_query::{Alias, Query},
};

use super::super::{Store, StoreError};

/// How the database's schema compares to this binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MigrationState {
    Current,
    /// These are still to be applied.
    Pending(Vec<String>),
    /// A newer release has applied these, and says that this binary can run on them.
    Newer(Vec<String>),
    /// A newer release has applied this one, and this binary can't run on it.
    TooNew(String),
}

/// The state of one migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MigrationStatus {
    Applied,
    Pending,
    /// This binary doesn't know it, but can run on it.
    Newer,
    /// This binary doesn't know it, and can't run on it.
    TooNew,
}

impl Store {
    /// Compares the applied migrations with those of this binary; writes nothing.
    pub async fn migration_state(&self) -> Result<MigrationState, StoreError> {
        self.state_beside(&Migrator::migrations()).await
    }

    /// Compares the applied migrations with these.
    pub(super) async fn state_beside(
        &self,
        migrations: &[Box<dyn MigrationTrait>],
    ) -> Result<MigrationState, StoreError> {
        let all = self.status_beside(migrations).await?;
        let of = |wanted: MigrationStatus| -> Vec<String> {
            let some = all.iter().filter(|(_, status)| *status == wanted);
            some.map(|(name, _)| name.clone()).collect()
        };
        if let Some(name) = of(MigrationStatus::TooNew).pop() {
            return Ok(MigrationState::TooNew(name));
        }
        let (pending, newer) = (of(MigrationStatus::Pending), of(MigrationStatus::Newer));
        Ok(if !pending.is_empty() {
            MigrationState::Pending(pending)
        } else if newer.is_empty() {
            MigrationState::Current
        } else {
            MigrationState::Newer(newer)
        })
    }

    /// Every migration that is known here or was applied there, oldest first; writes nothing.
    pub async fn migration_status(&self) -> Result<Vec<(String, MigrationStatus)>, StoreError> {
        self.status_beside(&Migrator::migrations()).await
    }

    async fn status_beside(
        &self,
        migrations: &[Box<dyn MigrationTrait>],
    ) -> Result<Vec<(String, MigrationStatus)>, StoreError> {
        let known: BTreeSet<_> =
            migrations.iter().map(|migration| migration.name().to_owned()).collect();
        let applied = applied(&self.db).await?;
        let newest = known.last().cloned().unwrap_or_default();
        let is_known = |name: &String| known.contains(name);
        let compatible = if applied.iter().all(is_known) {
            HashMap::new()
        } else {
            compatible_with(&self.db).await?
        };
        let status = |name: &String| {
            if is_known(name) {
                let applied = applied.contains(name);
                return if applied { MigrationStatus::Applied } else { MigrationStatus::Pending };
            }
            // Names begin with their dates, so they sort by age.
            match compatible.get(name) {
                Some(oldest) if *oldest <= newest => MigrationStatus::Newer,
                _ => MigrationStatus::TooNew,
            }
        };
        Ok(known.union(&applied).map(|name| (name.clone(), status(name))).collect())
    }
}

/// The names of the applied migrations.
pub(super) async fn applied(db: &impl ConnectionTrait) -> Result<BTreeSet<String>, StoreError> {
    if !has_table(db, "provider_connection_migration").await? {
        return Ok(BTreeSet::new());
    }
    let select = Query::select()
        .column(Alias::new("version"))
        .from(Migrator::migration_table_name())
        .to_owned();
    let rows = db.query_all(&select).await?;
    Ok(rows.iter().map(|row| row.try_get("", "version")).collect::<Result<_, _>>()?)
}

/// What the process that applied a migration recorded: the oldest schema whose binaries can run on
/// it.
async fn compatible_with(db: &impl ConnectionTrait) -> Result<HashMap<String, String>, StoreError> {
    if !has_table(db, SCHEMA_TABLE).await? {
        return Ok(HashMap::new());
    }
    let sql = format!("SELECT migration, compatible_with FROM {SCHEMA_TABLE}");
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    let said = rows
        .iter()
        .map(|row| Ok((row.try_get("", "migration")?, row.try_get("", "compatible_with")?)));
    Ok(said.collect::<Result<_, sea_orm::DbErr>>()?)
}

/// Records, for older binaries, which of them are compatible with these migrations.
pub(super) async fn keep_compatibility<'a>(
    db: &impl ConnectionTrait,
    applied: impl Iterator<Item = &'a str> + Clone,
) -> Result<(), sea_orm::DbErr> {
    if !applied.clone().any(|name| name == KEPT_SINCE) {
        return Ok(());
    }
    let sql = format!(
        "INSERT INTO {SCHEMA_TABLE} (migration, compatible_with, applied_by) VALUES ($1, $2, $3) \
         ON CONFLICT DO NOTHING"
    );
    for name in applied {
        let values = [name, migration::compatible_with(name), env!("CARGO_PKG_VERSION")];
        let values = values.map(sea_orm::Value::from);
        let backend = db.get_database_backend();
        db.execute_raw(Statement::from_sql_and_values(backend, &sql, values)).await?;
    }
    Ok(())
}

/// Removes the record of a migration that is reverted.
pub(super) async fn forget_compatibility(
    db: &impl ConnectionTrait,
    name: &str,
) -> Result<(), StoreError> {
    if !has_table(db, SCHEMA_TABLE).await? {
        return Ok(());
    }
    let sql = format!("DELETE FROM {SCHEMA_TABLE} WHERE migration = $1");
    let forget = Statement::from_sql_and_values(db.get_database_backend(), sql, [name.into()]);
    db.execute_raw(forget).await?;
    Ok(())
}

const SCHEMA_TABLE: &str = "provider_connection_schema";

async fn has_table(db: &impl ConnectionTrait, name: &str) -> Result<bool, StoreError> {
    // `to_regclass` follows the search path, as the store's statements do.
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => format!("SELECT to_regclass('{name}') IS NOT NULL AS found"),
        _ => format!("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '{name}') AS found"),
    };
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    Ok(row.map(|row| row.try_get("", "found")).transpose()?.unwrap_or(false))
}
