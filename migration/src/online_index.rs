//! Creates an index on a table that may be large, while servers read and write it.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{DbBackend, Statement},
};

/// Creates and drops an index. On PostgreSQL outside a transaction this is `CONCURRENTLY`, which
/// blocks nobody; anywhere else (SQLite, a transaction, a database without rows) it is the plain
/// statement.
///
/// The migration that uses it does nothing else, and its `use_transaction` returns `Some(false)`.
#[derive(Clone, Debug)]
pub struct OnlineIndex {
    name: &'static str,
    index: IndexCreateStatement,
}

impl OnlineIndex {
    /// `index` says what is indexed; its name is added here.
    pub fn new(name: &'static str, mut index: IndexCreateStatement) -> Self {
        index.name(name).if_not_exists();
        Self { name, index }
    }

    /// Creates the index. One that an earlier attempt left half-built (PostgreSQL calls it invalid,
    /// and updates it without using it) is dropped first.
    pub async fn create(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        if !is_concurrent(manager) {
            return manager.create_index(self.index.clone()).await;
        }
        if self.is_invalid(manager).await? {
            self.drop(manager).await?;
        }
        manager.create_index(self.index.clone().concurrently().to_owned()).await
    }

    /// Drops the index, if there is one.
    pub async fn drop(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let mut drop = Index::drop();
        drop.name(self.name).if_exists();
        if is_concurrent(manager) {
            drop.concurrently();
        }
        manager.drop_index(drop).await
    }

    async fn is_invalid(&self, manager: &SchemaManager<'_>) -> Result<bool, DbErr> {
        let sql = "SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)";
        let look = Statement::from_sql_and_values(DbBackend::Postgres, sql, [self.name.into()]);
        let row = manager.get_connection().query_one_raw(look).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(false))
    }
}

fn is_concurrent(manager: &SchemaManager<'_>) -> bool {
    manager.get_database_backend() == DbBackend::Postgres
        && matches!(manager.get_connection(), SchemaManagerConnection::Connection(_))
}
