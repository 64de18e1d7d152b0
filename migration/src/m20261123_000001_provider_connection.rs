use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnection as C;
        manager
            .create_table(
                Table::create()
                    .table(C::Table)
                    .col(ColumnDef::new(C::Id).uuid().not_null().primary_key())
                    .col(ColumnDef::new(C::UserId).uuid().not_null())
                    .col(ColumnDef::new(C::Provider).text().not_null())
                    .col(ColumnDef::new(C::State).text().not_null())
                    .col(ColumnDef::new(C::AccessToken).blob())
                    .col(ColumnDef::new(C::RefreshToken).blob())
                    .col(ColumnDef::new(C::AccessTokenExpiresAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(C::Generation).big_integer().not_null())
                    .col(ColumnDef::new(C::LeaseOwner).uuid())
                    .col(ColumnDef::new(C::LeaseUntil).timestamp_with_time_zone())
                    .col(ColumnDef::new(C::RefreshDueAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(C::FailureCount).integer().not_null().default(0))
                    .col(ColumnDef::new(C::FirstFailedAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(C::LastFailedAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(C::LastFailure).text())
                    .col(ColumnDef::new(C::ConnectedAt).timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new(C::RefreshedAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(C::UsedAt).timestamp_with_time_zone())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("provider_connection_user_id_provider_key")
                    .table(C::Table)
                    .col(C::UserId)
                    .col(C::Provider)
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("provider_connection_refresh_due_at_idx")
                    .table(C::Table)
                    .col(C::RefreshDueAt)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ProviderConnection::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum ProviderConnection {
    Table,
    Id,
    UserId,
    Provider,
    State,
    AccessToken,
    RefreshToken,
    AccessTokenExpiresAt,
    Generation,
    LeaseOwner,
    LeaseUntil,
    RefreshDueAt,
    FailureCount,
    FirstFailedAt,
    LastFailedAt,
    LastFailure,
    ConnectedAt,
    RefreshedAt,
    UsedAt,
}
