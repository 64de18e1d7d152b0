use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionEvent as E;
        manager
            .create_table(
                Table::create()
                    .table(E::Table)
                    .col(
                        ColumnDef::new(E::Id)
                            .big_integer()
                            .not_null()
                            .primary_key()
                            .auto_increment(),
                    )
                    .col(ColumnDef::new(E::ConnectionId).uuid().not_null())
                    .col(ColumnDef::new(E::UserId).uuid().not_null())
                    .col(ColumnDef::new(E::Provider).text().not_null())
                    .col(ColumnDef::new(E::Kind).text().not_null())
                    .col(ColumnDef::new(E::Actor).text().not_null())
                    .col(ColumnDef::new(E::At).timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new(E::Detail).text())
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("provider_connection_event_user_id_idx")
                    .table(E::Table)
                    .col(E::UserId)
                    .col(E::Provider)
                    .col(E::Id)
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(ProviderConnectionEvent::Table).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum ProviderConnectionEvent {
    Table,
    Id,
    ConnectionId,
    UserId,
    Provider,
    Kind,
    Actor,
    At,
    Detail,
}
