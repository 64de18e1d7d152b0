//! The result of revoking a grant by `connections revoke`. The row is removed once the receipt has
//! been written outside the database.

use domain::{Provider, RevocationOutcome};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_revocation_receipt")]
pub struct Model {
    /// The id of the revocation in the outbox, where there is one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The connection that was removed.
    pub connection_id: Uuid,
    pub user_id: Uuid,
    pub provider: Provider,
    /// When the user had connected it: what `--connected-before` goes by.
    pub connected_at: DateTimeUtc,
    pub removed_at: DateTimeUtc,
    /// `None`: the provider is still to be told, and the outbox has the tokens. Never changes again
    /// once it is set.
    pub outcome: Option<RevocationOutcome>,
    /// The HTTP status of the provider's last refusal.
    pub status: Option<i32>,
    /// What was seen of the last attempt that failed. Without any secret.
    pub detail: Option<String>,
    pub settled_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
