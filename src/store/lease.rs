use std::time::Duration;

use domain::{ConnectionKey, Lease, State};
use entity::provider_connection::{Column, Entity};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict, Query},
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{ConnectionRecord, Store, StoreError, signals};

/// The end of a connection that is being created need not be checked: its sign-in sets the time of
/// the first check, and what a crash leaves behind can wait.
const LOOKED_AT_AFTER: Duration = Duration::from_hours(7 * 24);

impl Store {
    /// Makes sure that there is a row to take a lease on before there are tokens.
    pub async fn prepare(&self, key: ConnectionKey, id: Uuid) -> Result<(), StoreError> {
        let backend = self.db.get_database_backend();
        let now = self.now.expression(backend);
        let insert = Query::insert()
            .into_table(Entity)
            .columns([
                Column::Id,
                Column::UserId,
                Column::Provider,
                Column::State,
                Column::Generation,
                Column::ConnectedAt,
                Column::EndLookAt,
            ])
            .values_panic([
                id.into(),
                key.user_id.into(),
                key.provider.into(),
                State::Connecting.into(),
                0_i64.into(),
                now,
                self.now.plus(backend, LOOKED_AT_AFTER),
            ])
            .on_conflict(
                OnConflict::columns([Column::UserId, Column::Provider]).do_nothing().to_owned(),
            )
            .to_owned();
        self.db.execute(&insert).await?;
        Ok(())
    }

    /// Takes the lease if it is free or expired, and the row is unchanged. `None`: someone else has
    /// it.
    pub async fn take_lease(
        &self,
        record: &ConnectionRecord,
        owner: Uuid,
    ) -> Result<Option<Lease>, StoreError> {
        self.take_lease_at(record, owner, record.generation).await
    }

    /// Takes it for tokens that follow this generation. If the row has not reached it, tokens of between
    /// are not written; the row gets that generation, so that they come too late.
    pub async fn take_lease_at(
        &self,
        record: &ConnectionRecord,
        owner: Uuid,
        generation: i64,
    ) -> Result<Option<Lease>, StoreError> {
        let backend = self.db.get_database_backend();
        let sent = Instant::now();
        let mut update = Entity::update_many();
        if generation != record.generation {
            update = update.col_expr(Column::Generation, Expr::value(generation));
        }
        let taken = update
            .col_expr(Column::LeaseOwner, Expr::value(owner))
            .col_expr(Column::LeaseUntil, self.now.plus(backend, Lease::LASTS))
            .filter(Column::Id.eq(record.id))
            .filter(Column::Generation.eq(record.generation))
            // Someone may have tried since it was read, and failed.
            .filter(Column::FailureCount.eq(record.failure_count))
            .filter(
                Condition::any()
                    .add(Column::LeaseOwner.is_null())
                    .add(Expr::col(Column::LeaseUntil).lte(self.now.expression(backend))),
            )
            .exec(&self.db)
            .await?;
        Ok((taken.rows_affected == 1).then_some(Lease {
            connection_id: record.id,
            owner,
            generation,
            found: Some(record.state),
            deadline: Lease::deadline(sent.into_std()),
        }))
    }

    /// Releases the lease, and makes the worker skip the connection for a while, or for longer if a
    /// signal has ended it.
    pub async fn put_off_refresh(&self, lease: Lease, by: Duration) -> Result<(), StoreError> {
        let backend = self.db.get_database_backend();
        Entity::update_many()
            .col_expr(Column::LeaseOwner, Expr::value(None::<Uuid>))
            .col_expr(Column::RefreshDueAt, signals::due_unless_ended(self.now.plus(backend, by)))
            .filter(Column::Id.eq(lease.connection_id))
            .filter(Column::LeaseOwner.eq(lease.owner))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Releases the lease without a commit. A row that never had tokens is removed.
    pub async fn release_lease(&self, lease: Lease) -> Result<(), StoreError> {
        Entity::delete_many()
            .filter(Column::Id.eq(lease.connection_id))
            .filter(Column::LeaseOwner.eq(lease.owner))
            .filter(Column::State.eq(State::Connecting))
            .exec(&self.db)
            .await?;
        Entity::update_many()
            .col_expr(Column::LeaseOwner, Expr::value(None::<Uuid>))
            .filter(Column::Id.eq(lease.connection_id))
            .filter(Column::LeaseOwner.eq(lease.owner))
            .exec(&self.db)
            .await?;
        Ok(())
    }
}
