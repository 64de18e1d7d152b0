//! Receipts of `connections revoke`. Each is pending until it has been written outside the
//! database. It is final once the revocation leaves the outbox, in the same transaction.

use chrono::TimeDelta;
use domain::{ConnectionKey, Kind, RevocationOutcome};
pub use entity::revocation_receipt::Model as Receipt;
use entity::{
    event, revocation,
    revocation_receipt::{Column, Entity},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use uuid::Uuid;

use super::{DueRevocation, Selection, Store, StoreError, Transaction};

impl Selection {
    fn of_receipts(&self) -> Condition {
        self.of(Column::Provider, Column::ConnectedAt, Column::UserId)
    }

    fn unsettled(&self) -> Condition {
        self.of_receipts().add(Column::Outcome.is_null())
    }
}

impl Store {
    /// Claims up to `limit` due revocations that have a pending receipt, so that no replica tries
    /// them in the meantime.
    pub async fn claim_owed(
        &self,
        selection: &Selection,
        limit: u64,
    ) -> Result<Vec<DueRevocation>, StoreError> {
        let owed = Query::select()
            .column(Column::Id)
            .from(Entity)
            .cond_where(selection.unsettled())
            .to_owned();
        self.claim_due_revocations(revocation::Column::Id.in_subquery(owed), limit).await
    }

    /// How many of them are being revoked at this moment, or were when their process died: they are
    /// claimed, and no attempt has failed yet.
    pub async fn count_being_told(&self, selection: &Selection) -> Result<u64, StoreError> {
        let now = self.now.expression(self.db.get_database_backend());
        let claimed = outbox().and_where(Expr::col(revocation::Column::DueAt).gt(now)).to_owned();
        Ok(Entity::find()
            .filter(selection.unsettled())
            .filter(Column::Detail.is_null())
            .filter(Column::Id.in_subquery(claimed))
            .count(&self.db)
            .await?)
    }

    /// Up to `limit` final receipts, oldest first.
    pub async fn settled_receipts(
        &self,
        selection: &Selection,
        limit: u64,
    ) -> Result<Vec<Receipt>, StoreError> {
        Ok(Entity::find()
            .filter(selection.of_receipts())
            .filter(Column::Outcome.is_not_null())
            .order_by_asc(Column::SettledAt)
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(&self.db)
            .await?)
    }

    /// Up to `limit` receipts of grants that still have to be revoked at the provider, after the
    /// one with the id `after`.
    pub async fn unsettled_receipts(
        &self,
        selection: &Selection,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<Receipt>, StoreError> {
        Ok(Entity::find()
            .filter(selection.unsettled())
            .filter(Condition::all().add_option(after.map(|id| Column::Id.gt(id))))
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(&self.db)
            .await?)
    }

    /// How many receipts are pending in all.
    pub async fn count_owed_receipts(&self, selection: &Selection) -> Result<u64, StoreError> {
        Ok(Entity::find().filter(selection.of_receipts()).count(&self.db).await?)
    }

    /// The same, for every run.
    pub async fn count_all_receipts(&self) -> Result<u64, StoreError> {
        Ok(Entity::find().count(&self.db).await?)
    }

    /// Removes receipts that were written.
    pub async fn forget_receipts(&self, written: &[Receipt]) -> Result<(), StoreError> {
        let ids = written.iter().map(|receipt| receipt.id);
        Entity::delete_many().filter(Column::Id.is_in(ids)).exec(&self.db).await?;
        Ok(())
    }

    /// Details of a failed attempt. `status` is set if the provider rejected it.
    pub async fn note_attempt(
        &self,
        id: Uuid,
        status: Option<u16>,
        detail: &str,
    ) -> Result<(), StoreError> {
        Entity::update_many()
            .col_expr(Column::Status, Expr::value(status.map(i32::from)))
            .col_expr(Column::Detail, Expr::value(detail))
            .filter(Column::Id.eq(id))
            .filter(Column::Outcome.is_null())
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Finalizes what a server of the previous version removed from the outbox, because it knows no
    /// receipts. The connection's events say how it ended.
    pub async fn settle_orphans(&self, selection: &Selection) -> Result<(), StoreError> {
        const ENDS: [(Kind, RevocationOutcome); 3] = [
            (Kind::Revoked, RevocationOutcome::Revoked),
            (Kind::RevocationUnsupported, RevocationOutcome::Unsupported),
            (Kind::RevocationFailed, RevocationOutcome::Failed),
        ];
        let orphans = Entity::find()
            .filter(selection.unsettled())
            .filter(Column::Id.not_in_subquery(outbox()))
            .all(&self.db)
            .await?;
        for receipt in orphans {
            let ended = event::Entity::find()
                .filter(event::Column::UserId.eq(receipt.user_id))
                .filter(event::Column::Provider.eq(receipt.provider))
                .filter(event::Column::ConnectionId.eq(receipt.connection_id))
                .filter(event::Column::Kind.is_in(ENDS.map(|(kind, _)| kind)))
                .order_by_desc(event::Column::Id)
                .one(&self.db)
                .await?;
            let kind = ended.map(|event| event.kind);
            let outcome = ENDS.iter().find(|(end, _)| Some(*end) == kind);
            let outcome = outcome.map_or(RevocationOutcome::Superseded, |(_, outcome)| *outcome);
            let transaction = self.db.begin().await?;
            self.settle_receipt(&transaction, receipt.id, outcome).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    pub(super) async fn settle_receipt(
        &self,
        transaction: &Transaction,
        id: Uuid,
        outcome: RevocationOutcome,
    ) -> Result<(), StoreError> {
        let which = Condition::all().add(Column::Id.eq(id));
        self.settle(transaction, which, outcome).await
    }

    /// The user has connected the provider again, which cancels revocations of older grants.
    pub(super) async fn supersede_receipts(
        &self,
        transaction: &Transaction,
        key: ConnectionKey,
    ) -> Result<(), StoreError> {
        let which = Condition::all()
            .add(Column::UserId.eq(key.user_id))
            .add(Column::Provider.eq(key.provider));
        self.settle(transaction, which, RevocationOutcome::Superseded).await
    }

    async fn settle(
        &self,
        transaction: &Transaction,
        which: Condition,
        outcome: RevocationOutcome,
    ) -> Result<(), StoreError> {
        let now = self.now.expression(transaction.get_database_backend());
        Entity::update_many()
            .col_expr(Column::Outcome, outcome.into())
            .col_expr(Column::SettledAt, now)
            .filter(which)
            .filter(Column::Outcome.is_null())
            .exec(transaction)
            .await?;
        Ok(())
    }

    /// Removes up to `batch` receipts that became final this long ago and that nobody collected.
    /// One whose grant still has to be revoked stays, however old it is. Returns how many there
    /// were.
    pub async fn prune_receipts(
        &self,
        older_than: TimeDelta,
        batch: u64,
    ) -> Result<u64, StoreError> {
        let backend = self.db.get_database_backend();
        let before = self.now.minus(backend, older_than);
        // Without an outcome and in no outbox: a server of the previous version removed it.
        let settled = Expr::col(Column::SettledAt).lt(before.clone());
        let orphaned = Column::Outcome.is_null().and(Column::Id.not_in_subquery(outbox()));
        let mut old = Query::select();
        old.column(Column::Id)
            .from(Entity)
            .and_where(Expr::col(Column::RemovedAt).lt(before))
            .and_where(settled.or(orphaned))
            .order_by(Column::RemovedAt, Order::Asc)
            .limit(batch);
        self.skip_locked(&mut old);
        let pruned =
            Entity::delete_many().filter(Column::Id.in_subquery(old)).exec(&self.db).await?;
        Ok(pruned.rows_affected)
    }
}

/// The ids in the outbox.
fn outbox() -> SelectStatement {
    Query::select().column(revocation::Column::Id).from(revocation::Entity).to_owned()
}
