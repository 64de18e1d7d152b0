//! What happened to a connection, when, and who caused it. Written in the transaction of the change
//! itself.

use domain::{ActorKind, Kind, Provider};
use sea_orm::entity::prelude::*;

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
    pub actor: ActorKind,
    /// The client that caused it, or that gained or lost access.
    pub client_id: Option<String>,
    pub at: DateTimeUtc,
    /// The error code of a failure.
    pub detail: Option<String>,
    /// Details of a failure: who answered what.
    pub evidence: Option<String>,
    /// The id of the write that this event belongs to, so that a commit whose answer was lost can
    /// be looked up.
    pub commit_id: Option<Uuid>,
    /// How often it happened: reads of one batch are one event.
    pub times: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
