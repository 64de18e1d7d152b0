//! Signals about an account that a sign-in may turn out to be with, while its provider is asked which
//! account it is. What the provider answered may be older than the signal, so the transaction that
//! stores the account applies the signal to the connection, too.
//!
//! A signal and a look-up of one account exclude each other: one of them sees what the other wrote.

use chrono::{DateTime, TimeDelta, Utc};
use domain::Provider;
use entity::{
    early_signal::{Column, Entity},
    provider_connection,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, Order, QueryFilter, QueryOrder,
    sea_query::{
        Expr, ExprTrait, Func, InsertStatement, OnConflict, Query, SelectStatement, SimpleExpr,
    },
};

use super::{
    ConnectionRecord, SignalAim, SignalEffect, Signalled, SignalledRows, Store, StoreError,
    Transaction,
};

/// Far longer than it takes from a provider's answer to the commit that says which account it is.
const KEPT_FOR: TimeDelta = TimeDelta::minutes(10);

/// Stored in place of an aim: a sign-in is expected to be with this account, and its provider is asked
/// before the sign-in is written. No connection shows that a signal about it may be early.
const EXPECTED: &str = "expected";

/// An early signal that has done something to the connection that turned out to be to its account.
#[derive(Clone, Debug)]
pub struct EarlySignal {
    /// What was seen.
    pub evidence: String,
    pub signalled: Signalled,
}

impl SignalAim {
    const ALL: [Self; 4] = [Self::End, Self::Check, Self::CheckRarely, Self::Revive];

    /// As it is stored.
    fn as_str(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Check => "check",
            Self::CheckRarely => "check_rarely",
            Self::Revive => "revive",
        }
    }
}

impl Store {
    /// From now on, signals about an account are kept for a sign-in that is expected to be with it.
    /// Called before the provider is asked. `digests`: one for each key.
    pub async fn expect_signals(
        &self,
        provider: Provider,
        digests: &[Vec<u8>],
    ) -> Result<(), StoreError> {
        let Some(digest) = digests.first() else { return Ok(()) };
        let now = self.now.expression(self.db.get_database_backend());
        let mut insert = insert([
            digest.clone().into(),
            EXPECTED.into(),
            provider.into(),
            Vec::<u8>::new().into(),
            now.clone(),
            now.clone(),
            "".into(),
            now,
        ]);
        insert.on_conflict(
            OnConflict::columns([Column::AccountDigest, Column::Aim])
                .update_columns([Column::ReceivedAt])
                .to_owned(),
        );
        self.db.execute(&insert).await?;
        Ok(())
    }

    /// Whether a signal may be of a sign-in whose account is not known yet.
    pub(super) fn may_be_early(&self, effect: &SignalEffect<'_>) -> SimpleExpr {
        // A connection that is named by its token is known.
        let SignalledRows::Account(digests) = effect.of else { return Expr::value(1).eq(2) };
        let backend = self.db.get_database_backend();
        let expected = Query::select()
            .column(Column::Aim)
            .from(Entity)
            .and_where(Column::AccountDigest.is_in(digests.iter().cloned()))
            .and_where(Column::Aim.eq(EXPECTED))
            .and_where(Expr::col(Column::ReceivedAt).gte(self.now.minus(backend, KEPT_FOR)))
            .limit(1)
            .to_owned();
        let without_account = Expr::exists(sign_ins_without_account(effect.provider));
        without_account.or(Expr::exists(expected))
    }

    /// Keeps a signal about the account with these `digests` in case that it is of a sign-in whose
    /// account is not known yet, and locks the account. Answers whether it is of a connection whose
    /// account is known.
    pub(super) async fn keep_early_signal(
        &self,
        transaction: &Transaction,
        digests: &[Vec<u8>],
        effect: &SignalEffect<'_>,
    ) -> Result<bool, StoreError> {
        lock_account(transaction, digests).await?;
        let is_of_some = transaction.query_one(&effect.connections()).await?.is_some();
        let Some(digest) = digests.first() else { return Ok(is_of_some) };
        let mut insert = insert([
            digest.clone().into(),
            effect.aim.as_str().into(),
            effect.provider.into(),
            effect.id.to_vec().into(),
            effect.at.into(),
            effect.since.into(),
            effect.evidence.into(),
            self.now.expression(transaction.get_database_backend()),
        ]);
        let expired = self.now.minus(transaction.get_database_backend(), KEPT_FOR);
        let kept = |column: Column| Expr::col((Entity, column));
        let later =
            |column: Column, time: DateTime<Utc>| Func::greatest([kept(column), Expr::value(time)]);
        insert.on_conflict(
            OnConflict::columns([Column::AccountDigest, Column::Aim])
                .update_columns([Column::Id, Column::Evidence, Column::ReceivedAt])
                // Together they mean what each of them does: whichever came last may be the one that
                // was made first, or that leaves more of the time before it open.
                .value(Column::At, later(Column::At, effect.at))
                .value(Column::Since, later(Column::Since, effect.since))
                // A repetition changes nothing, unless the row was no longer kept.
                .action_and_where(
                    kept(Column::At)
                        .lt(effect.at)
                        .or(kept(Column::Since).lt(effect.since))
                        .or(kept(Column::ReceivedAt).lt(expired)),
                )
                .to_owned(),
        );
        transaction.execute(&insert).await?;
        Ok(is_of_some)
    }

    /// Does what early signals mean for a connection whose account is now known, by its `digests`: one
    /// for each key. The account is locked, and the connection is written. Returns those that have
    /// done something.
    pub(super) async fn hear_early_signals(
        &self,
        transaction: &Transaction,
        of: &ConnectionRecord,
        digests: &[Vec<u8>],
    ) -> Result<Vec<EarlySignal>, StoreError> {
        let backend = transaction.get_database_backend();
        let kept = Entity::find()
            .filter(Column::AccountDigest.is_in(digests.iter().cloned()))
            .filter(Expr::col(Column::ReceivedAt).gte(self.now.minus(backend, KEPT_FOR)))
            .order_by_asc(Column::ReceivedAt)
            .all(transaction)
            .await?;
        let mut early = Vec::new();
        for signal in kept {
            let aim = SignalAim::ALL.into_iter().find(|aim| aim.as_str() == signal.aim);
            // It only says that the account was expected, or a newer release knows what it does.
            let Some(aim) = aim else { continue };
            let effect = SignalEffect {
                provider: signal.provider,
                of: SignalledRows::Connection(of.id),
                aim,
                at: signal.at,
                since: signal.since,
                id: &signal.id,
                evidence: &signal.evidence,
            };
            // A later repetition is answered as one.
            self.is_first(transaction, effect.provider, effect.id).await?;
            let signalled = self.take_effect(transaction, &effect).await?;
            if signalled != Signalled::default() {
                early.push(EarlySignal { evidence: signal.evidence, signalled });
            }
        }
        Ok(early)
    }

    /// Forgets up to `batch` signals that nobody's account has turned out to be of. Answers how many
    /// there were.
    pub async fn prune_early_signals(&self, batch: u64) -> Result<u64, StoreError> {
        let backend = self.db.get_database_backend();
        let mut old = Query::select();
        old.columns([Column::AccountDigest, Column::Aim])
            .from(Entity)
            .and_where(Expr::col(Column::ReceivedAt).lt(self.now.minus(backend, KEPT_FOR)))
            .order_by(Column::ReceivedAt, Order::Asc)
            .limit(batch);
        self.skip_locked(&mut old);
        let both = Expr::tuple([Expr::col(Column::AccountDigest), Expr::col(Column::Aim)]);
        let delete = Query::delete().from_table(Entity).and_where(both.in_subquery(old)).to_owned();
        Ok(self.db.execute(&delete).await?.rows_affected())
    }
}

/// A row for each signal.
fn insert(row: [SimpleExpr; 8]) -> InsertStatement {
    Query::insert()
        .into_table(Entity)
        .columns([
            Column::AccountDigest,
            Column::Aim,
            Column::Provider,
            Column::Id,
            Column::At,
            Column::Since,
            Column::Evidence,
            Column::ReceivedAt,
        ])
        .values_panic(row)
        .to_owned()
}

/// Sign-ins with a provider whose account it has not said yet, and is still to be asked for.
fn sign_ins_without_account(provider: Provider) -> SelectStatement {
    use provider_connection::{Column as C, Entity as Connection};
    Query::select()
        .column(C::Id)
        .from(Connection)
        .and_where(C::Provider.eq(provider))
        .and_where(C::LookUpDueAt.is_not_null())
        .and_where(C::AccountDigest.is_null())
        .limit(1)
        .to_owned()
}

/// Until the end of the transaction no other one has the account with these digests: one for each key.
/// SQLite has one writer at a time.
pub(super) async fn lock_account(
    transaction: &Transaction,
    digests: &[Vec<u8>],
) -> Result<(), StoreError> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        for lock in locks(digests) {
            // Ends with the transaction, so that it works through a pooler too.
            let lock = format!("SELECT pg_advisory_xact_lock({lock})");
            transaction.execute_unprepared(&lock).await?;
        }
    }
    Ok(())
}

/// All of them, because replicas may have the keys in another order while those are rotated; and in
/// one order, so that no two wait for each other.
fn locks(digests: &[Vec<u8>]) -> Vec<i64> {
    let mut locks: Vec<_> = digests
        .iter()
        .map(|digest| i64::from_be_bytes(digest.first_chunk().copied().unwrap_or_default()))
        .collect();
    locks.sort_unstable();
    locks.dedup();
    locks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_that_have_a_key_in_common_exclude_each_other_in_whatever_order_they_have_it() {
        let (old, new) = (vec![7; 32], vec![200; 32]);
        let both = locks(&[old.clone(), new.clone()]);
        assert_eq!(both, locks(&[new.clone(), old.clone()]));
        assert_eq!(both.len(), 2);
        for key in [old, new] {
            let one = locks(&[key.clone(), key]);
            assert_eq!(one.len(), 1);
            assert!(both.contains(&one[0]));
        }
    }
}
