use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{
    event,
    provider_connection::{Column, Entity},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, TransactionTrait,
    UpdateMany,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::{
    Actor, Columns, ConnectionKey, ConnectionRecord, Kind, Lease, State, Store, StoreError,
};
use crate::vault::Sealed;

/// What a sign-in or a refresh brought.
#[derive(Clone, Debug)]
pub struct Grant {
    pub access_token: Sealed,
    /// `None` keeps the one that is stored.
    pub refresh_token: Option<Sealed>,
    /// `None`: no known expiry.
    pub access_token_expires_at: Option<DateTime<Utc>>,
    /// When to refresh ahead of expiry; `None`: never.
    pub refresh_due_at: Option<DateTime<Utc>>,
}

/// What a refresh that failed leaves behind.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    pub state: State,
    /// An error code of the API.
    pub code: &'static str,
    pub count: Count,
    pub retry_in: Duration,
}

/// What a failure does to the count of refusals that a grant can end by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// It is one more.
    One,
    /// It was none: the provider was not asked.
    Keep,
    /// The provider fails for everyone: what was counted before was none either.
    StartOver,
}

impl Store {
    /// Writes the tokens over the generation that the lease was taken on, and ends the lease.
    /// `None`: the lease was lost meanwhile, and nothing is written.
    pub async fn commit_grant(
        &self,
        lease: Lease,
        grant: &Grant,
        kind: Kind,
        actor: Actor,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let now = self.now.expression(self.db.get_database_backend());
        let stamp = if kind == Kind::Connected { Column::ConnectedAt } else { Column::RefreshedAt };
        let mut update = Entity::update_many()
            .col_expr(Column::AccessToken, Expr::value(grant.access_token.as_bytes().to_vec()))
            .col_expr(Column::AccessTokenExpiresAt, Expr::value(grant.access_token_expires_at))
            .col_expr(Column::RefreshDueAt, Expr::value(grant.refresh_due_at))
            .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
            .col_expr(Column::State, State::Active.into())
            .col_expr(Column::FailureCount, Expr::value(0))
            .col_expr(Column::FirstFailedAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::LastFailedAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::LastFailure, Expr::value(None::<String>))
            .col_expr(Column::UsedAt, now.clone())
            .col_expr(stamp, now);
        if let Some(refresh_token) = &grant.refresh_token {
            update = update
                .col_expr(Column::RefreshToken, Expr::value(refresh_token.as_bytes().to_vec()));
        }
        self.write(lease, update, kind, actor, None).await
    }

    /// Writes that a refresh failed, and ends the lease. `None`: the lease was lost meanwhile: what
    /// its next holder wrote stands.
    pub async fn commit_failure(
        &self,
        lease: Lease,
        failure: Failure,
        actor: Actor,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let backend = self.db.get_database_backend();
        let now = self.now.expression(backend);
        let (count, first_failed_at) = match failure.count {
            Count::One => (
                Expr::col(Column::FailureCount).add(1),
                Expr::col(Column::FirstFailedAt).if_null(now.clone()),
            ),
            Count::Keep => (Expr::col(Column::FailureCount), Expr::col(Column::FirstFailedAt)),
            Count::StartOver => (Expr::value(0), Expr::value(None::<DateTime<Utc>>)),
        };
        let update = Entity::update_many()
            .col_expr(Column::State, failure.state.into())
            .col_expr(Column::FailureCount, count)
            .col_expr(Column::FirstFailedAt, first_failed_at)
            .col_expr(Column::LastFailedAt, now)
            .col_expr(Column::LastFailure, Expr::value(failure.code))
            .col_expr(Column::RefreshDueAt, self.now.plus(backend, failure.retry_in));
        let kind = if failure.state == State::ReauthenticationRequired {
            Kind::ReauthenticationRequired
        } else {
            Kind::RefreshFailed
        };
        self.write(lease, update, kind, actor, Some(failure.code)).await
    }

    /// Removes the connection. `None`: there was none.
    pub async fn delete(
        &self,
        key: ConnectionKey,
        actor: Actor,
    ) -> Result<Option<Uuid>, StoreError> {
        let transaction = self.db.begin().await?;
        let delete = Query::delete()
            .from_table(Entity)
            .and_where(Column::UserId.eq(key.user_id))
            .and_where(Column::Provider.eq(key.provider))
            .and_where(Column::State.ne(State::Connecting))
            .returning_col(Column::Id)
            .to_owned();
        let Some(row) = transaction.query_one(&delete).await? else {
            return Ok(None);
        };
        let id: Uuid = row.try_get("", "id")?;
        self.append_event(&transaction, id, key, Kind::Disconnected, actor, None).await?;
        transaction.commit().await?;
        Ok(Some(id))
    }

    async fn write(
        &self,
        lease: Lease,
        update: UpdateMany<Entity>,
        kind: Kind,
        actor: Actor,
        detail: Option<&str>,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let transaction = self.db.begin().await?;
        let written = update
            .col_expr(Column::LeaseOwner, Expr::value(None::<Uuid>))
            .col_expr(Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
            .filter(Column::Id.eq(lease.connection_id))
            .filter(Column::LeaseOwner.eq(lease.owner))
            .filter(Column::Generation.eq(lease.generation))
            .exec(&transaction)
            .await?;
        if written.rows_affected == 0 {
            return Ok(None);
        }
        let record = Columns::ALL
            .select(&self.now, self.db.get_database_backend())
            .filter(Column::Id.eq(lease.connection_id))
            .into_model::<ConnectionRecord>()
            .one(&transaction)
            .await?;
        if let Some(record) = &record {
            self.append_event(&transaction, record.id, record.key(), kind, actor, detail).await?;
        }
        transaction.commit().await?;
        Ok(record)
    }

    async fn append_event(
        &self,
        transaction: &DatabaseTransaction,
        connection_id: Uuid,
        key: ConnectionKey,
        kind: Kind,
        actor: Actor,
        detail: Option<&str>,
    ) -> Result<(), StoreError> {
        use event::Column as E;
        let insert = Query::insert()
            .into_table(event::Entity)
            .columns([E::ConnectionId, E::UserId, E::Provider, E::Kind, E::Actor, E::At, E::Detail])
            .values_panic([
                connection_id.into(),
                key.user_id.into(),
                key.provider.into(),
                kind.into(),
                actor.into(),
                self.now.expression(transaction.get_database_backend()),
                detail.into(),
            ])
            .to_owned();
        transaction.execute(&insert).await?;
        Ok(())
    }
}
