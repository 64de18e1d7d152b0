use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionWebhook as W;
        use ProviderConnectionWebhookEndpoint as E;
        manager
            .create_table(
                Table::create()
                    .table(W::Table)
                    .col(
                        ColumnDef::new(W::Id)
                            .big_integer()
                            .not_null()
                            .auto_increment()
                            .primary_key(),
                    )
                    .col(ColumnDef::new(W::MessageId).uuid().not_null().unique_key())
                    .col(ColumnDef::new(W::Type).text().not_null())
                    .col(ColumnDef::new(W::ConnectionId).uuid().not_null())
                    .col(ColumnDef::new(W::UserId).uuid().not_null())
                    .col(ColumnDef::new(W::Provider).text().not_null())
                    .col(ColumnDef::new(W::Status).text())
                    .col(ColumnDef::new(W::Code).text())
                    .col(ColumnDef::new(W::ClientId).text())
                    .col(ColumnDef::new(W::ReauthenticationUrl).text())
                    .col(ColumnDef::new(W::OccurredAt).timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new(W::State).text().not_null())
                    .col(ColumnDef::new(W::Attempts).integer().not_null().default(0))
                    .col(ColumnDef::new(W::DueAt).timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new(W::ClaimedUntil).timestamp_with_time_zone())
                    .col(ColumnDef::new(W::EndedAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(W::LastResult).text())
                    .to_owned(),
            )
            .await?;
        for (name, columns) in [
            // What is due.
            ("provider_connection_webhook_due_idx", vec![W::State, W::DueAt]),
            // What is to be pruned.
            ("provider_connection_webhook_age_idx", vec![W::OccurredAt]),
        ] {
            let mut index = Index::create().name(name).table(W::Table).to_owned();
            for column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        // What comes first of a connection. What has ended is not in it: of one user that may be
        // thousands, which each one that waits would pass.
        let order = Index::create()
            .name("provider_connection_webhook_order_idx")
            .table(W::Table)
            .col(W::UserId)
            .col(W::Provider)
            .col(W::Id)
            .and_where(Expr::col(W::State).eq("pending"))
            .to_owned();
        manager.create_index(order).await?;
        manager
            .create_table(
                Table::create()
                    .table(E::Table)
                    .col(ColumnDef::new(E::Endpoint).text().not_null().primary_key())
                    .col(ColumnDef::new(E::DisabledAt).timestamp_with_time_zone())
                    .col(ColumnDef::new(E::PausedUntil).timestamp_with_time_zone())
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let endpoints = ProviderConnectionWebhookEndpoint::Table;
        manager.drop_table(Table::drop().table(endpoints).to_owned()).await?;
        let webhooks = ProviderConnectionWebhook::Table;
        manager.drop_table(Table::drop().table(webhooks).to_owned()).await
    }
}

#[derive(DeriveIden)]
enum ProviderConnectionWebhook {
    Table,
    Id,
    MessageId,
    Type,
    ConnectionId,
    UserId,
    Provider,
    Status,
    Code,
    ClientId,
    ReauthenticationUrl,
    OccurredAt,
    State,
    Attempts,
    DueAt,
    ClaimedUntil,
    EndedAt,
    LastResult,
}

#[derive(DeriveIden)]
enum ProviderConnectionWebhookEndpoint {
    Table,
    Endpoint,
    DisabledAt,
    PausedUntil,
}
