pub use entity::shredded_key::Model as ShreddedKey;
use entity::shredded_key::{Column, Entity};
use sea_orm::{
    ConnectionTrait, EntityTrait, QueryOrder,
    sea_query::{OnConflict, Query},
};

use super::{Store, StoreError};

impl Store {
    /// The keys that were shredded, by their ids.
    pub async fn shredded_keys(&self) -> Result<Vec<ShreddedKey>, StoreError> {
        Ok(Entity::find().order_by_asc(Column::KeyId).all(&self.db).await?)
    }

    /// Notes that these keys are shredded: for good, and once.
    pub async fn note_shredded_keys(&self, ids: &[String]) -> Result<(), StoreError> {
        for id in ids {
            let insert = Query::insert()
                .into_table(Entity)
                .columns([Column::KeyId, Column::ShreddedAt])
                .values_panic([
                    id.as_str().into(),
                    self.now.expression(self.db.get_database_backend()),
                ])
                .on_conflict(OnConflict::column(Column::KeyId).do_nothing().to_owned())
                .to_owned();
            self.db.execute(&insert).await?;
        }
        Ok(())
    }
}
