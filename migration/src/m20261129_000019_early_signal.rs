use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionEarlySignal as S;
        manager
            .create_table(
                Table::create()
                    .table(S::Table)
                    .col(ColumnDef::new(S::AccountDigest).binary().not_null())
                    .col(ColumnDef::new(S::Aim).text().not_null())
                    .col(ColumnDef::new(S::Provider).text().not_null())
                    .col(ColumnDef::new(S::Id).binary().not_null())
                    .col(ColumnDef::new(S::At).timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new(S::Since).timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new(S::Evidence).text().not_null())
                    .col(ColumnDef::new(S::ReceivedAt).timestamp_with_time_zone().not_null())
                    // However often it is said, an account has one of each kind.
                    .primary_key(Index::create().col(S::AccountDigest).col(S::Aim))
                    .to_owned(),
            )
            .await?;
        // Old ones are removed.
        manager
            .create_index(
                Index::create()
                    .name("provider_connection_early_signal_received_at")
                    .table(S::Table)
                    .col(S::ReceivedAt)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let signals = ProviderConnectionEarlySignal::Table;
        manager.drop_table(Table::drop().table(signals).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum ProviderConnectionEarlySignal {
    Table,
    AccountDigest,
    Aim,
    Provider,
    Id,
    At,
    Since,
    Evidence,
    ReceivedAt,
}
