use sea_orm_migration::prelude::*;

const BY_ID: &str = "provider_connection_event_user_id_idx";
const BY_TIME: &str = "provider_connection_event_user_id_at_idx";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionEvent as E;
        // Events are told in the order in which they happened, which is not the one in which they
        // are written: reads of tokens are written in batches.
        manager.drop_index(Index::drop().name(BY_ID).table(E::Table).to_owned()).await?;
        manager
            .create_index(
                Index::create()
                    .name(BY_TIME)
                    .table(E::Table)
                    .col(E::UserId)
                    .col(E::Provider)
                    .col(E::At)
                    .col(E::Id)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionEvent as E;
        manager.drop_index(Index::drop().name(BY_TIME).table(E::Table).to_owned()).await?;
        manager
            .create_index(
                Index::create()
                    .name(BY_ID)
                    .table(E::Table)
                    .col(E::UserId)
                    .col(E::Provider)
                    .col(E::Id)
                    .to_owned(),
            )
            .await
    }
}

#[derive(DeriveIden)]
enum ProviderConnectionEvent {
    Table,
    Id,
    UserId,
    Provider,
    At,
}
