//! Signals that came while a provider was being asked which account a sign-in is with. Kept for a few
//! minutes, for the connection that turns out to be to that account.

use domain::Provider;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_early_signal")]
pub struct Model {
    /// As connections have it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_digest: Vec<u8>,
    /// What it does: `end`, `check`, `check_rarely` or `revive`. `expected`: not a signal, but a sign-in
    /// that is expected to be with this account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub aim: String,
    pub provider: Provider,
    /// SHA-256 of what names the message.
    pub id: Vec<u8>,
    pub at: DateTimeUtc,
    pub since: DateTimeUtc,
    pub evidence: String,
    pub received_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
