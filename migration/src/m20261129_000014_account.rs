use sea_orm_migration::prelude::*;

/// Which account at the provider a connection is to, and when the provider is asked.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnection as C;
        // One at a time: SQLite adds no two columns in one statement. Connections that are there
        // already are not due: their providers are asked after their next sign-in.
        for column in [
            ColumnDef::new(C::Profile).binary().to_owned(),
            ColumnDef::new(C::ProfileConnectedAt).timestamp_with_time_zone().to_owned(),
            ColumnDef::new(C::AccountDigest).binary().to_owned(),
            ColumnDef::new(C::LookUpDueAt).timestamp_with_time_zone().to_owned(),
            ColumnDef::new(C::LookUpAttempts).integer().not_null().default(0).to_owned(),
            ColumnDef::new(C::LookUpEnd).text().to_owned(),
        ] {
            let mut table = Table::alter();
            manager.alter_table(table.table(C::Table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnection as C;
        for column in [
            C::Profile,
            C::ProfileConnectedAt,
            C::AccountDigest,
            C::LookUpDueAt,
            C::LookUpAttempts,
            C::LookUpEnd,
        ] {
            let mut table = Table::alter();
            manager.alter_table(table.table(C::Table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

#[derive(DeriveIden)]
enum ProviderConnection {
    Table,
    Profile,
    ProfileConnectedAt,
    AccountDigest,
    LookUpDueAt,
    LookUpAttempts,
    LookUpEnd,
}
