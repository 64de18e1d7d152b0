//! A release that follows this one, as far as the schema is concerned: it expands, and indexes a large
//! table.

use migration::{
    MigrationName, MigrationTrait, Migrator, MigratorTrait, OnlineIndex, SchemaManager,
};
use sea_orm::{
    ConnectionTrait, DbErr,
    sea_query::{Alias, Index},
};

pub const INDEX: &str = "provider_connection_event_kind_idx";

/// All of its migrations.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    let mut all = Migrator::migrations();
    all.push(Box::new(Expand));
    all.push(Box::new(LargeIndex));
    all
}

struct Expand;

impl MigrationName for Expand {
    fn name(&self) -> &'static str {
        "m29990101_000001_expand"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Expand {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let column = "ALTER TABLE provider_connection ADD COLUMN note text NOT NULL DEFAULT 'kept'";
        db.execute_unprepared(column).await?;
        db.execute_unprepared("CREATE TABLE provider_connection_next (id text)").await?;
        Ok(())
    }
}

struct LargeIndex;

impl MigrationName for LargeIndex {
    fn name(&self) -> &'static str {
        "m29990101_000002_large_index"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for LargeIndex {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut index = Index::create();
        index.table(Alias::new("provider_connection_event")).col(Alias::new("kind"));
        OnlineIndex::new(INDEX, index).create(manager).await
    }
}
