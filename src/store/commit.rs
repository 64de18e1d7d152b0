use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{
    provider_connection::{Column, Entity, Model},
    revocation,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, UpdateMany,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::{
    Actor, ConnectionKey, ConnectionRecord, Kind, Lease, State, Store, StoreError,
    events::Happening,
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
    ///
    /// `commit_id` names this write for [`Store::was_committed`].
    pub async fn commit_grant(
        &self,
        lease: Lease,
        grant: &Grant,
        kind: Kind,
        actor: Actor,
        commit_id: Uuid,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let now = self.now.expression(self.db.get_database_backend());
        let connects = kind == Kind::Connected;
        let stamp = if connects { Column::ConnectedAt } else { Column::RefreshedAt };
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
            .col_expr(stamp, now.clone());
        if actor != Actor::Worker {
            update = update.col_expr(Column::UsedAt, now);
        }
        if let Some(refresh_token) = &grant.refresh_token {
            update = update
                .col_expr(Column::RefreshToken, Expr::value(refresh_token.as_bytes().to_vec()));
        }
        let happening = Happening { commit_id: Some(commit_id), ..Happening::new(kind, actor) };
        let stamped = move |row: &Model| {
            if connects { Some(row.connected_at) } else { row.refreshed_at }
        };
        self.write(lease, update, happening, stamped).await
    }

    /// Writes that a refresh failed, and ends the lease. `None`: the lease was lost meanwhile: what
    /// its next holder wrote stands.
    pub async fn commit_failure(
        &self,
        lease: Lease,
        failure: Failure,
        actor: Actor,
        evidence: &str,
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
        let happening = Happening {
            detail: Some(failure.code),
            evidence: Some(evidence),
            ..Happening::new(kind, actor)
        };
        self.write(lease, update, happening, |row| row.last_failed_at).await
    }

    /// Removes the connection; if `revocation` names one, what the provider is to be told goes
    /// into the outbox in the same transaction. `None`: there was none.
    pub async fn delete(
        &self,
        key: ConnectionKey,
        actor: Actor,
        revocation: Option<Uuid>,
    ) -> Result<Option<Uuid>, StoreError> {
        let backend = self.db.get_database_backend();
        let transaction = self.db.begin().await?;
        let delete = Query::delete()
            .from_table(Entity)
            .and_where(Column::UserId.eq(key.user_id))
            .and_where(Column::Provider.eq(key.provider))
            .and_where(Column::State.ne(State::Connecting))
            .returning(Query::returning().columns([
                Column::Id,
                Column::AccessToken,
                Column::RefreshToken,
            ]))
            .to_owned();
        let Some(row) = transaction.query_one(&delete).await? else {
            return Ok(None);
        };
        let id: Uuid = row.try_get("", "id")?;
        let access_token: Option<Vec<u8>> = row.try_get("", "access_token")?;
        let refresh_token: Option<Vec<u8>> = row.try_get("", "refresh_token")?;
        if let (Some(revocation), Some(access_token)) = (revocation, access_token) {
            use revocation::Column as R;
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
                    id.into(),
                    key.user_id.into(),
                    key.provider.into(),
                    access_token.into(),
                    refresh_token.into(),
                    self.now.expression(backend),
                    self.now.expression(backend),
                ])
                .to_owned();
            transaction.execute(&insert).await?;
        }
        self.append_event(&transaction, id, key, &Happening::new(Kind::Disconnected, actor))
            .await?;
        transaction.commit().await?;
        self.tell_of_events();
        Ok(Some(id))
    }

    /// One update under the lease, which it ends, and the event that tells of it. `stamped` gives
    /// the column that the update set to now.
    async fn write(
        &self,
        lease: Lease,
        update: UpdateMany<Entity>,
        happening: Happening<'_>,
        stamped: impl Fn(&Model) -> Option<DateTime<Utc>>,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let transaction = self.db.begin().await?;
        let written = update
            .col_expr(Column::LeaseOwner, Expr::value(None::<Uuid>))
            .col_expr(Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
            .filter(Column::Id.eq(lease.connection_id))
            .filter(Column::LeaseOwner.eq(lease.owner))
            .filter(Column::Generation.eq(lease.generation))
            .exec_with_returning(&transaction)
            .await?;
        let Some(row) = written.into_iter().next() else { return Ok(None) };
        let now = stamped(&row).unwrap_or(row.connected_at);
        let record = ConnectionRecord::of_row(row, now);
        self.append_event(&transaction, record.id, record.key(), &happening).await?;
        if happening.kind == Kind::Connected {
            // To revoke the grant before this one would, at most providers, revoke this one too.
            revocation::Entity::delete_many()
                .filter(revocation::Column::UserId.eq(record.user_id))
                .filter(revocation::Column::Provider.eq(record.provider))
                .exec(&transaction)
                .await?;
        }
        transaction.commit().await?;
        self.tell_of_events();
        Ok(Some(record))
    }
}
