//! The outbox of revocations: grants of deleted connections that still have to be revoked at the
//! provider. Written in the transaction that deletes the connection.

use domain::Provider;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_revocation")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The deleted connection.
    pub connection_id: Uuid,
    pub user_id: Uuid,
    pub provider: Provider,
    /// Sealed, as it was in the connection.
    pub access_token: Vec<u8>,
    /// Sealed; `None` if the provider issued none.
    pub refresh_token: Option<Vec<u8>>,
    pub attempts: i32,
    /// When to try (again). An attempt postpones it first, so that no other replica tries as well.
    pub due_at: DateTimeUtc,
    pub created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
