//! Applies a provider's signal to connections, and remembers which signals were already received.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Actor, ConnectionKey, FailureCode, Kind, Provider, Sealed, State};
use entity::{
    provider_connection::{Column, Entity},
    signal,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, Order, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Func, OnConflict, Query, SelectStatement, SimpleExpr},
};
use uuid::Uuid;

use super::{ConnectionRecord, Store, StoreError, Transaction, due::later, events::Happening};

/// A signal that ended connections is believed for so long before they are tried again, as others
/// that have ended are.
const BELIEVED_FOR: std::time::Duration = std::time::Duration::from_hours(24);

/// Clocks of providers differ from the database's, and many give whole seconds. What was written
/// this shortly before a signal may be newer than what the signal is about.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::seconds(5);

/// For a signal that ends nothing, a connection is refreshed so long after the last refresh at the
/// earliest: not every provider signs the id by which a repetition is known.
const JUST_NOW: TimeDelta = TimeDelta::seconds(5);

/// The same where the last refresh has failed, and so has its own time to be tried again; and after
/// anything else, too, where nobody signs signals: anybody may send them in any number.
const LATELY: TimeDelta = TimeDelta::minutes(5);

/// What a signal is about, and what it does.
#[derive(Clone, Debug)]
pub struct SignalEffect<'a> {
    pub provider: Provider,
    pub of: SignalledRows<'a>,
    pub aim: SignalAim,
    /// By the provider's clock.
    pub at: DateTime<Utc>,
    /// Since when it may hold; not after `at`.
    pub since: DateTime<Utc>,
    /// 32 bytes by which a repetition is known.
    pub id: &'a [u8],
    /// What was seen.
    pub evidence: &'a str,
}

/// What it is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalAim {
    /// End grants.
    End,
    /// Have connections refreshed that may have ended.
    Check,
    /// The same, but not often: anybody may have asked for it.
    CheckRarely,
    /// The same as `Check`, including those that have ended: they may work again.
    Revive,
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
    /// Writes the effect of a signal. A signal about no connection writes nothing, so each one of a
    /// flood costs one read. While the provider is being asked for the account of a sign-in, the
    /// signal is also kept for that sign-in.
    ///
    /// Leases and generations stay as they are. A refresh in progress commits as usual and is followed
    /// by another immediately (`signalled_at`), because it may have been answered before the grant
    /// ended.
    pub async fn signal(&self, effect: &SignalEffect<'_>) -> Result<Signalled, StoreError> {
        let (mut is_of_some, may_be_early) = self.whom_it_is_of(effect).await?;
        if !is_of_some && !may_be_early {
            return Ok(Signalled::default());
        }
        let transaction = self.db.begin_to_write().await?;
        if let (true, SignalledRows::Account(digests)) = (may_be_early, effect.of) {
            // An account may have become known meanwhile.
            is_of_some = self.keep_early_signal(&transaction, digests, effect).await?;
        }
        // The look-up that applies a kept signal stores its id.
        if is_of_some && !self.is_first(&transaction, effect.provider, effect.id).await? {
            return Ok(Signalled { repeated: true, ..Signalled::default() });
        }
        let signalled = if is_of_some {
            self.take_effect(&transaction, effect).await?
        } else {
            Signalled::default()
        };
        fail::fail_point!("signal.written");
        transaction.commit().await?;
        fail::fail_point!("signal.committed");
        if !signalled.ended.is_empty() {
            self.tell_of_events();
        }
        Ok(signalled)
    }

    /// Whether it is of a connection, and whether it may be of one whose account is not known yet: both
    /// at one moment.
    async fn whom_it_is_of(&self, effect: &SignalEffect<'_>) -> Result<(bool, bool), StoreError> {
        let select = Query::select()
            .expr_as(Expr::exists(effect.connections()), "is_of_some")
            .expr_as(self.may_be_early(effect), "may_be_early")
            .to_owned();
        let row = self.db.query_one(&select).await?;
        let row = row.ok_or_else(StoreError::unanswered)?;
        Ok((row.try_get("", "is_of_some")?, row.try_get("", "may_be_early")?))
    }

    /// Ends what it is certainly about, makes due what it may be about, and appends the events.
    pub(super) async fn take_effect(
        &self,
        transaction: &Transaction,
        effect: &SignalEffect<'_>,
    ) -> Result<Signalled, StoreError> {
        let mut signalled = Signalled::default();
        if effect.aim == SignalAim::End {
            signalled.ended = self.end(transaction, effect).await?;
        }
        signalled.checked = self.check_soon(transaction, effect).await?;
        self.append_ends(transaction, &signalled.ended, effect.evidence).await?;
        Ok(signalled)
    }

    /// Ends a connection whose access token its provider has refused, unless there was a sign-in or a
    /// refresh since `of` was read. Answers whether it did.
    pub async fn end_refused(
        &self,
        of: &ConnectionRecord,
        evidence: &str,
    ) -> Result<bool, StoreError> {
        let connected_at = of.connected_at;
        let written_at = of.refreshed_at.map_or(connected_at, |at| Ord::max(at, connected_at));
        // The time of what was read is known, so nothing is left open. SQLite has milliseconds.
        let until = written_at + CLOCKS_DIFFER_BY + TimeDelta::milliseconds(1);
        let effect = SignalEffect {
            provider: of.provider,
            of: SignalledRows::Connection(of.id),
            aim: SignalAim::End,
            at: until,
            since: until,
            id: &[],
            evidence,
        };
        let transaction = self.db.begin().await?;
        let ended = self.end(&transaction, &effect).await?;
        self.append_ends(&transaction, &ended, evidence).await?;
        transaction.commit().await?;
        if !ended.is_empty() {
            self.tell_of_events();
        }
        Ok(!ended.is_empty())
    }

    async fn append_ends(
        &self,
        transaction: &Transaction,
        ended: &[(Uuid, ConnectionKey)],
        evidence: &str,
    ) -> Result<(), StoreError> {
        let happening = Happening {
            detail: Some(FailureCode::ReauthenticationRequired.as_str()),
            evidence: Some(evidence),
            ..Happening::new(Kind::ReauthenticationRequired, &Actor::Worker)
        };
        for (id, key) in ended {
            self.append_event(transaction, *id, *key, &happening).await?;
        }
        Ok(())
    }

    /// Notes the id. Of two that come at once the later waits for the earlier, and is not the first.
    pub(super) async fn is_first(
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
        // The provider takes the access token no longer, whenever it would have expired. Reads hand
        // out what has not expired, whatever the state is.
        let expired = Expr::case(expires_at.clone().lt(now()), expires_at).finally(now());
        // Without a refresh token there is nothing to try: a new sign-in alone heals it.
        let believed_until = self.now.plus(backend, BELIEVED_FOR);
        let tried_at = Expr::case(Expr::col(Column::RefreshToken).is_not_null(), believed_until)
            .finally(Expr::value(None::<DateTime<Utc>>));
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
            .col_expr(Column::RefreshDueAt, tried_at.into())
            .filter(effect.rows())
            .filter(Column::State.ne(State::ReauthenticationRequired))
            .filter(written_after(effect.since - CLOCKS_DIFFER_BY).not())
            .filter(effect.is_certain())
            .exec_with_returning(transaction)
            .await?;
        Ok(ended
            .into_iter()
            .map(|row| (row.id, ConnectionKey { user_id: row.user_id, provider: row.provider }))
            .collect())
    }

    /// Makes due what the signal may be about: it ends nothing, or came close to a sign-in or refresh.
    ///
    /// A sign-in that is clearly newer than the signal is left alone. A refresh is not: it is written
    /// some time after the provider has answered, after an outage of the database hours later. One
    /// refresh too many does no harm.
    async fn check_soon(
        &self,
        transaction: &Transaction,
        effect: &SignalEffect<'_>,
    ) -> Result<u64, StoreError> {
        let backend = transaction.get_database_backend();
        let now = self.now.expression(backend);
        let mut update =
            Entity::update_many().filter(effect.rows()).filter(Column::RefreshToken.is_not_null());
        if effect.aim != SignalAim::Revive {
            update = update.filter(Column::State.ne(State::ReauthenticationRequired));
        }
        let update = if effect.aim == SignalAim::End {
            let is_newer = written_after(effect.since - CLOCKS_DIFFER_BY);
            update
                .col_expr(Column::RefreshDueAt, now)
                .filter(is_newer.or(effect.is_certain().not()))
                .filter(Column::ConnectedAt.lte(effect.at + CLOCKS_DIFFER_BY))
        } else {
            let soon = check_at(backend, effect.aim, now);
            let is_sooner = Expr::col(Column::RefreshDueAt)
                .is_null()
                .or(Expr::col(Column::RefreshDueAt).gt(soon.clone()));
            update.col_expr(Column::RefreshDueAt, soon).filter(is_sooner)
        };
        Ok(update.exec(transaction).await?.rows_affected)
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
        self.skip_locked(&mut old);
        let pruned =
            signal::Entity::delete_many().filter(S::Id.in_subquery(old)).exec(&self.db).await?;
        Ok(pruned.rows_affected)
    }
}

impl SignalEffect<'_> {
    /// One of the connections that it is about, if there is any.
    pub(super) fn connections(&self) -> SelectStatement {
        Query::select().column(Column::Id).from(Entity).cond_where(self.rows()).limit(1).to_owned()
    }

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
    let refreshed = Expr::col(Column::RefreshedAt).gt(at);
    // NULL is not a time: the condition is turned round as a whole.
    let refreshed = Expr::col(Column::RefreshedAt).is_not_null().and(refreshed);
    Expr::col(Column::ConnectedAt).gt(at).or(refreshed)
}

/// When a connection is refreshed for a signal that ends nothing: now, or when the pause is over that
/// belongs to what was done last.
fn check_at(backend: DbBackend, aim: SignalAim, now: SimpleExpr) -> SimpleExpr {
    let (sign_in, refresh, failure) = match aim {
        SignalAim::End | SignalAim::Check => (TimeDelta::zero(), JUST_NOW, LATELY),
        SignalAim::CheckRarely => (LATELY, LATELY, LATELY),
        // What has ended has failed.
        SignalAim::Revive => (TimeDelta::zero(), JUST_NOW, JUST_NOW),
    };
    let pauses = [
        (Column::ConnectedAt, sign_in),
        (Column::RefreshedAt, refresh),
        (Column::LastFailedAt, failure),
    ];
    let over =
        pauses.map(|(column, pause)| later(backend, Expr::col(column), pause).if_null(now.clone()));
    Func::greatest(over.into_iter().chain([now])).into()
}

/// Whether a signal has ended it, and neither a sign-in nor a refresh has healed it since. A server of
/// the release before heals and leaves `signalled_at`.
fn is_ended() -> SimpleExpr {
    let ended = Column::State.eq(State::ReauthenticationRequired);
    Expr::col(Column::SignalledAt).is_not_null().and(ended)
}

/// What a failed refresh makes of a column: nothing where a signal has ended the connection.
pub(super) fn unless_ended(column: Column, otherwise: SimpleExpr) -> SimpleExpr {
    Expr::case(is_ended(), Expr::col(column)).finally(otherwise).into()
}

/// When a connection is refreshed after one that failed: later where a signal that has ended it is
/// believed for longer.
pub(super) fn due_unless_ended(next: SimpleExpr) -> SimpleExpr {
    let due = Expr::col(Column::RefreshDueAt).if_null(next.clone());
    let later = Func::greatest([due, next.clone()]);
    Expr::case(is_ended(), later).finally(next).into()
}

/// `signalled_at`, as long as the connection is ended by it.
pub(super) fn while_ended() -> SimpleExpr {
    let nothing = Expr::value(None::<DateTime<Utc>>);
    Expr::case(is_ended(), Expr::col(Column::SignalledAt)).finally(nothing).into()
}
