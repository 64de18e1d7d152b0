//! Signals of providers that were processed, so that none is processed twice. The table does not
//! say whom a signal was about.

use domain::Provider;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_signal")]
pub struct Model {
    /// SHA-256 of what identifies the message.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Vec<u8>,
    pub provider: Provider,
    pub received_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
