use sea_orm_migration::prelude::*;

const DUE: &str = "provider_connection_refresh_due_at_idx";
const PROVIDER_DUE: &str = "provider_connection_provider_refresh_due_at_idx";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionUpstream as U;
        manager
            .create_table(
                Table::create()
                    .table(U::Table)
                    .col(ColumnDef::new(U::Name).text().not_null().primary_key())
                    // Microseconds since 1970: they are computed with, which the two databases
                    // have no common words for where timestamps are concerned.
                    .col(ColumnDef::new(U::NextCallAt).big_integer().not_null().default(0))
                    .col(ColumnDef::new(U::Granted).big_integer().not_null().default(0))
                    .col(ColumnDef::new(U::OpenUntil).big_integer())
                    .col(ColumnDef::new(U::Failures).integer().not_null().default(0))
                    .col(ColumnDef::new(U::LastFailedConnection).uuid())
                    .col(ColumnDef::new(U::LastSuccessAt).big_integer())
                    .to_owned(),
            )
            .await?;
        // The worker looks for what is due provider by provider.
        manager
            .drop_index(Index::drop().name(DUE).table(ProviderConnection::Table).to_owned())
            .await?;
        manager
            .create_index(
                Index::create()
                    .name(PROVIDER_DUE)
                    .table(ProviderConnection::Table)
                    .col(ProviderConnection::Provider)
                    .col(ProviderConnection::RefreshDueAt)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop().name(PROVIDER_DUE).table(ProviderConnection::Table).to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name(DUE)
                    .table(ProviderConnection::Table)
                    .col(ProviderConnection::RefreshDueAt)
                    .to_owned(),
            )
            .await?;
        manager.drop_table(Table::drop().table(ProviderConnectionUpstream::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum ProviderConnection {
    Table,
    Provider,
    RefreshDueAt,
}

#[derive(DeriveIden)]
enum ProviderConnectionUpstream {
    Table,
    Name,
    NextCallAt,
    Granted,
    OpenUntil,
    Failures,
    LastFailedConnection,
    LastSuccessAt,
}
