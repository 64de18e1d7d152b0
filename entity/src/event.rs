//! What happened to a connection, when, and by whom. Written in the transaction of what it tells.

use sea_orm::entity::prelude::*;

use crate::Provider;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_event")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Not a foreign key: the event of a disconnection outlives its connection.
    pub connection_id: Uuid,
    pub user_id: Uuid,
    pub provider: Provider,
    pub kind: Kind,
    pub actor: Actor,
    pub at: DateTimeUtc,
    /// The error code, where the event tells of a failure.
    pub detail: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Kind {
    Connected,
    Refreshed,
    /// Refreshed, and the provider handed out a new refresh token.
    Rotated,
    RefreshFailed,
    ReauthenticationRequired,
    Disconnected,
}

/// On whose behalf something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Actor {
    User,
    Service,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
