//! What receivers of webhooks have asked all servers to do: to wait, or to stop.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_webhook_endpoint")]
pub struct Model {
    /// A digest of `WEBHOOK_URL`, which may contain a secret: SHA-256 in base64url.
    #[sea_orm(primary_key, auto_increment = false)]
    pub endpoint: String,
    /// When it answered 410 Gone: nothing is sent any more.
    pub disabled_at: Option<DateTimeUtc>,
    /// Until when nothing is sent (`Retry-After`).
    pub paused_until: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
