use sea_orm_migration::prelude::*;

const BY_USER: &str = "provider_connection_revocation_receipt_user_id_idx";
const BY_TIME: &str = "provider_connection_revocation_receipt_removed_at_idx";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionRevocationReceipt as R;
        use ProviderConnectionShreddedKey as K;
        manager
            .create_table(
                Table::create()
                    .table(R::Table)
                    .col(ColumnDef::new(R::Id).uuid().not_null().primary_key())
                    .col(ColumnDef::new(R::ConnectionId).uuid().not_null())
                    .col(ColumnDef::new(R::UserId).uuid().not_null())
                    .col(ColumnDef::new(R::Provider).text().not_null())
                    .col(ColumnDef::new(R::ConnectedAt).timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new(R::RemovedAt).timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new(R::Outcome).text())
                    .col(ColumnDef::new(R::Status).integer())
                    .col(ColumnDef::new(R::Detail).text())
                    .col(ColumnDef::new(R::SettledAt).timestamp_with_time_zone())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name(BY_USER)
                    .table(R::Table)
                    .col(R::UserId)
                    .col(R::Provider)
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create().name(BY_TIME).table(R::Table).col(R::RemovedAt).to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(K::Table)
                    .col(ColumnDef::new(K::KeyId).text().not_null().primary_key())
                    .col(ColumnDef::new(K::ShreddedAt).timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let keys = ProviderConnectionShreddedKey::Table;
        manager.drop_table(Table::drop().table(keys).to_owned()).await?;
        let receipts = ProviderConnectionRevocationReceipt::Table;
        manager.drop_table(Table::drop().table(receipts).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum ProviderConnectionRevocationReceipt {
    Table,
    Id,
    ConnectionId,
    UserId,
    Provider,
    ConnectedAt,
    RemovedAt,
    Outcome,
    Status,
    Detail,
    SettledAt,
}

#[derive(DeriveIden)]
enum ProviderConnectionShreddedKey {
    Table,
    KeyId,
    ShreddedAt,
}
