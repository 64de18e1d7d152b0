use sea_orm_migration::prelude::*;

const BY_TIME: &str = "provider_connection_tombstone_at_idx";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnection as C;
        use ProviderConnectionTombstone as T;
        // SQLite adds one column a statement.
        let unproven =
            ColumnDef::new(C::RefreshTokenUnproven).boolean().not_null().default(false).to_owned();
        let account = ColumnDef::new(C::Account).blob().to_owned();
        for column in [unproven, account] {
            manager
                .alter_table(Table::alter().table(C::Table).add_column(column).to_owned())
                .await?;
        }
        manager
            .create_table(
                Table::create()
                    .table(T::Table)
                    .col(ColumnDef::new(T::UserId).uuid().not_null())
                    .col(ColumnDef::new(T::Provider).text().not_null().default(""))
                    .col(ColumnDef::new(T::At).timestamp_with_time_zone().not_null())
                    .primary_key(Index::create().col(T::UserId).col(T::Provider))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(Index::create().name(BY_TIME).table(T::Table).col(T::At).to_owned())
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnection as C;
        manager
            .drop_table(Table::drop().table(ProviderConnectionTombstone::Table).to_owned())
            .await?;
        for column in [C::Account, C::RefreshTokenUnproven] {
            manager
                .alter_table(Table::alter().table(C::Table).drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}

#[derive(DeriveIden)]
enum ProviderConnection {
    Table,
    RefreshTokenUnproven,
    Account,
}

#[derive(DeriveIden)]
enum ProviderConnectionTombstone {
    Table,
    UserId,
    Provider,
    At,
}
