use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnection as C;
        // One at a time: SQLite adds no two columns in one statement.
        for column in COLUMNS {
            let column = ColumnDef::new(column).text().to_owned();
            let mut table = Table::alter();
            manager.alter_table(table.table(C::Table).add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnection as C;
        for column in COLUMNS {
            let mut table = Table::alter();
            manager.alter_table(table.table(C::Table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

const COLUMNS: [ProviderConnection; 3] = [
    ProviderConnection::Scopes,
    ProviderConnection::ScopesSource,
    ProviderConnection::ScopesRequested,
];

#[derive(Clone, Copy, DeriveIden)]
enum ProviderConnection {
    Table,
    Scopes,
    ScopesSource,
    ScopesRequested,
}
