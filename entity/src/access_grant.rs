//! A user's permission for a client (an OAuth app or an MCP client) to read the access tokens of
//! one of their connections. It ends with the connection.

use domain::{ActorKind, Provider};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_access_grant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub provider: Provider,
    /// Who granted it: the user, or a service for the user.
    pub granted_by: ActorKind,
    pub granted_at: DateTimeUtc,
    /// When the client last read an access token; `None`: not yet.
    pub last_used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
