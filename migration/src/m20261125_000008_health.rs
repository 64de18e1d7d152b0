use sea_orm_migration::prelude::*;

const DUE: &str = "provider_connection_provider_refresh_due_at_idx";
const HEALTHY_DUE: &str = "provider_connection_healthy_due_idx";
const FAILING_DUE: &str = "provider_connection_failing_due_idx";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnection as C;
        use ProviderConnectionUpstream as U;
        // One at a time: SQLite adds no two columns in one statement.
        for column in [
            ColumnDef::new(C::RefusalCount).integer().not_null().default(0).to_owned(),
            ColumnDef::new(C::FirstRefusedAt).timestamp_with_time_zone().to_owned(),
            ColumnDef::new(C::RefreshTokenExpiresAt).timestamp_with_time_zone().to_owned(),
        ] {
            let mut table = Table::alter();
            manager.alter_table(table.table(C::Table).add_column(column).to_owned()).await?;
        }
        for column in [
            ColumnDef::new(U::Version).big_integer().not_null().default(0).to_owned(),
            ColumnDef::new(U::SuspectsNextCallAt).big_integer().not_null().default(0).to_owned(),
            ColumnDef::new(U::Refusals).integer().not_null().default(0).to_owned(),
            ColumnDef::new(U::UnusedEnded).integer().not_null().default(0).to_owned(),
        ]
        .into_iter()
        .chain(TIMES.map(|time| ColumnDef::new(time).big_integer().to_owned()))
        {
            let mut table = Table::alter();
            manager.alter_table(table.table(U::Table).add_column(column).to_owned()).await?;
        }
        // What failed before this migration counts as refused: that is what was counted.
        let mut counted = Query::update();
        counted
            .table(C::Table)
            .value(C::RefusalCount, Expr::col(C::FailureCount))
            .value(C::FirstRefusedAt, Expr::col(C::FirstFailedAt))
            .and_where(Expr::col(C::FailureCount).gt(0));
        manager.exec_stmt(counted).await?;
        // In the order in which they are claimed, so that a claim out of many due rows sorts none.
        for (name, healthy) in [(HEALTHY_DUE, true), (FAILING_DUE, false)] {
            let failed = Expr::col(C::LastFailedAt);
            manager
                .create_index(
                    Index::create()
                        .name(name)
                        .table(C::Table)
                        .col(C::Provider)
                        .col(C::RefreshDueAt)
                        .and_where(Expr::col(C::RefreshToken).is_not_null())
                        .and_where(if healthy { failed.is_null() } else { failed.is_not_null() })
                        .to_owned(),
                )
                .await?;
        }
        manager.drop_index(Index::drop().name(DUE).table(C::Table).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use ProviderConnection as C;
        use ProviderConnectionUpstream as U;
        let due = Index::create()
            .name(DUE)
            .table(C::Table)
            .col(C::Provider)
            .col(C::RefreshDueAt)
            .to_owned();
        manager.create_index(due).await?;
        for name in [HEALTHY_DUE, FAILING_DUE] {
            manager.drop_index(Index::drop().name(name).table(C::Table).to_owned()).await?;
        }
        for column in [C::RefusalCount, C::FirstRefusedAt, C::RefreshTokenExpiresAt] {
            let mut table = Table::alter();
            manager.alter_table(table.table(C::Table).drop_column(column).to_owned()).await?;
        }
        for column in [U::Version, U::SuspectsNextCallAt, U::Refusals, U::UnusedEnded]
            .into_iter()
            .chain(TIMES)
        {
            let mut table = Table::alter();
            manager.alter_table(table.table(U::Table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

/// Microseconds since 1970.
const TIMES: [ProviderConnectionUpstream; 11] = [
    ProviderConnectionUpstream::FailingSince,
    ProviderConnectionUpstream::LastRefusedAt,
    ProviderConnectionUpstream::ProvenRefusedAt,
    ProviderConnectionUpstream::RecoveredAt,
    ProviderConnectionUpstream::StumbledAt,
    ProviderConnectionUpstream::OutageSince,
    ProviderConnectionUpstream::OutageUntil,
    ProviderConnectionUpstream::HealthyProbeAt,
    ProviderConnectionUpstream::InterruptedProbeAt,
    ProviderConnectionUpstream::SuspectProbeAt,
    ProviderConnectionUpstream::AskedAt,
];

#[derive(Clone, Copy, DeriveIden)]
enum ProviderConnection {
    Table,
    Provider,
    RefreshToken,
    RefreshTokenExpiresAt,
    RefreshDueAt,
    FailureCount,
    FirstFailedAt,
    LastFailedAt,
    RefusalCount,
    FirstRefusedAt,
}

#[derive(Clone, Copy, DeriveIden)]
enum ProviderConnectionUpstream {
    Table,
    Version,
    SuspectsNextCallAt,
    Refusals,
    UnusedEnded,
    FailingSince,
    LastRefusedAt,
    ProvenRefusedAt,
    RecoveredAt,
    StumbledAt,
    OutageSince,
    OutageUntil,
    HealthyProbeAt,
    InterruptedProbeAt,
    SuspectProbeAt,
    AskedAt,
}
