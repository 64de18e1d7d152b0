use chrono::{DateTime, Utc};
use entity::provider_connection::{Column, Entity};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::{ConnectionRecord, Store, StoreError};

/// How refreshes of one provider have gone for *other* connections lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProviderHealth {
    pub refreshed: u64,
    pub failed: u64,
}

impl ProviderHealth {
    /// Others were tried as well, and none succeeded.
    pub fn is_outage(self) -> bool {
        self.refreshed == 0 && self.failed > 0
    }
}

impl Store {
    /// How refreshes of this connection's provider went for the others since `since`.
    pub async fn provider_health(
        &self,
        record: &ConnectionRecord,
        since: DateTime<Utc>,
    ) -> Result<ProviderHealth, StoreError> {
        let others = || {
            Entity::find()
                .filter(Column::Provider.eq(record.provider))
                .filter(Column::Id.ne(record.id))
        };
        Ok(ProviderHealth {
            refreshed: others().filter(Column::RefreshedAt.gte(since)).count(&self.db).await?,
            failed: others().filter(Column::LastFailedAt.gte(since)).count(&self.db).await?,
        })
    }
}
