use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionSchema as S;
        manager
            .create_table(
                Table::create()
                    .table(S::Table)
                    .col(ColumnDef::new(S::Migration).text().not_null().primary_key())
                    .col(ColumnDef::new(S::CompatibleWith).text().not_null())
                    .col(ColumnDef::new(S::AppliedBy).text().not_null())
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ProviderConnectionSchema::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum ProviderConnectionSchema {
    Table,
    Migration,
    CompatibleWith,
    AppliedBy,
}
