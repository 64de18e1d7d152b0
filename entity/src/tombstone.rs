//! What was disconnected, and when. Tokens that were fetched before then are never written, however
//! late they arrive.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_tombstone")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    /// The provider's id; empty if the user was deleted, which ends all of their connections.
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: String,
    /// By the database's clock. A later disconnection updates it.
    pub at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
