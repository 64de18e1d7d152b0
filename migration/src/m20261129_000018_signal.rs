use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionSignal as S;
        manager
            .create_table(
                Table::create()
                    .table(S::Table)
                    .col(ColumnDef::new(S::Id).binary().not_null().primary_key())
                    .col(ColumnDef::new(S::Provider).text().not_null())
                    .col(ColumnDef::new(S::ReceivedAt).timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await?;
        // Old ones are removed.
        manager
            .create_index(
                Index::create()
                    .name("provider_connection_signal_received_at")
                    .table(S::Table)
                    .col(S::ReceivedAt)
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table(ProviderConnection::Table)
                    .add_column(
                        ColumnDef::new(ProviderConnection::SignalledAt).timestamp_with_time_zone(),
                    )
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table(ProviderConnection::Table)
                    .drop_column(ProviderConnection::SignalledAt)
                    .to_owned(),
            )
            .await?;
        let signals = ProviderConnectionSignal::Table;
        manager.drop_table(Table::drop().table(signals).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum ProviderConnectionSignal {
    Table,
    Id,
    Provider,
    ReceivedAt,
}

#[derive(DeriveIden)]
enum ProviderConnection {
    Table,
    SignalledAt,
}
