pub use entity::key::Model as KnownKey;
use entity::key::{Column, Entity};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};

use super::{Store, StoreError, Transaction};

/// "encryption-keys" hashed to the 64 bits of an advisory lock.
const KEY_LOCK: i64 = 0x656e_6372_6b65_7973;

/// A key of a ring that is about to be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    pub id: String,
    pub check_value: Vec<u8>,
    /// It may have sealed values.
    pub seals: bool,
}

impl Store {
    /// What is known about encryption keys, oldest first.
    pub async fn known_keys(&self) -> Result<Vec<KnownKey>, StoreError> {
        Ok(known(&self.db).await?)
    }

    /// Reads the known keys and writes what `decide` makes of them, without interference from other
    /// replicas. Known keys stay as they are.
    pub async fn register_keys<E: Send>(
        &self,
        decide: impl FnOnce(&[KnownKey]) -> Result<Vec<KeyUse>, E> + Send,
    ) -> Result<Result<(), E>, StoreError> {
        let transaction = self.lock_keys().await?;
        let uses = match decide(&known(&transaction).await?) {
            Ok(uses) => uses,
            Err(why) => return Ok(Err(why)),
        };
        for key in uses {
            self.register(&transaction, &key).await?;
        }
        transaction.commit().await?;
        Ok(Ok(()))
    }

    /// Records that the key is no longer needed. An unknown key becomes known.
    pub async fn retire_key(&self, id: &str) -> Result<(), StoreError> {
        let transaction = self.lock_keys().await?;
        let now = self.now.expression(transaction.get_database_backend());
        let insert = Query::insert()
            .into_table(Entity)
            .columns([Column::Id, Column::FirstSeenAt])
            .values_panic([id.into(), now.clone()])
            .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
            .to_owned();
        transaction.execute(&insert).await?;
        Entity::update_many()
            .col_expr(Column::RetiredAt, now)
            .filter(Column::Id.eq(id))
            .exec(&transaction)
            .await?;
        transaction.commit().await
    }

    /// A transaction that excludes all others of its kind.
    async fn lock_keys(&self) -> Result<Transaction, StoreError> {
        let transaction = self.db.begin_to_write().await?;
        if transaction.get_database_backend() == DbBackend::Postgres {
            // Ends with the transaction, so that it works through a pooler too.
            let lock = format!("SELECT pg_advisory_xact_lock({KEY_LOCK})");
            transaction.execute_unprepared(&lock).await?;
        }
        Ok(transaction)
    }

    async fn register(&self, transaction: &Transaction, key: &KeyUse) -> Result<(), StoreError> {
        let now = self.now.expression(transaction.get_database_backend());
        let insert = Query::insert()
            .into_table(Entity)
            .columns([Column::Id, Column::FirstSeenAt])
            .values_panic([key.id.as_str().into(), now.clone()])
            .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
            .to_owned();
        transaction.execute(&insert).await?;
        let check_value = Expr::col(Column::CheckValue).if_null(key.check_value.clone());
        let mut update = Entity::update_many().col_expr(Column::CheckValue, check_value);
        if key.seals {
            let first = Expr::col(Column::FirstSealedAt).if_null(now);
            update = update
                .col_expr(Column::FirstSealedAt, first)
                .col_expr(Column::RetiredAt, Expr::value(None::<chrono::DateTime<chrono::Utc>>));
        }
        update.filter(Column::Id.eq(&key.id)).exec(transaction).await?;
        Ok(())
    }
}

async fn known(db: &impl ConnectionTrait) -> Result<Vec<KnownKey>, sea_orm::DbErr> {
    let keys = Entity::find().order_by_asc(Column::FirstSeenAt).order_by_asc(Column::Id);
    keys.all(db).await
}
