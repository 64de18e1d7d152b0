use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionEvent as E;
        // One at a time: SQLite adds no two columns in one statement.
        for column in [
            ColumnDef::new(E::CommitId).uuid().to_owned(),
            ColumnDef::new(E::Evidence).text().to_owned(),
            ColumnDef::new(E::Times).integer().not_null().default(1).to_owned(),
        ] {
            manager
                .alter_table(Table::alter().table(E::Table).add_column(column).to_owned())
                .await?;
        }
        manager
            .create_index(
                Index::create()
                    .name("provider_connection_event_at_idx")
                    .table(E::Table)
                    .col(E::At)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionEvent as E;
        manager
            .drop_index(
                Index::drop().name("provider_connection_event_at_idx").table(E::Table).to_owned(),
            )
            .await?;
        for column in [E::CommitId, E::Evidence, E::Times] {
            manager
                .alter_table(Table::alter().table(E::Table).drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy, DeriveIden)]
enum ProviderConnectionEvent {
    Table,
    At,
    CommitId,
    Evidence,
    Times,
}
