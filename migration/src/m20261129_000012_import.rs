use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionImport as I;
        manager
            .create_table(
                Table::create()
                    .table(I::Table)
                    .col(ColumnDef::new(I::Digest).binary().not_null().primary_key())
                    .col(ColumnDef::new(I::UserId).uuid().not_null())
                    .col(ColumnDef::new(I::Provider).text().not_null())
                    .col(ColumnDef::new(I::State).text().not_null())
                    .col(ColumnDef::new(I::ConnectionId).uuid().not_null())
                    .col(ColumnDef::new(I::Generation).big_integer().not_null())
                    .col(ColumnDef::new(I::FailureCount).integer().not_null())
                    .col(ColumnDef::new(I::FirstFailedAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(I::LastFailedAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(I::RefusalCount).integer().not_null())
                    .col(ColumnDef::new(I::FirstRefusedAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(I::Evidence).text())
                    .col(ColumnDef::new(I::CreatedAt).timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await?;
        // A user who is deleted takes them along.
        manager
            .create_index(
                Index::create()
                    .name("provider_connection_import_user_id")
                    .table(I::Table)
                    .col(I::UserId)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let imports = ProviderConnectionImport::Table;
        manager.drop_table(Table::drop().table(imports).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum ProviderConnectionImport {
    Table,
    Digest,
    UserId,
    Provider,
    State,
    ConnectionId,
    Generation,
    FailureCount,
    FirstFailedAt,
    LastFailedAt,
    RefusalCount,
    FirstRefusedAt,
    Evidence,
    CreatedAt,
}
