use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionMissingUser as M;
        use ProviderConnectionUserSearch as S;
        manager
            .create_table(
                Table::create()
                    .table(S::Table)
                    .col(ColumnDef::new(S::Name).text().not_null().primary_key())
                    .col(ColumnDef::new(S::LeaseOwner).uuid())
                    .col(ColumnDef::new(S::LeaseUntil).timestamp_with_time_zone())
                    .col(ColumnDef::new(S::StartedAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(S::Position).uuid())
                    .col(ColumnDef::new(S::Known).big_integer().not_null().default(0))
                    .col(ColumnDef::new(S::Missing).big_integer().not_null().default(0))
                    .col(ColumnDef::new(S::Witness).uuid())
                    .col(ColumnDef::new(S::EndedAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(S::Refused).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table(M::Table)
                    .col(ColumnDef::new(M::UserId).uuid().not_null().primary_key())
                    .col(ColumnDef::new(M::MissingSince).timestamp_with_time_zone().not_null())
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let missing = ProviderConnectionMissingUser::Table;
        manager.drop_table(Table::drop().table(missing).to_owned()).await?;
        let search = ProviderConnectionUserSearch::Table;
        manager.drop_table(Table::drop().table(search).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum ProviderConnectionUserSearch {
    Table,
    Name,
    LeaseOwner,
    LeaseUntil,
    StartedAt,
    Position,
    Known,
    Missing,
    Witness,
    EndedAt,
    Refused,
}

#[derive(DeriveIden)]
enum ProviderConnectionMissingUser {
    Table,
    UserId,
    MissingSince,
}
