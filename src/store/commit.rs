use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    Actor, Answer, BroughtScopes, FailureCode, Forecast, Grant, Kind, Lease, Sealed, State,
    StateChange, Verdict,
};
use entity::{
    provider_connection::{Column, Entity, Model},
    revocation,
};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, UpdateMany,
    sea_query::{Expr, ExprTrait, LockType, SimpleExpr},
};
use uuid::Uuid;

use super::{
    ConnectionRecord, Store, StoreError, ends, events::Happening, now::is_at, scopes, signals,
};

impl Store {
    /// Writes the tokens of a sign-in over the generation that the lease was taken on, and ends the
    /// lease. `None`: the lease was lost, and nothing is written.
    ///
    /// `commit_id` names this write for [`Store::was_committed`].
    pub async fn commit_sign_in(
        &self,
        lease: Lease,
        grant: &Grant,
        actor: &Actor,
        commit_id: Uuid,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let now = self.now.expression(self.db.get_database_backend());
        let works = works()
            .into_iter()
            .fold(Entity::update_many(), |update, (column, value)| update.col_expr(column, value));
        let mut update = ends::after_sign_in(works, grant, &now)
            .col_expr(Column::AccessToken, Expr::value(grant.access_token.as_bytes().to_vec()))
            .col_expr(Column::AccessTokenExpiresAt, Expr::value(grant.access_token_expires_at))
            .col_expr(Column::RefreshDueAt, Expr::value(grant.refresh_due_at))
            .col_expr(Column::ConnectedAt, now.clone())
            .col_expr(Column::Account, Expr::value(None::<Vec<u8>>));
        if *actor != Actor::Worker {
            update = update.col_expr(Column::UsedAt, now);
        }
        if let Some(refresh_token) = &grant.refresh_token {
            update = update
                .col_expr(Column::RefreshToken, Expr::value(refresh_token.as_bytes().to_vec()));
        }
        // A token from an earlier sign-in may belong to another account, so it stays unproven until
        // it has proved to belong to this one.
        let unproven = if grant.refresh_token.is_none() {
            Expr::col(Column::RefreshToken).is_not_null()
        } else {
            Expr::value(false)
        };
        update = update.col_expr(Column::RefreshTokenUnproven, unproven.clone());
        update = self.due_for_look_up(update, unproven);
        update = scopes::begin_with(update, &grant.scopes);
        let happening =
            Happening { commit_id: Some(commit_id), ..Happening::new(Kind::Connected, actor) };
        let stamped = |row: &Model| Some(row.connected_at);
        self.write(lease, update, &grant.scopes, happening, stamped, |_| false).await
    }

    /// Writes that a refresh failed, and ends the lease. `None`: the lease was lost, and the write
    /// of its next holder stands. If a signal has ended the grant in the meantime, that stands as
    /// well, unless the verdict ends it too.
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
        let retry_at = self.now.plus(backend, verdict.retry_in);
        let ends = verdict.state == State::ReauthenticationRequired;
        let due = if ends { retry_at } else { signals::due_unless_ended(retry_at) };
        let mut update = left_in(verdict.state, verdict.code)
            .col_expr(Column::FailureCount, Expr::col(Column::FailureCount).add(1))
            .col_expr(Column::FirstFailedAt, Expr::col(Column::FirstFailedAt).if_null(now.clone()))
            .col_expr(Column::LastFailedAt, now.clone())
            .col_expr(Column::RefreshDueAt, due);
        if answer.refuses_grant() {
            let first = Expr::col(Column::FirstRefusedAt).if_null(now);
            update = update.col_expr(Column::FirstRefusedAt, first);
        }
        if verdict.counts {
            let one_more = Expr::col(Column::RefusalCount).add(1);
            update = update.col_expr(Column::RefusalCount, one_more);
        }
        let kind = if ends { Kind::ReauthenticationRequired } else { Kind::RefreshFailed };
        let happening = Happening {
            detail: Some(verdict.code.as_str()),
            evidence: Some(evidence),
            ..Happening::new(kind, actor)
        };
        self.write_failure(lease, update, happening).await
    }

    /// Removes a refresh token that could not be shown to belong to the account that signed in, and
    /// ends the lease. The access token stays, unless a signal has ended its grant. `None`: the
    /// lease was lost.
    pub async fn commit_without_refresh_token(
        &self,
        lease: Lease,
        actor: &Actor,
        evidence: &str,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let update = left_in(State::Active, FailureCode::NotRefreshable)
            .col_expr(Column::RefreshToken, Expr::value(None::<Vec<u8>>))
            .col_expr(Column::RefreshTokenUnproven, Expr::value(false))
            .col_expr(Column::Account, Expr::value(None::<Vec<u8>>))
            .col_expr(Column::RefreshDueAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::EndLookAt, ends::at_once())
            .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
            .col_expr(Column::FailureCount, Expr::value(0))
            .col_expr(Column::FirstFailedAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::LastFailedAt, self.now.expression(self.db.get_database_backend()));
        let happening = Happening {
            detail: Some(FailureCode::NotRefreshable.as_str()),
            evidence: Some(evidence),
            ..Happening::new(Kind::RefreshFailed, actor)
        };
        self.write_failure(lease, update, happening).await
    }

    /// Writes that a refresh with an unproven refresh token returned tokens that can't be proved
    /// now, and ends the lease. A `rotated` refresh token replaces it, still unproven. `None`: the
    /// lease was lost.
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
        let code = FailureCode::UpstreamUnavailable;
        let due = signals::due_unless_ended(self.now.plus(backend, retry_in));
        let mut update = left_in(State::RefreshFailing, code)
            .col_expr(Column::FailureCount, Expr::col(Column::FailureCount).add(1))
            .col_expr(Column::FirstFailedAt, Expr::col(Column::FirstFailedAt).if_null(now.clone()))
            .col_expr(Column::LastFailedAt, now)
            .col_expr(Column::RefreshDueAt, due);
        if let Some(rotated) = rotated {
            update = update
                .col_expr(Column::RefreshToken, Expr::value(rotated.as_bytes().to_vec()))
                .col_expr(Column::Generation, Expr::col(Column::Generation).add(1));
        }
        let happening = Happening {
            detail: Some(code.as_str()),
            evidence: Some(evidence),
            ..Happening::new(Kind::RefreshFailed, actor)
        };
        self.write_failure(lease, update, happening).await
    }

    /// Stores the account of the access token, unless it was replaced since `of` was read.
    pub async fn note_account(
        &self,
        of: &ConnectionRecord,
        account: &Sealed,
    ) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::Account, Expr::value(account.as_bytes().to_vec()))
            .filter(Column::Id.eq(of.id))
            .filter(Column::Generation.eq(of.generation))
            .filter(is_at(Column::ConnectedAt, of.connected_at))
            .filter(Column::RefreshTokenUnproven.eq(true))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// One update that begins with [`left_in`], and its event.
    async fn write_failure(
        &self,
        lease: Lease,
        update: UpdateMany<Entity>,
        happening: Happening<'_>,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let stamped = |row: &Model| row.last_failed_at;
        let signalled = |row: &Model| row.signalled_at.is_some();
        self.write(lease, update, &BroughtScopes::Nothing, happening, stamped, signalled).await
    }

    /// One update under the lease, which it ends, and the event that reports it. `stamped` is the
    /// column that the update set to now, and `signalled` says whether a signal had ended the
    /// connection when it was written.
    async fn write(
        &self,
        lease: Lease,
        update: UpdateMany<Entity>,
        scopes: &BroughtScopes,
        mut happening: Happening<'_>,
        stamped: impl Fn(&Model) -> Option<DateTime<Utc>>,
        signalled: impl Fn(&Model) -> bool,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        // A lease of a process that died doesn't know the state before. And a sign-in overwrites
        // everything that would show that a signal has ended the connection since.
        let is_unknown = lease.found.is_none() || happening.kind == Kind::Connected;
        let asks = is_unknown && self.writes_webhooks();
        let transaction = self.db.begin_to_write().await?;
        let mut before: Option<State> = if asks {
            let mut state = Entity::find_by_id(lease.connection_id).select_only();
            if self.db.get_database_backend() == DbBackend::Postgres {
                state = state.lock(LockType::Update);
            }
            state.column(Column::State).into_tuple().one(&transaction).await?
        } else {
            lease.found
        };
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
        if signalled(&row) {
            before = Some(State::ReauthenticationRequired);
            // The statement failed, and changed nothing.
            if happening.kind == Kind::RefreshFailed {
                happening.kind = Kind::ReauthenticationRequired;
                happening.detail = Some(FailureCode::ReauthenticationRequired.as_str());
            }
        }
        happening.change = change(before, &row, now);
        let mut record = ConnectionRecord::of_row(row, now);
        self.append_event(&transaction, record.id, record.key(), &happening).await?;
        self.write_brought_scopes(&transaction, &mut record, scopes, happening.actor).await?;
        if happening.kind == Kind::Connected {
            // At most providers, revoking the grant before this one would revoke this one too.
            revocation::Entity::delete_many()
                .filter(revocation::Column::UserId.eq(record.user_id))
                .filter(revocation::Column::Provider.eq(record.provider))
                .exec(&transaction)
                .await?;
            self.supersede_receipts(&transaction, record.key()).await?;
        }
        fail::fail_point!("commit.written");
        transaction.commit().await?;
        fail::fail_point!("commit.untold");
        self.tell_of_events();
        Ok(Some(record))
    }
}

/// The update of a failed refresh: it leaves the connection in `state`, unless a signal has ended
/// it.
fn left_in(state: State, code: FailureCode) -> UpdateMany<Entity> {
    let code = Expr::value(code.as_str());
    Entity::update_many()
        .col_expr(Column::State, signals::unless_ended(Column::State, state.into()))
        .col_expr(Column::LastFailure, signals::unless_ended(Column::LastFailure, code))
        // Clears a signal that a server of the previous release left behind.
        .col_expr(Column::SignalledAt, signals::while_ended())
}

/// What every success sets: the connection works, and its failures are over.
pub(super) fn works() -> [(Column, SimpleExpr); 9] {
    [
        (Column::SignalledAt, Expr::value(None::<DateTime<Utc>>)),
        (Column::Generation, Expr::col((Entity, Column::Generation)).add(1)),
        (Column::State, State::Active.into()),
        (Column::FailureCount, Expr::value(0)),
        (Column::FirstFailedAt, Expr::value(None::<DateTime<Utc>>)),
        (Column::LastFailedAt, Expr::value(None::<DateTime<Utc>>)),
        (Column::LastFailure, Expr::value(None::<String>)),
        (Column::RefusalCount, Expr::value(0)),
        (Column::FirstRefusedAt, Expr::value(None::<DateTime<Utc>>)),
    ]
}

/// What an event reports of a write.
pub(super) fn change(before: Option<State>, row: &Model, now: DateTime<Utc>) -> StateChange {
    let expires_at = row.access_token_expires_at;
    let is_over = row.refresh_token.is_none() && expires_at.is_some_and(|at| at <= now);
    let after = if is_over { State::ReauthenticationRequired } else { row.state };
    // The job that checks the ends takes care of a longer lifetime.
    let expires_soon = expires_at.is_some_and(|at| at - row.connected_at < Forecast::SHORTEST_LIFE);
    StateChange { before, after: Some(after), expires_soon }
}
