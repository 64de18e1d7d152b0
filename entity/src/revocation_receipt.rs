//! The result of revoking a grant by `connections revoke`. The row is removed once the receipt has
//! been written outside the database.

use domain::{Provider, RevocationOutcome};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_revocation_receipt")]
pub struct Model {
    /// The id of the revocation in the outbox, if there is one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The deleted connection.
    pub connection_id: Uuid,
    pub user_id: Uuid,
    pub provider: Provider,
    /// When the user had connected it, which `--connected-before` refers to.
    pub connected_at: DateTimeUtc,
    pub removed_at: DateTimeUtc,
    /// `None`: the grant still has to be revoked at the provider, and the outbox has the tokens.
    /// Never changes once it is set.
    pub outcome: Option<RevocationOutcome>,
    /// The HTTP status of the provider's last refusal.
    pub status: Option<i32>,
    /// Details of the last failed attempt, without any secret.
    pub detail: Option<String>,
    pub settled_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
