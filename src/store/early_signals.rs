//! Signals about an account that no connection was known to be to when they came, while a sign-in's
//! provider was being asked for its account. What the provider answered then may be older than the
//! signal, so the connection that turns out to be to that account is told so in the transaction that
//! says so.
//!
//! A signal and a look-up of one account exclude each other: one of them sees what the other wrote.

use chrono::TimeDelta;
use domain::Provider;
use entity::{
    early_signal::{Column, Entity},
    provider_connection,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, Order, QueryFilter, QueryOrder,
    SqliteTransactionMode, TransactionOptions,
    sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement},
};

use super::{
    ConnectionRecord, SignalAim, SignalEffect, Signalled, SignalledRows, Store, StoreError,
    Transaction,
};

/// Far longer than it takes from a provider's answer to the commit that says which account it is.
const KEPT_FOR: TimeDelta = TimeDelta::minutes(10);

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
    /// Keeps a signal that is of no connection, in case that it is of one whose account is not known
    /// yet. Answers whether the account has become known meanwhile: then there is nothing to keep.
    pub(super) async fn keep_early_signal(
        &self,
        effect: &SignalEffect<'_>,
    ) -> Result<bool, StoreError> {
        let SignalledRows::Account([digest, ..]) = effect.of else { return Ok(false) };
        let transaction = self
            .db
            .begin_with_options(TransactionOptions {
                // What is read here must not change until it is written.
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..Default::default()
            })
            .await?;
        lock_account(&transaction, digest).await?;
        if transaction.query_one(&effect.connections()).await?.is_some() {
            return Ok(true);
        }
        let insert = Query::insert()
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
            .values_panic([
                digest.clone().into(),
                effect.aim.as_str().into(),
                effect.provider.into(),
                effect.id.to_vec().into(),
                effect.at.into(),
                effect.since.into(),
                effect.evidence.into(),
                self.now.expression(transaction.get_database_backend()),
            ])
            // A repetition changes nothing, and of several the newest says most.
            .on_conflict(
                OnConflict::columns([Column::AccountDigest, Column::Aim])
                    .update_columns([
                        Column::Id,
                        Column::At,
                        Column::Since,
                        Column::Evidence,
                        Column::ReceivedAt,
                    ])
                    .action_and_where(Expr::col((Entity, Column::Since)).lt(effect.since))
                    .to_owned(),
            )
            .to_owned();
        transaction.execute(&insert).await?;
        transaction.commit().await?;
        Ok(false)
    }

    /// Does what early signals mean for a connection whose account is now known, by its `digests`: one
    /// for each key. The account is locked, and the connection is written.
    pub(super) async fn hear_early_signals(
        &self,
        transaction: &Transaction,
        of: &ConnectionRecord,
        digests: &[Vec<u8>],
    ) -> Result<Signalled, StoreError> {
        let backend = transaction.get_database_backend();
        let kept = Entity::find()
            .filter(Column::AccountDigest.is_in(digests.iter().cloned()))
            .filter(Expr::col(Column::ReceivedAt).gte(self.now.minus(backend, KEPT_FOR)))
            .order_by_asc(Column::ReceivedAt)
            .all(transaction)
            .await?;
        let mut signalled = Signalled::default();
        for signal in kept {
            let aim = SignalAim::ALL.into_iter().find(|aim| aim.as_str() == signal.aim);
            // One of a newer release does what that one knows.
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
            // Whoever repeats it later is told that it was heard.
            self.is_first(transaction, effect.provider, effect.id).await?;
            let heard = self.take_effect(transaction, &effect).await?;
            signalled.ended.extend(heard.ended);
            signalled.checked += heard.checked;
        }
        Ok(signalled)
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

/// Sign-ins with a provider whose account it has not said yet, and is still to be asked for.
pub(super) fn sign_ins_without_account(provider: Provider) -> SelectStatement {
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

/// Until the end of the transaction no other one has the account. SQLite has one writer at a time.
pub(super) async fn lock_account(
    transaction: &Transaction,
    digest: &[u8],
) -> Result<(), StoreError> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        let first = digest.first_chunk().copied().unwrap_or_default();
        let lock = format!("SELECT pg_advisory_xact_lock({})", i64::from_be_bytes(first));
        // Ends with the transaction, so that it works through a pooler too.
        transaction.execute_unprepared(&lock).await?;
    }
    Ok(())
}
