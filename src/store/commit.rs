use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{Actor, Answer, FailureCode, Grant, Kind, Lease, Sealed, State, Verdict};
use entity::{
    provider_connection::{Column, Entity, Model},
    revocation,
};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, UpdateMany,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{ConnectionRecord, Store, StoreError, ends, events::Happening};

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
        actor: &Actor,
        commit_id: Uuid,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let now = self.now.expression(self.db.get_database_backend());
        let connects = kind == Kind::Connected;
        let stamp = if connects { Column::ConnectedAt } else { Column::RefreshedAt };
        let mut update = ends::after_grant(Entity::update_many(), grant, connects, &now)
            .col_expr(Column::AccessToken, Expr::value(grant.access_token.as_bytes().to_vec()))
            .col_expr(Column::AccessTokenExpiresAt, Expr::value(grant.access_token_expires_at))
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
        if *actor != Actor::Worker {
            update = update.col_expr(Column::UsedAt, now);
        }
        if let Some(refresh_token) = &grant.refresh_token {
            update = update
                .col_expr(Column::RefreshToken, Expr::value(refresh_token.as_bytes().to_vec()));
        }
        // What an earlier sign-in left may be another account's: it stays, until it has proved to be
        // of this one. A refresh is committed only when it has.
        let unproven = if connects && grant.refresh_token.is_none() {
            Expr::col(Column::RefreshToken).is_not_null()
        } else {
            Expr::value(false)
        };
        update = update.col_expr(Column::RefreshTokenUnproven, unproven.clone());
        if connects {
            update = update.col_expr(Column::Account, Expr::value(None::<Vec<u8>>));
            update = self.due_for_look_up(update, unproven);
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
        actor: &Actor,
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

    /// Removes a refresh token that could not be shown to be of the account that has signed in, and
    /// ends the lease. The access token stays. `None`: the lease was lost meanwhile.
    pub async fn commit_without_refresh_token(
        &self,
        lease: Lease,
        actor: &Actor,
        evidence: &str,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::RefreshToken, Expr::value(None::<Vec<u8>>))
            .col_expr(Column::RefreshTokenUnproven, Expr::value(false))
            .col_expr(Column::Account, Expr::value(None::<Vec<u8>>))
            .col_expr(Column::RefreshDueAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::EndLookAt, ends::at_once())
            .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
            .col_expr(Column::State, State::Active.into())
            .col_expr(Column::FailureCount, Expr::value(0))
            .col_expr(Column::FirstFailedAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::LastFailedAt, self.now.expression(self.db.get_database_backend()))
            .col_expr(Column::LastFailure, Expr::value(FailureCode::NotRefreshable.as_str()));
        let happening = Happening {
            detail: Some(FailureCode::NotRefreshable.as_str()),
            evidence: Some(evidence),
            ..Happening::new(Kind::RefreshFailed, actor)
        };
        self.write(lease, update, happening, |row| row.last_failed_at).await
    }

    /// Writes that a refresh with an unproven refresh token brought what can't be proved now, and
    /// ends the lease. A `rotated` refresh token replaces it, as unproven. `None`: the lease was lost
    /// meanwhile.
    pub async fn commit_unproven(
        &self,
        lease: Lease,
        rotated: Option<&Sealed>,
        retry_in: Duration,
        actor: &Actor,
        evidence: &str,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let backend = self.db.get_database_backend();
        let now = self.now.expression(backend);
        let code = FailureCode::UpstreamUnavailable.as_str();
        let mut update = Entity::update_many()
            .col_expr(Column::State, State::RefreshFailing.into())
            .col_expr(Column::FailureCount, Expr::col(Column::FailureCount).add(1))
            .col_expr(Column::FirstFailedAt, Expr::col(Column::FirstFailedAt).if_null(now.clone()))
            .col_expr(Column::LastFailedAt, now)
            .col_expr(Column::LastFailure, Expr::value(code))
            .col_expr(Column::RefreshDueAt, self.now.plus(backend, retry_in));
        if let Some(rotated) = rotated {
            update = update
                .col_expr(Column::RefreshToken, Expr::value(rotated.as_bytes().to_vec()))
                .col_expr(Column::Generation, Expr::col(Column::Generation).add(1));
        }
        let happening = Happening {
            detail: Some(code),
            evidence: Some(evidence),
            ..Happening::new(Kind::RefreshFailed, actor)
        };
        self.write(lease, update, happening, |row| row.last_failed_at).await
    }

    /// Keeps whose access token it is, unless it was replaced since `of` was read.
    pub async fn note_account(
        &self,
        of: &ConnectionRecord,
        account: &Sealed,
    ) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::Account, Expr::value(account.as_bytes().to_vec()))
            .filter(Column::Id.eq(of.id))
            .filter(Column::Generation.eq(of.generation))
            .filter(Column::ConnectedAt.eq(of.connected_at))
            .filter(Column::RefreshTokenUnproven.eq(true))
            .exec(&self.db)
            .await?;
        Ok(())
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
            self.supersede_receipts(&transaction, record.key()).await?;
        }
        transaction.commit().await?;
        self.tell_of_events();
        Ok(Some(record))
    }
}
