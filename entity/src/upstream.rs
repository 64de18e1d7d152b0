//! How an upstream fares, agreed on by all replicas: its pace and its circuit breaker.
//!
//! Times are microseconds since 1970 by the database's clock: they are computed with, which the
//! two databases have no common words for where timestamps are concerned.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_upstream")]
pub struct Model {
    /// `nhost-auth`, or a provider's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// When the next call may be made at the set pace.
    pub next_call_at: i64,
    /// How many calls the last one who asked was granted.
    pub granted: i64,
    /// No calls until then. When it has passed, one call is let through to see how things are.
    pub open_until: Option<i64>,
    /// Failures in a row, each of another connection than the one before.
    pub failures: i32,
    pub last_failed_connection: Option<Uuid>,
    pub last_success_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
