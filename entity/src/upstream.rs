//! The pace and the health of an upstream, shared by all replicas. The health is described by
//! `domain::Health`.
//!
//! Times are microseconds since 1970 by the database's clock: the statements calculate with them,
//! and the two databases have no common functions for timestamps.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_upstream")]
pub struct Model {
    /// A `domain::Target`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// When the next call may be made at the set pace.
    pub next_call_at: i64,
    /// The same for connections that fail while others work: they have their own share.
    pub suspects_next_call_at: i64,
    /// How many calls the last request was granted.
    pub granted: i64,
    /// Grows with every write of the following columns, which reveals a write that was overtaken.
    pub version: i64,
    pub failures: i32,
    pub last_failed_connection: Option<Uuid>,
    pub failing_since: Option<i64>,
    /// Paused until then.
    pub open_until: Option<i64>,
    pub refusals: i32,
    pub last_refused_at: Option<i64>,
    pub proven_refused_at: Option<i64>,
    pub recovered_at: Option<i64>,
    pub stumbled_at: Option<i64>,
    pub unused_ended: i32,
    pub last_success_at: Option<i64>,
    pub outage_since: Option<i64>,
    pub outage_until: Option<i64>,
    pub healthy_probe_at: Option<i64>,
    pub interrupted_probe_at: Option<i64>,
    pub suspect_probe_at: Option<i64>,
    pub asked_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
