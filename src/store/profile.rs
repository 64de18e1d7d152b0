//! The account of a connection: when its provider is asked, and what it answered.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{Actor, Kind, LookUpEnd, Provider, Sealed};
use entity::{
    event,
    provider_connection::{Column, Entity},
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
    sea_query::{Expr, ExprTrait, Query, SimpleExpr},
};
use uuid::Uuid;

use super::{
    Columns, ConnectionRecord, EarlySignal, Store, StoreError, Transaction,
    early_signals::lock_account, events::Happening, now::is_at, scopes,
};

/// How long a claimed look-up belongs to its replica. Longer than a call takes.
const CLAIM: Duration = Duration::from_mins(1);

/// A sign-in without a refresh token is looked up at once by the task that must know whether it
/// belongs to the same account as the older refresh token. The job comes after that.
const AFTER_PROOF: Duration = Duration::from_mins(3);

/// When the next look-up at a provider is due.
#[derive(Clone, Copy, Debug)]
pub struct LookUpsDue {
    pub provider: Provider,
    pub earliest: DateTime<Utc>,
    pub now: DateTime<Utc>,
}

/// A connection whose account must be looked up.
#[derive(Clone, Debug)]
pub struct DueLookUp {
    pub record: ConnectionRecord,
    /// Since the last sign-in, including this one.
    pub attempts: i32,
}

/// What a provider returned about an account.
#[derive(Clone, Debug)]
pub struct KnownAccount {
    pub profile: Sealed,
    /// One for each key. The first is stored.
    pub digests: Vec<Vec<u8>>,
    /// It is a different account than before.
    pub changed: bool,
    /// Its scopes could not be looked up yet: the look-up continues for them.
    pub scopes_outstanding: bool,
}

/// What came of storing an account.
#[derive(Clone, Debug, Default)]
pub struct KeptAccount {
    /// The signals about it that came in the meantime and have done something.
    pub early: Vec<EarlySignal>,
    /// The connection as they have left it. `None`: there were none.
    pub record: Option<ConnectionRecord>,
}

impl Store {
    /// Called when a sign-in is written: its account must be looked up.
    pub(super) fn due_for_look_up(
        &self,
        update: UpdateMany<Entity>,
        unproven: SimpleExpr,
    ) -> UpdateMany<Entity> {
        let backend = self.db.get_database_backend();
        let due = Expr::case(Condition::all().add(unproven), self.now.plus(backend, AFTER_PROOF))
            .finally(self.now.expression(backend));
        update
            .col_expr(Column::LookUpDueAt, due.into())
            .col_expr(Column::LookUpAttempts, Expr::value(0))
            .col_expr(Column::LookUpEnd, Expr::value(None::<String>))
            .col_expr(Column::ProfileConnectedAt, Expr::value(None::<DateTime<Utc>>))
            // The digest belongs to the previous account, and must not match this connection.
            .col_expr(Column::AccountDigest, Expr::value(None::<Vec<u8>>))
    }

    /// When the next look-up of each provider is due, without providers that only a newer release
    /// knows. Reads one index entry for each.
    pub async fn look_ups_due(&self) -> Result<Vec<LookUpsDue>, StoreError> {
        let backend = self.db.get_database_backend();
        let of_all: Vec<(String, DateTime<Utc>, DateTime<Utc>)> = Entity::find()
            .select_only()
            .column(Column::Provider)
            .expr_as(Expr::col(Column::LookUpDueAt).min(), "earliest")
            .expr_as(self.now.expression(backend), "now")
            .filter(Column::LookUpDueAt.is_not_null())
            .group_by(Column::Provider)
            .into_tuple()
            .all(&self.db)
            .await?;
        let known = of_all.into_iter().filter_map(|(name, earliest, now)| {
            name.parse().ok().map(|provider| LookUpsDue { provider, earliest, now })
        });
        Ok(known.collect())
    }

    /// Claims up to `limit` due look-ups of a provider, so that no other replica tries them in the
    /// meantime.
    pub async fn claim_look_ups(
        &self,
        provider: Provider,
        limit: u32,
    ) -> Result<Vec<DueLookUp>, StoreError> {
        let backend = self.db.get_database_backend();
        let mut due = Query::select();
        due.column(Column::Id)
            .from(Entity)
            .and_where(Column::Provider.eq(provider))
            .and_where(Expr::col(Column::LookUpDueAt).lte(self.now.expression(backend)))
            .order_by(Column::LookUpDueAt, Order::Asc)
            .limit(limit.into());
        self.skip_locked(&mut due);
        let claim = Entity::update_many()
            .col_expr(Column::LookUpDueAt, self.now.plus(backend, CLAIM))
            .col_expr(Column::LookUpAttempts, Expr::col(Column::LookUpAttempts).add(1))
            .filter(Column::Id.in_subquery(due));
        let claimed = self.claimed(claim, (Column::Id, Column::LookUpDueAt)).await?;
        Ok(claimed
            .into_iter()
            .map(|row| {
                let now = row.look_up_due_at.unwrap_or_default() - CLAIM;
                let attempts = row.look_up_attempts;
                DueLookUp { record: ConnectionRecord::of_row(row, now), attempts }
            })
            .collect())
    }

    /// Stores the account that the provider returned, unless there was another sign-in since `of`
    /// was read, or someone else has stored it. Does what signals mean about that account that came in
    /// the meantime.
    pub async fn keep_account(
        &self,
        of: &ConnectionRecord,
        known: &KnownAccount,
    ) -> Result<KeptAccount, StoreError> {
        let digest = known.digests.first().map(Vec::as_slice).unwrap_or_default();
        let transaction = self.db.begin().await?;
        lock_account(&transaction, &known.digests).await?;
        let mut update = still(of, Entity::update_many());
        if known.changed {
            update = scopes::forget_another_accounts(update);
        }
        if !known.scopes_outstanding {
            update = update.col_expr(Column::LookUpDueAt, Expr::value(None::<DateTime<Utc>>));
        }
        let unknown = Condition::any()
            .add(Column::ProfileConnectedAt.is_null())
            .add(Expr::col(Column::ProfileConnectedAt).ne(Expr::col(Column::ConnectedAt)));
        let kept = update
            .col_expr(Column::Profile, Expr::value(known.profile.as_bytes().to_vec()))
            .col_expr(Column::ProfileConnectedAt, Expr::col(Column::ConnectedAt))
            .col_expr(Column::AccountDigest, Expr::value(digest.to_vec()))
            .col_expr(Column::LookUpEnd, Expr::value(None::<String>))
            .filter(Column::LookUpDueAt.is_not_null())
            .filter(unknown)
            .exec(&transaction)
            .await?;
        if kept.rows_affected != 1 {
            return Ok(KeptAccount::default());
        }
        let (kind, actor) = if known.changed {
            (Kind::AccountChanged, self.who_signed_in(&transaction, of).await?)
        } else {
            (Kind::AccountRead, Actor::Worker)
        };
        self.append_event(&transaction, of.id, of.key(), &Happening::new(kind, &actor)).await?;
        let early = self.hear_early_signals(&transaction, of, &known.digests).await?;
        let record = if early.is_empty() {
            None
        } else {
            Columns::ALL
                .select(&self.now, self.db.get_database_backend())
                .filter(Column::Id.eq(of.id))
                .into_model::<ConnectionRecord>()
                .one(&transaction)
                .await?
        };
        transaction.commit().await?;
        self.tell_of_events();
        Ok(KeptAccount { early, record })
    }

    /// On whose behalf the last sign-in was. Its event may have been pruned.
    async fn who_signed_in(
        &self,
        transaction: &Transaction,
        of: &ConnectionRecord,
    ) -> Result<Actor, StoreError> {
        let connected = event::Entity::find()
            // There is an index by user, and none by connection.
            .filter(event::Column::UserId.eq(of.user_id))
            .filter(event::Column::Provider.eq(of.provider))
            .filter(event::Column::ConnectionId.eq(of.id))
            .filter(event::Column::Kind.eq(Kind::Connected))
            .order_by_desc(event::Column::Id)
            .one(transaction)
            .await?;
        let actor = connected.and_then(|event| Actor::of(event.actor, event.client_id.as_deref()));
        Ok(actor.unwrap_or(Actor::User))
    }

    /// The provider is asked again later.
    pub async fn put_off_look_up(
        &self,
        of: &ConnectionRecord,
        by: Duration,
    ) -> Result<(), StoreError> {
        let backend = self.db.get_database_backend();
        still(of, Entity::update_many())
            .col_expr(Column::LookUpDueAt, self.now.plus(backend, by))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// The provider is not asked again before the next sign-in. `None`: it never returns an
    /// account.
    pub async fn end_look_up(
        &self,
        of: &ConnectionRecord,
        end: Option<LookUpEnd>,
    ) -> Result<(), StoreError> {
        still(of, Entity::update_many())
            .col_expr(Column::LookUpDueAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::LookUpEnd, Expr::value(end.map(LookUpEnd::as_str)))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Removes a profile that can't be decrypted, if it is unchanged since it was read, and
    /// schedules another look-up. Returns whether it was still there.
    pub async fn forget_unreadable_profile(
        &self,
        of: &ConnectionRecord,
        profile: &Sealed,
    ) -> Result<bool, StoreError> {
        let backend = self.db.get_database_backend();
        let forgotten = still(of, Entity::update_many())
            .col_expr(Column::Profile, Expr::value(None::<Vec<u8>>))
            .col_expr(Column::ProfileConnectedAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::AccountDigest, Expr::value(None::<Vec<u8>>))
            .col_expr(Column::LookUpDueAt, self.now.expression(backend))
            .col_expr(Column::LookUpAttempts, Expr::value(0))
            .filter(Column::Profile.eq(profile.as_bytes().to_vec()))
            .exec(&self.db)
            .await?;
        Ok(forgotten.rows_affected == 1)
    }

    /// Removes the accounts of the next `batch` connections behind `after`, ordered by id, without
    /// scheduling look-ups. Returns the last of them, and how many had one; `None`: there are no
    /// more. A page at a time, all rows are read once, however few or many have an account.
    pub async fn forget_accounts_behind(
        &self,
        after: Uuid,
        batch: u64,
    ) -> Result<Option<(Uuid, u64)>, StoreError> {
        let page: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.gt(after))
            .order_by_asc(Column::Id)
            .limit(batch)
            .into_tuple()
            .all(&self.db)
            .await?;
        let Some(last) = page.last().copied() else { return Ok(None) };
        let known = Condition::any()
            .add(Column::Profile.is_not_null())
            .add(Column::AccountDigest.is_not_null())
            .add(Column::LookUpDueAt.is_not_null());
        let forgotten = Entity::update_many()
            .col_expr(Column::Profile, Expr::value(None::<Vec<u8>>))
            .col_expr(Column::ProfileConnectedAt, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::AccountDigest, Expr::value(None::<Vec<u8>>))
            .col_expr(Column::LookUpDueAt, Expr::value(None::<DateTime<Utc>>))
            .filter(Column::Id.gt(after))
            .filter(Column::Id.lte(last))
            .filter(known)
            .exec(&self.db)
            .await?;
        Ok(Some((last, forgotten.rows_affected)))
    }

    /// All connections to one account at a provider, of any user: `digests` are those of
    /// [`Vault::account_digests`](crate::vault::Vault::account_digests).
    pub async fn connections_to_account(
        &self,
        provider: Provider,
        digests: &[Vec<u8>],
    ) -> Result<Vec<ConnectionRecord>, StoreError> {
        Ok(Columns::ALL
            .select(&self.now, self.db.get_database_backend())
            .filter(Column::Provider.eq(provider))
            .filter(Column::AccountDigest.is_in(digests.iter().cloned()))
            // A release that knows nothing of accounts may have written a later sign-in.
            .filter(Expr::col(Column::ProfileConnectedAt).eq(Expr::col(Column::ConnectedAt)))
            .into_model()
            .all(&self.db)
            .await?)
    }
}

/// The connection, unless there was another sign-in since it was read.
fn still(of: &ConnectionRecord, update: UpdateMany<Entity>) -> UpdateMany<Entity> {
    update.filter(Column::Id.eq(of.id)).filter(is_at(Column::ConnectedAt, of.connected_at))
}
