//! The encryption keys that servers of this database were started with. The table contains no key,
//! and nothing that a key can be computed from.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_connection_key")]
pub struct Model {
    /// The key's id in `ENCRYPTION_KEYS`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Proves that a key is the one that this id was used for. `None`: it was retired as lost, and no
    /// server ever had it since there are check values.
    pub check_value: Option<Vec<u8>>,
    pub first_seen_at: DateTimeUtc,
    /// Since when there may be values that it has sealed; `None`: it only ever stood behind another.
    pub first_sealed_at: Option<DateTimeUtc>,
    /// It opened nothing any more then, or was given up.
    pub retired_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
