use chrono::{DateTime, Utc};
use domain::{Actor, Answer, ConnectionKey, Grant, Kind, Lease, State, Verdict};
use entity::{
    provider_connection::{Column, Entity, Model},
    revocation,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, UpdateMany,
    sea_query::{Expr, ExprTrait, Query},
};
use uuid::Uuid;

use super::{ConnectionRecord, Store, StoreError, events::Happening};

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
        // A refresh that says nothing of the refresh token's end leaves what is known of it.
        let refresh_token_expires_at = match grant.refresh_token_expires_at {
            None if grant.refresh_token.is_none() => Expr::col(Column::RefreshTokenExpiresAt),
            at => Expr::value(at),
        };
        let mut update = Entity::update_many()
            .col_expr(Column::AccessToken, Expr::value(grant.access_token.as_bytes().to_vec()))
            .col_expr(Column::AccessTokenExpiresAt, Expr::value(grant.access_token_expires_at))
            .col_expr(Column::RefreshTokenExpiresAt, refresh_token_expires_at)
            .col_expr(Column::RefreshDueAt, Expr::value(grant.refresh_due_at))
            .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
            .col_expr(Column::State, State::Active.into())
            .col_expr(Column::FailureCount, Expr::value(0))
            .col_expr(Column::FirstFailedAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::LastFailedAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::LastFailure, Expr::value(None::<String>))
            .col_expr(Column::RefusalCount, Expr::value(0))
            .col_expr(Column::FirstRefusedAt, Expr::value(None::<DateTime<Utc>>))
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
        answer: Answer,
        verdict: &Verdict,
        actor: Actor,
        evidence: &str,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let backend = self.db.get_database_backend();
        let now = self.now.expression(backend);
        let mut update = Entity::update_many()
            .col_expr(Column::State, verdict.state.into())
            .col_expr(Column::FailureCount, Expr::col(Column::FailureCount).add(1))
            .col_expr(Column::FirstFailedAt, Expr::col(Column::FirstFailedAt).if_null(now.clone()))
            .col_expr(Column::LastFailedAt, now.clone())
            .col_expr(Column::LastFailure, Expr::value(verdict.code.as_str()))
            .col_expr(Column::RefreshDueAt, self.now.plus(backend, verdict.retry_in));
        if answer.refuses_grant() {
            let first = Expr::col(Column::FirstRefusedAt).if_null(now);
            update = update.col_expr(Column::FirstRefusedAt, first);
        }
        if verdict.counts {
            let one_more = Expr::col(Column::RefusalCount).add(1);
            update = update.col_expr(Column::RefusalCount, one_more);
        }
        let kind = if verdict.state == State::ReauthenticationRequired {
            Kind::ReauthenticationRequired
        } else {
            Kind::RefreshFailed
        };
        let happening = Happening {
            detail: Some(verdict.code.as_str()),
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
