use entity::key;
pub use entity::shredded_key::Model as ShreddedKey;
use entity::shredded_key::{Column, Entity};
use sea_orm::{
    ConnectionTrait, EntityTrait, QueryOrder,
    sea_query::{OnConflict, Query},
};

use super::{Store, StoreError};

impl Store {
    /// The ids of the keys that were shredded.
    pub async fn shredded_keys(&self) -> Result<Vec<ShreddedKey>, StoreError> {
        Ok(Entity::find().order_by_asc(Column::KeyId).all(&self.db).await?)
    }

    /// Records that these keys are shredded, permanently. Later starts don't require them.
    pub async fn note_shredded_keys(&self, ids: &[String]) -> Result<(), StoreError> {
        let transaction = self.db.begin().await?;
        let now = self.now.expression(transaction.get_database_backend());
        for id in ids {
            let insert = Query::insert()
                .into_table(Entity)
                .columns([Column::KeyId, Column::ShreddedAt])
                .values_panic([id.as_str().into(), now.clone()])
                .on_conflict(OnConflict::column(Column::KeyId).do_nothing().to_owned())
                .to_owned();
            transaction.execute(&insert).await?;
            let retire = OnConflict::column(key::Column::Id)
                .update_column(key::Column::RetiredAt)
                .to_owned();
            let insert = Query::insert()
                .into_table(key::Entity)
                .columns([key::Column::Id, key::Column::FirstSeenAt, key::Column::RetiredAt])
                .values_panic([id.as_str().into(), now.clone(), now.clone()])
                .on_conflict(retire)
                .to_owned();
            transaction.execute(&insert).await?;
        }
        transaction.commit().await
    }
}
