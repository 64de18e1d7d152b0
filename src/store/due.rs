use chrono::{DateTime, TimeDelta, Utc};
use domain::{Lease, Provider, State};
use entity::provider_connection::{Column, Entity};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, Order, QueryFilter,
    sea_query::{
        Alias, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr, SubQueryStatement, Value,
    },
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{ConnectionRecord, Store, StoreError};

/// Which connections of a provider a worker may refresh.
#[derive(Clone, Copy, Debug)]
pub struct DueOf {
    pub provider: Provider,
    /// Connections that were not used for this long are skipped.
    pub idle_after: TimeDelta,
    /// Except if the refresh token would expire from disuse: then it is used after this time.
    pub keep_alive: Option<TimeDelta>,
}

/// When the next connection of a provider is due.
#[derive(Clone, Debug)]
pub struct DueSoon {
    pub provider: Provider,
    /// For connections that have not failed since their last success, or for the others.
    pub healthy: bool,
    pub earliest: DateTime<Utc>,
    pub now: DateTime<Utc>,
}

impl DueSoon {
    pub fn is_due(&self) -> bool {
        self.earliest <= self.now
    }
}

/// Which connections are claimed: those of a [`domain::Lane`].
#[derive(Clone, Debug)]
pub enum DueLane {
    Healthy,
    /// All their failures lie within one of these periods. `None`: it has not ended.
    Interrupted(Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>),
    /// They have failed otherwise.
    Suspect(Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>),
}

impl Store {
    /// When the next connections of these providers are due. Reads two index entries for each.
    pub async fn due_soon(&self, providers: &[Provider]) -> Result<Vec<DueSoon>, StoreError> {
        if providers.is_empty() {
            return Ok(Vec::new());
        }
        // Not a `UNION` of a statement for each: PostgreSQL would plan them all, every time.
        let provider = || Expr::col((Alias::new("of"), Alias::new("column1")));
        let earliest = |healthy: bool| {
            let failed = Expr::col(Column::LastFailedAt);
            let earliest = Query::select()
                .column(Column::RefreshDueAt)
                .from(Entity)
                .and_where(Expr::col((Entity, Column::Provider)).eq(provider()))
                .and_where(Column::RefreshToken.is_not_null())
                .and_where(Column::RefreshDueAt.is_not_null())
                .and_where(if healthy { failed.is_null() } else { failed.is_not_null() })
                .order_by(Column::RefreshDueAt, Order::Asc)
                .limit(1)
                .to_owned();
            Expr::SubQuery(None, Box::new(SubQueryStatement::SelectStatement(earliest)))
        };
        let select = Query::select()
            .expr_as(provider(), "provider")
            .expr_as(earliest(true), "healthy")
            .expr_as(earliest(false), "failing")
            .expr_as(self.now.expression(self.db.get_database_backend()), "now")
            .from_values(providers.iter().copied().map(Value::from), "of")
            .to_owned();
        let mut due = Vec::new();
        for row in self.db.query_all(&select).await? {
            for (column, healthy) in [("healthy", true), ("failing", false)] {
                if let Some(earliest) = row.try_get("", column)? {
                    due.push(DueSoon {
                        provider: row.try_get("", "provider")?,
                        healthy,
                        earliest,
                        now: row.try_get("", "now")?,
                    });
                }
            }
        }
        Ok(due)
    }

    /// Takes the leases of up to `limit` due connections, longest overdue first. Other workers skip
    /// them.
    pub async fn claim_due(
        &self,
        of: DueOf,
        lane: &DueLane,
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
        let mut due = self.claimable(of.provider, lane, limit);
        due.and_where(Expr::col(Column::RefreshDueAt).lte(now())).cond_where(in_use);
        self.claim(due, owner).await
    }

    /// Takes the lease of another connection of the provider, as a probe: one that has not failed
    /// since its last success, even if it is not due; otherwise one that has failed and is due for
    /// a retry.
    pub async fn claim_another(
        &self,
        provider: Provider,
        than: Uuid,
        owner: Uuid,
    ) -> Result<Option<(Lease, ConnectionRecord)>, StoreError> {
        for lane in [DueLane::Healthy, DueLane::Suspect(Vec::new())] {
            let mut another = self.claimable(provider, &lane, 1);
            // A token that may belong to another account proves nothing, and must not be used up by
            // a probe.
            another
                .and_where(Column::Id.ne(than))
                .and_where(Column::RefreshTokenUnproven.eq(false));
            if !matches!(lane, DueLane::Healthy) {
                let now = self.now.expression(self.db.get_database_backend());
                another
                    .and_where(Column::State.ne(State::ReauthenticationRequired))
                    .and_where(Expr::col(Column::RefreshDueAt).lte(now));
            }
            if let Some(claimed) = self.claim(another, owner).await?.pop() {
                return Ok(Some(claimed));
            }
        }
        Ok(None)
    }

    fn claimable(&self, provider: Provider, lane: &DueLane, limit: u32) -> SelectStatement {
        let mut due = Query::select();
        due.column(Column::Id)
            .from(Entity)
            .and_where(Column::Provider.eq(provider))
            .and_where(Column::RefreshToken.is_not_null())
            .and_where(Column::State.ne(State::Connecting))
            .cond_where(lane.condition())
            .cond_where(
                Condition::any().add(Column::LeaseOwner.is_null()).add(
                    Expr::col(Column::LeaseUntil)
                        .lte(self.now.expression(self.db.get_database_backend())),
                ),
            )
            .order_by(Column::RefreshDueAt, Order::Asc)
            .limit(limit.into());
        due
    }

    async fn claim(
        &self,
        mut due: SelectStatement,
        owner: Uuid,
    ) -> Result<Vec<(Lease, ConnectionRecord)>, StoreError> {
        let backend = self.db.get_database_backend();
        self.skip_locked(&mut due);
        let deadline = Lease::deadline(Instant::now().into_std());
        let claim = Entity::update_many()
            .col_expr(Column::LeaseOwner, Expr::value(owner))
            .col_expr(Column::LeaseUntil, self.now.plus(backend, Lease::LASTS))
            .filter(Column::Id.in_subquery(due));
        let rows = self.claimed(claim, (Column::Id, Column::RefreshDueAt)).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let lease = Lease {
                    connection_id: row.id,
                    owner,
                    generation: row.generation,
                    found: Some(row.state),
                    deadline,
                };
                let now = row.lease_until.unwrap_or_default() - Lease::LASTS;
                (lease, ConnectionRecord::of_row(row, now))
            })
            .collect())
    }

    /// Postpones up to `batch` due connections that were not used for a long time, until their
    /// refresh token must be used so that it doesn't expire, or until they are used again. Returns
    /// how many: fewer than `batch` means that none is left, or that another replica is working on
    /// them. `healthy`: connections that have not failed since their last success, or the others;
    /// each has its own index.
    pub async fn put_off_idle(
        &self,
        of: DueOf,
        healthy: bool,
        batch: u64,
    ) -> Result<u64, StoreError> {
        let backend = self.db.get_database_backend();
        let failed = Expr::col(Column::LastFailedAt);
        let mut idle = Query::select();
        idle.column(Column::Id)
            .from(Entity)
            .and_where(Column::Provider.eq(of.provider))
            .and_where(Column::RefreshToken.is_not_null())
            .and_where(if healthy { failed.is_null() } else { failed.is_not_null() })
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
        self.skip_locked(&mut idle);
        let put_off = Entity::update_many()
            .col_expr(Column::RefreshDueAt, until)
            .filter(Column::Id.in_subquery(idle))
            .exec(&self.db)
            .await?;
        Ok(put_off.rows_affected)
    }
}

/// The SQL expression for a time in the row plus `by`.
pub(super) fn later(backend: DbBackend, time: SimpleExpr, by: TimeDelta) -> SimpleExpr {
    let seconds = by.num_seconds();
    match backend {
        DbBackend::Postgres => time.add(Expr::cust(format!("interval '{seconds} seconds'"))),
        // The format in which the time is stored; see `Now`.
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

/// The sign-in that returned the refresh token.
pub(super) fn last_granted() -> SimpleExpr {
    Expr::col(Column::RefreshTokenGrantedAt).if_null(Expr::col(Column::ConnectedAt))
}

fn last_refreshed() -> SimpleExpr {
    Expr::col(Column::RefreshedAt).if_null(Expr::col(Column::ConnectedAt))
}

impl DueLane {
    fn condition(&self) -> Condition {
        let failed = || Expr::col(Column::LastFailedAt);
        let within = |times: &[(DateTime<Utc>, Option<DateTime<Utc>>)]| {
            times.iter().fold(Condition::any(), |any, (since, until)| {
                let first = Expr::col(Column::FirstFailedAt).if_null(failed());
                let within = Condition::all().add(first.gte(*since));
                any.add(within.add_option(until.map(|until| failed().lte(until))))
            })
        };
        match self {
            Self::Healthy => Condition::all().add(failed().is_null()),
            Self::Interrupted(times) => {
                Condition::all().add(failed().is_not_null()).add(within(times))
            }
            Self::Suspect(times) if times.is_empty() => {
                Condition::all().add(failed().is_not_null())
            }
            Self::Suspect(times) => {
                Condition::all().add(failed().is_not_null()).add(within(times).not())
            }
        }
    }
}
