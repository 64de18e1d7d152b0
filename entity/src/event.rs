//! What happened to a connection, when, and by whom. Written in the transaction of what it tells.

use sea_orm::entity::prelude::*;
use strum::{EnumString, IntoStaticStr};

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
    /// What was seen, where the event tells of a failure: who answered what.
    pub evidence: Option<String>,
    /// Names the write that this event came with, so that a commit whose answer was lost can be
    /// looked up.
    pub commit_id: Option<Uuid>,
    /// How often it happened: reads of one batch are one event.
    pub times: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Kind {
    Connected,
    TokenRead,
    Refreshed,
    /// Refreshed, and the provider handed out a new refresh token.
    Rotated,
    RefreshFailed,
    ReauthenticationRequired,
    Disconnected,
    /// The provider was told that the grant of a disconnection has ended.
    Revoked,
    /// The provider can't be told, or this server has no client credentials for it.
    RevocationUnsupported,
    /// The provider was told again and again and did not listen.
    RevocationFailed,
    /// The tokens were sealed with another key.
    KeyRotated,
}

/// On whose behalf something happened.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, EnumString, IntoStaticStr,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Actor {
    User,
    Service,
    /// This server by itself.
    Worker,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
