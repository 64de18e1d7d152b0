//! The encryption keys that servers of this database were started with. The table contains no key,
//! and nothing that a key can be computed from.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_key")]
pub struct Model {
    /// The key's id in `ENCRYPTION_KEYS`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Proves that a key is the one that this id belongs to. `None`: it was retired as lost, and no
    /// server has had it since check values exist.
    pub check_value: Option<Vec<u8>>,
    pub first_seen_at: DateTimeUtc,
    /// Since when it may have sealed values; `None`: it was never the first key.
    pub first_sealed_at: Option<DateTimeUtc>,
    /// Since then it has opened nothing, or was given up.
    pub retired_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
