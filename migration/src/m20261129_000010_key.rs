use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionKey as K;
        manager
            .create_table(
                Table::create()
                    .table(K::Table)
                    .col(ColumnDef::new(K::Id).text().not_null().primary_key())
                    .col(ColumnDef::new(K::CheckValue).blob())
                    .col(ColumnDef::new(K::FirstSeenAt).timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new(K::FirstSealedAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(K::RetiredAt).timestamp_with_time_zone())
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ProviderConnectionKey::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum ProviderConnectionKey {
    Table,
    Id,
    CheckValue,
    FirstSeenAt,
    FirstSealedAt,
    RetiredAt,
}
