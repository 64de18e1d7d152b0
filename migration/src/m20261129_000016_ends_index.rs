use sea_orm_migration::prelude::*;

use crate::OnlineIndex;

const END_LOOK: &str = "provider_connection_end_look_at_idx";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index().create(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index().drop(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        // CONCURRENTLY runs in none.
        Some(false)
    }
}

/// For the job `expires_soon`, which takes the rows in this order.
fn index() -> OnlineIndex {
    let columns = Index::create()
        .table(ProviderConnection::Table)
        .col(ProviderConnection::EndLookAt)
        .to_owned();
    OnlineIndex::new(END_LOOK, columns)
}

#[derive(DeriveIden)]
enum ProviderConnection {
    Table,
    EndLookAt,
}
