use sea_orm_migration::prelude::*;

/// Before all times: rows that nobody has looked at are looked at first.
const LONG_AGO: &str = "1970-01-01T00:00:00+00:00";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnection as C;
        use ProviderConnectionTesting as T;
        // One at a time: SQLite adds no two columns in one statement.
        for column in [
            ColumnDef::new(C::RefreshTokenGrantedAt).timestamp_with_time_zone().to_owned(),
            ColumnDef::new(C::RefreshTokenEndKnownAt).timestamp_with_time_zone().to_owned(),
            ColumnDef::new(C::ExpiresSoonAt).timestamp_with_time_zone().to_owned(),
            ColumnDef::new(C::EndLookAt)
                .timestamp_with_time_zone()
                .not_null()
                .default(LONG_AGO)
                .to_owned(),
        ] {
            let mut table = Table::alter();
            manager.alter_table(table.table(C::Table).add_column(column).to_owned()).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table(T::Table)
                    .col(ColumnDef::new(T::Provider).text().not_null().primary_key())
                    .col(ColumnDef::new(T::Ends).integer().not_null())
                    .col(ColumnDef::new(T::LastConnectionId).uuid().not_null())
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnection as C;
        let testing = ProviderConnectionTesting::Table;
        manager.drop_table(Table::drop().table(testing).to_owned()).await?;
        for column in
            [C::RefreshTokenGrantedAt, C::RefreshTokenEndKnownAt, C::ExpiresSoonAt, C::EndLookAt]
        {
            let mut table = Table::alter();
            manager.alter_table(table.table(C::Table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy, DeriveIden)]
enum ProviderConnection {
    Table,
    RefreshTokenGrantedAt,
    RefreshTokenEndKnownAt,
    ExpiresSoonAt,
    EndLookAt,
}

#[derive(DeriveIden)]
enum ProviderConnectionTesting {
    Table,
    Provider,
    Ends,
    LastConnectionId,
}
