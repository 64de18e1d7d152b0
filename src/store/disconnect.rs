use chrono::{DateTime, TimeDelta, Utc};
use domain::{Actor, ConnectionKey, Kind, Provider, State};
use entity::{
    event, import, missing_user,
    provider_connection::{Column, Entity},
    revocation, tombstone, webhook,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, PaginatorTrait, QueryFilter,
    QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use uuid::Uuid;

use super::{Store, StoreError, Transaction, events::Happening};

/// Stands for all providers, in the tombstone of a deleted user.
pub(super) const EVERY_PROVIDER: &str = "";

/// What a disconnection found in the database.
#[derive(Clone, Copy, Debug)]
pub struct Removed {
    /// The connection, even if its first `connectProvider` was still running.
    pub id: Option<Uuid>,
    /// The time of the tombstone.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Deletes the connection and leaves a tombstone, even if there is nothing to delete, because
    /// its tokens may still be on their way. If `revocation` is given, the revocation enters the
    /// outbox in the same transaction.
    pub async fn delete(
        &self,
        key: ConnectionKey,
        actor: &Actor,
        revocation: Option<Uuid>,
    ) -> Result<Removed, StoreError> {
        let transaction = self.db.begin().await?;
        let delete = Query::delete()
            .from_table(Entity)
            .and_where(Column::UserId.eq(key.user_id))
            .and_where(Column::Provider.eq(key.provider))
            .returning(Query::returning().columns([
                Column::Id,
                Column::AccessToken,
                Column::RefreshToken,
            ]))
            .to_owned();
        let row = transaction.query_one(&delete).await?;
        self.end_access(&transaction, key.user_id, Some(key.provider)).await?;
        let id: Option<Uuid> = row.as_ref().map(|row| row.try_get("", "id")).transpose()?;
        if let (Some(row), Some(id)) = (row, id) {
            let access_token: Option<Vec<u8>> = row.try_get("", "access_token")?;
            let refresh_token: Option<Vec<u8>> = row.try_get("", "refresh_token")?;
            if let (Some(revocation), Some(access_token)) = (revocation, access_token) {
                let tokens = (access_token, refresh_token);
                self.put_into_outbox(&transaction, revocation, (id, key), tokens).await?;
            }
            let happening = Happening::new(Kind::Disconnected, actor);
            self.append_event(&transaction, id, key, &happening).await?;
        }
        // This comes last: anything that was read before the row was deleted was read before this
        // time.
        let at = self.bury(&transaction, key.user_id, key.provider.as_str()).await?;
        transaction.commit().await?;
        self.tell_of_events();
        Ok(Removed { id, at })
    }

    /// Queues the revocation in the transaction that deletes a connection. The tokens stay sealed.
    pub(super) async fn put_into_outbox(
        &self,
        transaction: &Transaction,
        revocation: Uuid,
        (connection_id, key): (Uuid, ConnectionKey),
        (access_token, refresh_token): (Vec<u8>, Option<Vec<u8>>),
    ) -> Result<(), StoreError> {
        use revocation::Column as R;
        let now = self.now.expression(self.db.get_database_backend());
        let insert = Query::insert()
            .into_table(revocation::Entity)
            .columns([
                R::Id,
                R::ConnectionId,
                R::UserId,
                R::Provider,
                R::AccessToken,
                R::RefreshToken,
                R::DueAt,
                R::CreatedAt,
            ])
            .values_panic([
                revocation.into(),
                connection_id.into(),
                key.user_id.into(),
                key.provider.into(),
                access_token.into(),
                refresh_token.into(),
                now.clone(),
                now,
            ])
            .to_owned();
        transaction.execute(&insert).await?;
        Ok(())
    }

    /// The providers that a user is connected to, or is connecting.
    pub async fn providers_of(&self, user_id: Uuid) -> Result<Vec<Provider>, StoreError> {
        Ok(Entity::find()
            .select_only()
            .column(Column::Provider)
            .filter(Column::UserId.eq(user_id))
            .into_tuple()
            .all(&self.db)
            .await?)
    }

    /// Deletes what the database still has of a deleted user, and leaves one tombstone for all of
    /// it. Returns its time.
    pub async fn forget_user(&self, user_id: Uuid) -> Result<DateTime<Utc>, StoreError> {
        let transaction = self.db.begin().await?;
        event::Entity::delete_many()
            .filter(event::Column::UserId.eq(user_id))
            .exec(&transaction)
            .await?;
        self.end_access(&transaction, user_id, None).await?;
        import::Entity::delete_many()
            .filter(import::Column::UserId.eq(user_id))
            .exec(&transaction)
            .await?;
        webhook::Entity::delete_many()
            .filter(webhook::Column::UserId.eq(user_id))
            .exec(&transaction)
            .await?;
        missing_user::Entity::delete_by_id(user_id).exec(&transaction).await?;
        tombstone::Entity::delete_many()
            .filter(tombstone::Column::UserId.eq(user_id))
            .exec(&transaction)
            .await?;
        let at = self.bury(&transaction, user_id, EVERY_PROVIDER).await?;
        transaction.commit().await?;
        Ok(at)
    }

    /// Whether the connection was deleted, or its user, at this time or later.
    pub async fn was_removed_since(
        &self,
        key: ConnectionKey,
        moment: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let tombstones = tombstone::Entity::find()
            .filter(tombstone::Column::UserId.eq(key.user_id))
            .filter(tombstone::Column::Provider.is_in([EVERY_PROVIDER, key.provider.as_str()]))
            .filter(tombstone::Column::At.gte(moment));
        Ok(tombstones.count(&self.db).await? > 0)
    }

    /// Removes a row that was prepared for tokens that won't be written.
    pub async fn clear_prepared(&self, id: Uuid, owners: [Uuid; 2]) -> Result<(), StoreError> {
        Entity::delete_many()
            .filter(Column::Id.eq(id))
            .filter(Column::State.eq(State::Connecting))
            .filter(
                Condition::any()
                    .add(Column::LeaseOwner.is_null())
                    .add(Column::LeaseOwner.is_in(owners)),
            )
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Removes up to `batch` tombstones that are older than `older_than`. Returns how many: fewer
    /// than `batch` means that none is left, or that another replica is working on them.
    pub async fn prune_tombstones(
        &self,
        older_than: TimeDelta,
        batch: u64,
    ) -> Result<u64, StoreError> {
        use tombstone::Column as T;
        let backend = self.db.get_database_backend();
        let mut old = Query::select();
        old.columns([T::UserId, T::Provider])
            .from(tombstone::Entity)
            .and_where(Expr::col(T::At).lt(self.now.minus(backend, older_than)))
            .order_by(T::At, Order::Asc)
            .limit(batch);
        self.skip_locked(&mut old);
        let both = Expr::tuple([Expr::col(T::UserId), Expr::col(T::Provider)]);
        let delete = Query::delete()
            .from_table(tombstone::Entity)
            .and_where(both.in_subquery(old))
            .to_owned();
        Ok(self.db.execute(&delete).await?.rows_affected())
    }

    pub(super) async fn bury(
        &self,
        transaction: &Transaction,
        user_id: Uuid,
        provider: &str,
    ) -> Result<DateTime<Utc>, StoreError> {
        use tombstone::Column as T;
        let insert = Query::insert()
            .into_table(tombstone::Entity)
            .columns([T::UserId, T::Provider, T::At])
            .values_panic([
                user_id.into(),
                provider.into(),
                self.now.expression(transaction.get_database_backend()),
            ])
            .on_conflict(
                OnConflict::columns([T::UserId, T::Provider]).update_column(T::At).to_owned(),
            )
            .returning(Query::returning().column(T::At))
            .to_owned();
        let row = transaction.query_one(&insert).await?;
        let row = row.ok_or_else(|| sea_orm::DbErr::RecordNotInserted)?;
        Ok(row.try_get("", "at")?)
    }
}
