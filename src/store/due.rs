use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Provider, State};
use entity::provider_connection::{Column, Entity};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, DbErr, EntityTrait, FromQueryResult, Order, QueryFilter,
    QueryResult, QuerySelect,
    sea_query::{Expr, ExprTrait, Func, LockBehavior, LockType, NullOrdering, Query, SimpleExpr},
};
use uuid::Uuid;

use super::{ConnectionRecord, LEASE, Lease, Store, StoreError};

/// What a worker may refresh of one provider.
#[derive(Clone, Copy, Debug)]
pub struct DueOf {
    pub provider: Provider,
    /// Connections that nobody used for so long are left alone.
    pub idle_after: TimeDelta,
    /// But for a refresh token that would die if it were not used for longer than that.
    pub keep_alive: Option<TimeDelta>,
}

/// What is due of one provider, now or soon.
#[derive(Clone, Debug)]
pub struct DueSoon {
    pub provider: Provider,
    /// How many are due already.
    pub due: i64,
    pub earliest: DateTime<Utc>,
    pub now: DateTime<Utc>,
}

impl Store {
    /// Which providers have connections that are due now or within `soon`.
    pub async fn due_soon(&self, soon: Duration) -> Result<Vec<DueSoon>, StoreError> {
        let backend = self.db.get_database_backend();
        let now = || self.now.expression(backend);
        let due = Expr::case(Expr::col(Column::RefreshDueAt).lte(now()), 1).finally(0);
        Ok(Entity::find()
            .select_only()
            .column(Column::Provider)
            .expr_as(Expr::expr(due).sum(), "due")
            .expr_as(Column::RefreshDueAt.min(), "earliest")
            .expr_as(now(), "now")
            .filter(Column::RefreshToken.is_not_null())
            .filter(Column::RefreshDueAt.into_expr().lte(self.now.plus(backend, soon)))
            .group_by(Column::Provider)
            .into_model::<DueSoon>()
            .all(&self.db)
            .await?)
    }

    /// Takes the leases of up to `limit` connections that are due, those whose access token ends
    /// soonest first. Other workers skip what this one is taking.
    pub async fn claim_due(
        &self,
        of: DueOf,
        limit: u32,
        owner: Uuid,
    ) -> Result<Vec<(Lease, ConnectionRecord)>, StoreError> {
        let backend = self.db.get_database_backend();
        let now = || self.now.expression(backend);
        let mut in_use =
            Condition::any().add(last_used().gt(self.now.minus(backend, of.idle_after)));
        if let Some(keep_alive) = of.keep_alive {
            in_use = in_use.add(last_refreshed().lte(self.now.minus(backend, keep_alive)));
        }
        let mut due = Query::select();
        due.column(Column::Id)
            .from(Entity)
            .and_where(Column::Provider.eq(of.provider))
            .and_where(Column::RefreshToken.is_not_null())
            .and_where(Column::State.ne(State::Connecting))
            .and_where(Expr::col(Column::RefreshDueAt).lte(now()))
            .cond_where(
                Condition::any()
                    .add(Column::LeaseOwner.is_null())
                    .add(Expr::col(Column::LeaseUntil).lte(now())),
            )
            .cond_where(in_use)
            .order_by_with_nulls(Column::AccessTokenExpiresAt, Order::Asc, NullOrdering::Last)
            .limit(limit.into());
        if backend == DbBackend::Postgres {
            due.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        let rows = Entity::update_many()
            .col_expr(Column::LeaseOwner, Expr::value(owner))
            .col_expr(Column::LeaseUntil, self.now.plus(backend, LEASE))
            .filter(Column::Id.in_subquery(due))
            .exec_with_returning(&self.db)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let lease = Lease { connection_id: row.id, owner, generation: row.generation };
                let now = row.lease_until.unwrap_or_default() - LEASE;
                (lease, ConnectionRecord::of_row(row, now))
            })
            .collect())
    }

    /// Puts off up to `batch` of what is due and was not used for long: until its refresh token
    /// has to be used lest it dies, or until somebody uses it. Answers how many: fewer than `batch`
    /// means that none is left, or that another replica is at them.
    pub async fn put_off_idle(&self, of: DueOf, batch: u64) -> Result<u64, StoreError> {
        let backend = self.db.get_database_backend();
        let mut idle = Query::select();
        idle.column(Column::Id)
            .from(Entity)
            .and_where(Column::Provider.eq(of.provider))
            .and_where(Expr::col(Column::RefreshDueAt).lte(self.now.expression(backend)))
            .and_where(last_used().lte(self.now.minus(backend, of.idle_after)))
            .limit(batch);
        let until = match of.keep_alive {
            None => Expr::value(None::<DateTime<Utc>>),
            Some(keep_alive) => {
                idle.and_where(last_refreshed().gt(self.now.minus(backend, keep_alive)));
                later(backend, last_refreshed(), keep_alive)
            }
        };
        if backend == DbBackend::Postgres {
            idle.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        let put_off = Entity::update_many()
            .col_expr(Column::RefreshDueAt, until)
            .filter(Column::Id.in_subquery(idle))
            .exec(&self.db)
            .await?;
        Ok(put_off.rows_affected)
    }
}

/// The SQL expression of a time of the row, and `by` later.
fn later(backend: DbBackend, time: SimpleExpr, by: TimeDelta) -> SimpleExpr {
    let seconds = by.num_seconds();
    match backend {
        DbBackend::Postgres => time.add(Expr::cust(format!("interval '{seconds} seconds'"))),
        // The form in which the time is kept; see `Now`.
        _ => Func::cust("strftime")
            .args([
                Expr::value("%Y-%m-%dT%H:%M:%f+00:00"),
                time,
                Expr::value(format!("+{seconds} seconds")),
            ])
            .into(),
    }
}

fn last_used() -> SimpleExpr {
    Expr::col(Column::UsedAt).if_null(Expr::col(Column::ConnectedAt))
}

fn last_refreshed() -> SimpleExpr {
    Expr::col(Column::RefreshedAt).if_null(Expr::col(Column::ConnectedAt))
}

impl FromQueryResult for DueSoon {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            provider: row.try_get(prefix, "provider")?,
            due: row.try_get(prefix, "due")?,
            earliest: row.try_get(prefix, "earliest")?,
            now: row.try_get(prefix, "now")?,
        })
    }
}
