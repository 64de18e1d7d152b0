//! The search for deleted users: one row, which says how far it has come and which server runs it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_user_search")]
pub struct Model {
    /// `deleted_users`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The run that holds the search, until `lease_until`.
    pub lease_owner: Option<Uuid>,
    pub lease_until: Option<DateTimeUtc>,
    /// `None`: no search is in progress.
    pub started_at: Option<DateTimeUtc>,
    /// The last user that this search has asked about; ids are asked about in their order.
    pub position: Option<Uuid>,
    /// How many users this search has found to exist.
    pub known: i64,
    /// How many it has not found.
    pub missing: i64,
    /// A user that this search has found.
    pub witness: Option<Uuid>,
    /// When the last search ended.
    pub ended_at: Option<DateTimeUtc>,
    /// Why the last search was not believed: a `domain::Disbelief`.
    pub refused: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
