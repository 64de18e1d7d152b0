//! What a provider's signal does to connections, and which signals were heard already.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Actor, ConnectionKey, FailureCode, Kind, Provider, Sealed, State};
use entity::{
    provider_connection::{Column, Entity},
    signal,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, Order, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType, OnConflict, Query, SimpleExpr},
};
use uuid::Uuid;

use super::{Store, StoreError, Transaction, events::Happening};

/// A signal that ended connections is believed for so long before they are tried again, as others
/// that have ended are.
const BELIEVED_FOR: std::time::Duration = std::time::Duration::from_hours(24);

/// Clocks of providers differ from the database's, and many give whole seconds. What was written
/// this shortly before a signal may be newer than what the signal is about.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::seconds(5);

/// A connection is not refreshed again for a signal that proves nothing if that was done so lately.
const LATELY: TimeDelta = TimeDelta::minutes(5);

/// What a signal is about, and what it does.
#[derive(Clone, Debug)]
pub struct SignalEffect<'a> {
    pub provider: Provider,
    pub of: SignalledRows<'a>,
    /// Whether it ends grants, or is a reason to refresh.
    pub ends: bool,
    /// By the provider's clock.
    pub at: DateTime<Utc>,
    /// 32 bytes by which a repetition is known.
    pub id: &'a [u8],
    /// The same of its content: if that was heard before by another id, it is but a reason to refresh.
    pub content: Option<&'a [u8]>,
    /// What was seen.
    pub evidence: &'a str,
}

/// Whose connections.
#[derive(Clone, Copy, Debug)]
pub enum SignalledRows<'a> {
    /// Of the account with one of these digests: one for each key.
    Account(&'a [Vec<u8>]),
    Connection(Uuid),
}

/// What a signal has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signalled {
    /// It was heard before.
    pub repeated: bool,
    /// Connections whose users have to sign in again.
    pub ended: Vec<(Uuid, ConnectionKey)>,
    /// How many connections are refreshed at once, to find out.
    pub checked: u64,
}

/// A sealed refresh token and whose it is.
#[derive(Clone, Debug)]
pub struct SealedRefreshToken {
    pub connection_id: Uuid,
    pub user_id: Uuid,
    pub refresh_token: Sealed,
}

impl Store {
    /// Writes what a signal means. One that is of no connection writes nothing, so that a flood of
    /// them costs a read each.
    ///
    /// Leases stay where they are, and generations: a refresh that is under way commits as ever, and
    /// is followed by another at once (`signalled_at`), because it may have been answered before the
    /// grant ended.
    pub async fn signal(&self, effect: &SignalEffect<'_>) -> Result<Signalled, StoreError> {
        let concerns = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(effect.rows())
            .into_tuple::<Uuid>()
            .one(&self.db)
            .await?;
        if concerns.is_none() {
            return Ok(Signalled::default());
        }
        let transaction = self.db.begin().await?;
        if !self.is_first(&transaction, effect.provider, effect.id).await? {
            return Ok(Signalled { repeated: true, ..Signalled::default() });
        }
        let is_new = match effect.content {
            Some(content) => self.is_first(&transaction, effect.provider, content).await?,
            None => true,
        };
        let mut signalled = Signalled::default();
        if effect.ends && is_new {
            signalled.ended = self.end(&transaction, effect).await?;
        }
        signalled.checked = self.check_soon(&transaction, effect, is_new).await?;
        let happening = Happening {
            detail: Some(FailureCode::ReauthenticationRequired.as_str()),
            evidence: Some(effect.evidence),
            ..Happening::new(Kind::ReauthenticationRequired, &Actor::Worker)
        };
        for (id, key) in &signalled.ended {
            self.append_event(&transaction, *id, *key, &happening).await?;
        }
        transaction.commit().await?;
        if !signalled.ended.is_empty() {
            self.tell_of_events();
        }
        Ok(signalled)
    }

    /// Notes the id. Of two that come at once the later waits for the earlier, and is not the first.
    async fn is_first(
        &self,
        transaction: &Transaction,
        provider: Provider,
        id: &[u8],
    ) -> Result<bool, StoreError> {
        use signal::Column as S;
        let insert = Query::insert()
            .into_table(signal::Entity)
            .columns([S::Id, S::Provider, S::ReceivedAt])
            .values_panic([
                id.to_vec().into(),
                provider.into(),
                self.now.expression(transaction.get_database_backend()),
            ])
            .on_conflict(OnConflict::column(S::Id).do_nothing().to_owned())
            .to_owned();
        Ok(transaction.execute(&insert).await?.rows_affected() > 0)
    }

    /// Ends what the signal is certainly about: connections that were neither signed in to nor
    /// refreshed since.
    async fn end(
        &self,
        transaction: &Transaction,
        effect: &SignalEffect<'_>,
    ) -> Result<Vec<(Uuid, ConnectionKey)>, StoreError> {
        let backend = transaction.get_database_backend();
        let now = || self.now.expression(backend);
        let expires_at = Expr::col(Column::AccessTokenExpiresAt);
        // The provider takes the access token no longer, whenever it would have expired.
        let expired = Expr::case(expires_at.clone().lt(now()), expires_at).finally(now());
        let ended = Entity::update_many()
            .col_expr(Column::State, State::ReauthenticationRequired.into())
            .col_expr(Column::AccessTokenExpiresAt, expired.into())
            .col_expr(Column::SignalledAt, now())
            .col_expr(Column::FailureCount, Expr::col(Column::FailureCount).add(1))
            .col_expr(Column::FirstFailedAt, Expr::col(Column::FirstFailedAt).if_null(now()))
            .col_expr(Column::LastFailedAt, now())
            .col_expr(
                Column::LastFailure,
                Expr::value(FailureCode::ReauthenticationRequired.as_str()),
            )
            .col_expr(Column::RefreshDueAt, self.now.plus(backend, BELIEVED_FOR))
            .filter(effect.rows())
            .filter(Column::State.ne(State::ReauthenticationRequired))
            .filter(written_after(effect.at - CLOCKS_DIFFER_BY).not())
            .filter(effect.is_certain())
            .exec_with_returning(transaction)
            .await?;
        Ok(ended
            .into_iter()
            .map(|row| (row.id, ConnectionKey { user_id: row.user_id, provider: row.provider }))
            .collect())
    }

    /// Makes due at once what the signal may be about: it ends nothing, or came close to a sign-in or
    /// refresh. A sign-in that is clearly newer than a signal is left alone.
    async fn check_soon(
        &self,
        transaction: &Transaction,
        effect: &SignalEffect<'_>,
        is_new: bool,
    ) -> Result<u64, StoreError> {
        let backend = transaction.get_database_backend();
        let update = Entity::update_many()
            .col_expr(Column::RefreshDueAt, self.now.expression(backend))
            .filter(effect.rows())
            .filter(Column::RefreshToken.is_not_null());
        let checked = if effect.ends && is_new {
            update
                .filter(Column::State.ne(State::ReauthenticationRequired))
                .filter(written_after(effect.at - CLOCKS_DIFFER_BY).or(effect.is_certain().not()))
                .filter(written_after(effect.at + CLOCKS_DIFFER_BY).not())
        } else {
            update.filter(written_after_expression(self.now.minus(backend, LATELY)).not())
        };
        Ok(checked.exec(transaction).await?.rows_affected)
    }

    /// The next sealed refresh tokens of a provider behind `after`, in the order of their ids.
    pub async fn refresh_tokens_behind(
        &self,
        provider: Provider,
        after: Uuid,
        limit: u64,
    ) -> Result<Vec<SealedRefreshToken>, StoreError> {
        let rows: Vec<(Uuid, Uuid, Vec<u8>)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::UserId, Column::RefreshToken])
            .filter(Column::Provider.eq(provider))
            .filter(Column::RefreshToken.is_not_null())
            .filter(Column::Id.gt(after))
            .order_by_asc(Column::Id)
            .limit(limit)
            .into_tuple()
            .all(&self.db)
            .await?;
        let sealed = rows.into_iter().map(|(connection_id, user_id, refresh_token)| {
            let refresh_token = Sealed::from_bytes(refresh_token);
            SealedRefreshToken { connection_id, user_id, refresh_token }
        });
        Ok(sealed.collect())
    }

    /// Forgets up to `batch` signals that came so long ago. Answers how many there were.
    pub async fn prune_signals(
        &self,
        older_than: TimeDelta,
        batch: u64,
    ) -> Result<u64, StoreError> {
        use signal::Column as S;
        let backend = self.db.get_database_backend();
        let mut old = Query::select();
        old.column(S::Id)
            .from(signal::Entity)
            .and_where(Expr::col(S::ReceivedAt).lt(self.now.minus(backend, older_than)))
            .order_by(S::ReceivedAt, Order::Asc)
            .limit(batch);
        if backend == DbBackend::Postgres {
            old.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        let pruned =
            signal::Entity::delete_many().filter(S::Id.in_subquery(old)).exec(&self.db).await?;
        Ok(pruned.rows_affected)
    }
}

impl SignalEffect<'_> {
    /// The connections that it is about. One that is being made has no account yet.
    fn rows(&self) -> Condition {
        let of = match self.of {
            SignalledRows::Account(digests) => Column::AccountDigest.is_in(digests.iter().cloned()),
            SignalledRows::Connection(id) => Column::Id.eq(id),
        };
        Condition::all()
            .add(of)
            .add(Column::Provider.eq(self.provider))
            .add(Column::State.ne(State::Connecting))
    }

    /// Whether the digest is of the last sign-in's account: it may not have been looked up yet.
    fn is_certain(&self) -> SimpleExpr {
        match self.of {
            SignalledRows::Account(_) => Expr::col(Column::ProfileConnectedAt)
                .is_not_null()
                .and(Expr::col(Column::ProfileConnectedAt).eq(Expr::col(Column::ConnectedAt))),
            // By the token itself.
            SignalledRows::Connection(_) => Expr::value(1).eq(1),
        }
    }
}

/// Whether the user has signed in, or a refresh has succeeded, after this time: then the grant was
/// alive.
fn written_after(at: DateTime<Utc>) -> SimpleExpr {
    written_after_expression(Expr::value(at))
}

fn written_after_expression(at: SimpleExpr) -> SimpleExpr {
    let refreshed = Expr::col(Column::RefreshedAt).gt(at.clone());
    // NULL is no time: the condition is turned round as a whole.
    let refreshed = Expr::col(Column::RefreshedAt).is_not_null().and(refreshed);
    Expr::col(Column::ConnectedAt).gt(at).or(refreshed)
}
