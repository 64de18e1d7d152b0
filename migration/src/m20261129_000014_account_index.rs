use sea_orm_migration::prelude::*;

use crate::OnlineIndex;

const DIGEST: &str = "provider_connection_account_digest_idx";
const LOOK_UP_DUE: &str = "provider_connection_look_up_due_idx";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One that an attempt has made already stays: the next goes on with the other.
        for index in indexes() {
            index.create(manager).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in indexes() {
            index.drop(manager).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        // CONCURRENTLY runs in none.
        Some(false)
    }
}

/// For whoever looks for all connections to an account, and for the job `look_up`. Most rows are in
/// neither of them after an upgrade, and few ever in the second.
fn indexes() -> [OnlineIndex; 2] {
    use ProviderConnection as C;
    [(DIGEST, C::AccountDigest), (LOOK_UP_DUE, C::LookUpDueAt)].map(|(name, column)| {
        let columns = Index::create()
            .table(C::Table)
            .col(C::Provider)
            .col(column)
            .and_where(Expr::col(column).is_not_null())
            .to_owned();
        OnlineIndex::new(name, columns)
    })
}

#[derive(Clone, Copy, DeriveIden)]
enum ProviderConnection {
    Table,
    Provider,
    AccountDigest,
    LookUpDueAt,
}
