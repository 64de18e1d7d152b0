use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionRevocation as R;
        manager
            .create_table(
                Table::create()
                    .table(R::Table)
                    .col(ColumnDef::new(R::Id).uuid().not_null().primary_key())
                    .col(ColumnDef::new(R::ConnectionId).uuid().not_null())
                    .col(ColumnDef::new(R::UserId).uuid().not_null())
                    .col(ColumnDef::new(R::Provider).text().not_null())
                    .col(ColumnDef::new(R::AccessToken).blob().not_null())
                    .col(ColumnDef::new(R::RefreshToken).blob())
                    .col(ColumnDef::new(R::Attempts).integer().not_null().default(0))
                    .col(ColumnDef::new(R::DueAt).timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new(R::CreatedAt).timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("provider_connection_revocation_due_at_idx")
                    .table(R::Table)
                    .col(R::DueAt)
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("provider_connection_revocation_user_id_idx")
                    .table(R::Table)
                    .col(R::UserId)
                    .col(R::Provider)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table(ProviderConnectionRevocation::Table).to_owned())
            .await
    }
}

#[derive(DeriveIden)]
enum ProviderConnectionRevocation {
    Table,
    Id,
    ConnectionId,
    UserId,
    Provider,
    AccessToken,
    RefreshToken,
    Attempts,
    DueAt,
    CreatedAt,
}
