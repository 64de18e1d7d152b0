use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionAccessGrant as G;
        use ProviderConnectionEvent as E;
        manager
            .create_table(
                Table::create()
                    .table(G::Table)
                    .col(ColumnDef::new(G::UserId).uuid().not_null())
                    .col(ColumnDef::new(G::ClientId).text().not_null())
                    .col(ColumnDef::new(G::Provider).text().not_null())
                    .col(ColumnDef::new(G::GrantedBy).text().not_null())
                    .col(ColumnDef::new(G::GrantedAt).timestamp_with_time_zone().not_null())
                    .col(ColumnDef::new(G::LastUsedAt).timestamp_with_time_zone())
                    .primary_key(Index::create().col(G::UserId).col(G::ClientId).col(G::Provider))
                    .to_owned(),
            )
            .await?;
        manager.alter_table(event().add_column(ColumnDef::new(E::ClientId).text()).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnectionEvent as E;
        let grants = ProviderConnectionAccessGrant::Table;
        manager.drop_table(Table::drop().table(grants).to_owned()).await?;
        // An older server can't read what it has no words for.
        let mut unknown = Query::delete();
        unknown.from_table(ProviderConnectionEvent::Table).and_where(
            Expr::col(E::Kind)
                .is_in(["access_granted", "access_revoked"])
                .or(Expr::col(E::Actor).eq("client")),
        );
        manager.exec_stmt(unknown).await?;
        manager.alter_table(event().drop_column(E::ClientId).take()).await
    }
}

fn event() -> TableAlterStatement {
    Table::alter().table(ProviderConnectionEvent::Table).take()
}

#[derive(DeriveIden)]
enum ProviderConnectionAccessGrant {
    Table,
    UserId,
    ClientId,
    Provider,
    GrantedBy,
    GrantedAt,
    LastUsedAt,
}

#[derive(DeriveIden)]
enum ProviderConnectionEvent {
    Table,
    Kind,
    Actor,
    ClientId,
}
