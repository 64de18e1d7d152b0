//! The webhook outbox for the senders. Of the webhooks of one user and provider, only the first
//! pending one is ever claimed, so that they arrive in order. Of a deleted connection, only the
//! webhook for its disconnection is claimed.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{Provider, WebhookEvent};
pub use entity::webhook::Model as Webhook;
use entity::{
    provider_connection,
    webhook::{Column, Entity},
    webhook_endpoint,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, Order, QueryFilter,
    sea_query::{
        Alias, DynIden, Expr, ExprTrait, IntoIden, OnConflict, Query, SelectStatement, SimpleExpr,
        SubQueryStatement,
    },
};

use super::{
    Store, StoreError,
    webhook_outbox::{DEAD, DELIVERED, PENDING},
};

/// How long a claimed webhook belongs to its server. Longer than an attempt takes.
const CLAIM: Duration = Duration::from_secs(30);
/// A webhook that was given up stays at least this long, so that it can be sent again.
const STAYS_AFTER_END: TimeDelta = TimeDelta::days(1);

impl Store {
    /// Claims up to `limit` due webhooks, so that no other server sends them in the meantime. None
    /// while the endpoint, identified by its digest, has asked to wait.
    pub async fn claim_webhooks(
        &self,
        endpoint: &str,
        limit: u64,
    ) -> Result<Vec<Webhook>, StoreError> {
        // Otherwise each event would go through everything that waits.
        if self.webhook_endpoint_rests(endpoint).await? {
            return Ok(Vec::new());
        }
        let backend = self.db.get_database_backend();
        let now = || self.now.expression(backend);
        let mut due = Query::select();
        due.column(Column::Id)
            .from(Entity)
            .and_where(Column::State.eq(PENDING))
            // Those of a provider that only a newer release knows are for servers of that release.
            .and_where(Column::Provider.is_in(Provider::ALL.iter().copied()))
            .and_where(Expr::col((Entity, Column::DueAt)).lte(now()))
            .cond_where(self.unclaimed())
            .and_where(Expr::col((Entity, Column::Id)).eq(self.first_of_the_connection()))
            .cond_where(may_be_sent())
            .and_where(Expr::exists(self.resting(endpoint)).not())
            .order_by((Entity, Column::DueAt), Order::Asc)
            .limit(limit);
        let Some(due) = self.narrowed(due).await? else { return Ok(Vec::new()) };
        Ok(Entity::update_many()
            .col_expr(Column::ClaimedUntil, self.now.plus(backend, CLAIM))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .filter(Column::Id.in_subquery(due))
            .exec_with_returning(&self.db)
            .await?)
    }

    /// Removes up to `batch` webhooks that will never be sent because their connection was deleted.
    /// One that is being sent stays until that attempt has ended.
    pub async fn drop_webhooks_of_gone(&self, batch: u64) -> Result<u64, StoreError> {
        let mut gone = Query::select();
        gone.column(Column::Id)
            .from(Entity)
            .and_where(Column::State.eq(PENDING))
            .cond_where(self.unclaimed())
            .cond_where(may_be_sent().not())
            .limit(batch);
        self.delete_webhooks(gone).await
    }

    /// Removes up to `batch` webhooks that are older than `older_than`. A pending one stays, and so
    /// does one that has just ended.
    pub async fn prune_webhooks(
        &self,
        older_than: TimeDelta,
        batch: u64,
    ) -> Result<u64, StoreError> {
        let backend = self.db.get_database_backend();
        let mut old = Query::select();
        old.column(Column::Id)
            .from(Entity)
            .and_where(Column::State.ne(PENDING))
            .and_where(Expr::col(Column::OccurredAt).lt(self.now.minus(backend, older_than)))
            .cond_where(
                Condition::any()
                    .add(Column::EndedAt.is_null())
                    .add(Expr::col(Column::EndedAt).lt(self.now.minus(backend, STAYS_AFTER_END))),
            )
            .order_by(Column::OccurredAt, Order::Asc)
            .limit(batch);
        self.delete_webhooks(old).await
    }

    /// Gives up at most `batch` webhooks that have been due for this long: nobody sent them, or
    /// others of their connection were before them. Returns how many.
    pub async fn give_up_webhooks_due_for(
        &self,
        longer_than: TimeDelta,
        batch: u64,
    ) -> Result<u64, StoreError> {
        let backend = self.db.get_database_backend();
        let mut late = Query::select();
        late.column(Column::Id)
            .from(Entity)
            .and_where(Column::State.eq(PENDING))
            .and_where(Expr::col(Column::DueAt).lt(self.now.minus(backend, longer_than)))
            .cond_where(self.unclaimed())
            .limit(batch);
        let Some(late) = self.narrowed(late).await? else { return Ok(0) };
        let given_up = Entity::update_many()
            .col_expr(Column::State, Expr::value(DEAD))
            .col_expr(Column::EndedAt, self.now.expression(backend))
            .filter(Column::Id.in_subquery(late))
            .exec(&self.db)
            .await?;
        Ok(given_up.rows_affected)
    }

    /// The rows that a write is for. On PostgreSQL they are locked, and those that others write are
    /// skipped. On SQLite they are looked up first, so that nobody waits for the write lock in the
    /// meantime, however many rows that reads: the write then only touches these. `None`: there are
    /// none.
    async fn narrowed(
        &self,
        mut which: SelectStatement,
    ) -> Result<Option<SelectStatement>, StoreError> {
        self.skip_locked(&mut which);
        if self.db.get_database_backend() == DbBackend::Postgres {
            return Ok(Some(which));
        }
        let mut ids = Vec::<i64>::new();
        for row in self.db.query_all(&which).await? {
            ids.push(row.try_get("", "id")?);
        }
        if ids.is_empty() {
            return Ok(None);
        }
        which.and_where(Expr::col((Entity, Column::Id)).is_in(ids));
        Ok(Some(which))
    }

    async fn delete_webhooks(&self, which: SelectStatement) -> Result<u64, StoreError> {
        let Some(which) = self.narrowed(which).await? else { return Ok(0) };
        let deleted =
            Entity::delete_many().filter(Column::Id.in_subquery(which)).exec(&self.db).await?;
        Ok(deleted.rows_affected)
    }

    /// Records that it was delivered.
    pub async fn webhook_delivered(&self, sent: &Webhook, result: &str) -> Result<(), StoreError> {
        self.end_webhook(sent, DELIVERED, result).await
    }

    /// Records that it was given up: the next one of its connection may be sent.
    pub async fn webhook_given_up(&self, sent: &Webhook, result: &str) -> Result<(), StoreError> {
        self.end_webhook(sent, DEAD, result).await
    }

    /// Nothing is written if another server has taken it over.
    async fn end_webhook(
        &self,
        sent: &Webhook,
        state: &str,
        result: &str,
    ) -> Result<(), StoreError> {
        let now = self.now.expression(self.db.get_database_backend());
        Entity::update_many()
            .col_expr(Column::State, Expr::value(state))
            .col_expr(Column::EndedAt, now)
            .col_expr(Column::ClaimedUntil, Expr::value(None::<chrono::DateTime<chrono::Utc>>))
            .col_expr(Column::LastResult, Expr::value(result))
            .filter(of_attempt(sent))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Schedules it to be sent again after this time.
    pub async fn put_off_webhook(
        &self,
        sent: &Webhook,
        by: Duration,
        result: &str,
    ) -> Result<(), StoreError> {
        let backend = self.db.get_database_backend();
        Entity::update_many()
            .col_expr(Column::DueAt, self.now.plus(backend, by))
            .col_expr(Column::ClaimedUntil, Expr::value(None::<chrono::DateTime<chrono::Utc>>))
            .col_expr(Column::LastResult, Expr::value(result))
            .filter(of_attempt(sent))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Schedules it to be sent again as if it had not been sent: the receiver did not reject this
    /// webhook in particular.
    pub async fn take_back_webhook(&self, sent: &Webhook, result: &str) -> Result<(), StoreError> {
        let now = self.now.expression(self.db.get_database_backend());
        Entity::update_many()
            .col_expr(Column::DueAt, now)
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
            .col_expr(Column::ClaimedUntil, Expr::value(None::<chrono::DateTime<chrono::Utc>>))
            .col_expr(Column::LastResult, Expr::value(result))
            .filter(of_attempt(sent))
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Records that the endpoint is gone (410): nothing is sent until it is enabled again.
    pub async fn disable_webhook_endpoint(&self, endpoint: &str) -> Result<(), StoreError> {
        let now = self.now.expression(self.db.get_database_backend());
        self.note_endpoint(endpoint, webhook_endpoint::Column::DisabledAt, now).await
    }

    /// Records that the endpoint has asked to wait this long.
    pub async fn pause_webhook_endpoint(
        &self,
        endpoint: &str,
        pause: Duration,
    ) -> Result<(), StoreError> {
        let until = self.now.plus(self.db.get_database_backend(), pause);
        self.note_endpoint(endpoint, webhook_endpoint::Column::PausedUntil, until).await
    }

    async fn note_endpoint(
        &self,
        endpoint: &str,
        column: webhook_endpoint::Column,
        at: SimpleExpr,
    ) -> Result<(), StoreError> {
        use webhook_endpoint::Column as E;
        let insert = Query::insert()
            .into_table(webhook_endpoint::Entity)
            .columns([E::Endpoint, column])
            .values_panic([endpoint.into(), at])
            .on_conflict(OnConflict::column(E::Endpoint).update_column(column).to_owned())
            .to_owned();
        self.db.execute(&insert).await?;
        Ok(())
    }

    /// Enables sending again to any endpoint that answered that it is gone. Returns whether one
    /// had.
    pub async fn enable_webhook_endpoints(&self) -> Result<bool, StoreError> {
        let deleted = webhook_endpoint::Entity::delete_many()
            .filter(webhook_endpoint::Column::DisabledAt.is_not_null())
            .exec(&self.db)
            .await?;
        Ok(deleted.rows_affected > 0)
    }

    /// Whether the endpoint, identified by its digest, has answered that it is gone, or has asked
    /// to wait: nothing is sent to it.
    pub async fn webhook_endpoint_rests(&self, endpoint: &str) -> Result<bool, StoreError> {
        Ok(self.db.query_one(&self.resting(endpoint)).await?.is_some())
    }

    /// The endpoint has answered that it is gone, or has asked to wait.
    fn resting(&self, endpoint: &str) -> SelectStatement {
        use webhook_endpoint::Column as E;
        let now = self.now.expression(self.db.get_database_backend());
        Query::select()
            .expr(Expr::val(1))
            .from(webhook_endpoint::Entity)
            .and_where(E::Endpoint.eq(endpoint))
            .cond_where(
                Condition::any()
                    .add(E::DisabledAt.is_not_null())
                    .add(Expr::col(E::PausedUntil).gt(now)),
            )
            .to_owned()
    }

    /// Nobody is sending it, or its sender has died.
    fn unclaimed(&self) -> Condition {
        let now = self.now.expression(self.db.get_database_backend());
        Condition::any()
            .add(Expr::col((Entity, Column::ClaimedUntil)).is_null())
            .add(Expr::col((Entity, Column::ClaimedUntil)).lte(now))
    }

    /// The webhook of its connection that must arrive first: it is pending, or is just being sent.
    /// By user and provider, because after a disconnection the connection has another id but the
    /// same receiver.
    ///
    /// One user may have thousands of pending webhooks, and for each of them this is one index
    /// look-up. So it is a minimum, which PostgreSQL never turns into a join of all with all, and
    /// the state is a literal in the statement, because a partial index is not used for a
    /// parameter.
    fn first_of_the_connection(&self) -> SimpleExpr {
        let now = self.now.expression(self.db.get_database_backend());
        let other = Alias::new("other").into_iden();
        let of = |column: Column| Expr::col((other.clone(), column));
        let first = Query::select()
            .expr(of(Column::Id).min())
            .from_as(Entity, other.clone())
            .and_where(of(Column::UserId).equals((Entity, Column::UserId)))
            .and_where(of(Column::Provider).equals((Entity, Column::Provider)))
            .and_where(of(Column::State).eq(Expr::Constant(PENDING.into())))
            .cond_where(may_be_sent_of(&other).add(of(Column::ClaimedUntil).gt(now)))
            .to_owned();
        Expr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(first)))
    }
}

/// Its connection exists, or the webhook reports its disconnection.
pub(super) fn may_be_sent() -> Condition {
    may_be_sent_of(&Entity.into_iden())
}

fn may_be_sent_of(table: &DynIden) -> Condition {
    use provider_connection::Column as C;
    let of = |column: Column| Expr::col((table.clone(), column));
    let connection = Query::select()
        .expr(Expr::val(1))
        .from(provider_connection::Entity)
        .and_where(
            Expr::col((provider_connection::Entity, C::Id))
                .equals((table.clone(), Column::ConnectionId)),
        )
        .to_owned();
    Condition::any()
        .add(of(Column::Type).eq(WebhookEvent::Disconnected.as_str()))
        .add(Expr::exists(connection))
}

/// This attempt still holds it.
fn of_attempt(sent: &Webhook) -> Condition {
    Condition::all()
        .add(Column::Id.eq(sent.id))
        .add(Column::Attempts.eq(sent.attempts))
        .add(Column::State.eq(PENDING))
}
