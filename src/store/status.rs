//! What `status` and the metrics report about the whole database. Read-only, and never part of a
//! request.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Provider, State};
use entity::{event, provider_connection::Column, revocation, upstream};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{CaseStatement, Expr, ExprTrait, Func, SimpleExpr},
};

use super::{Store, StoreError, facts::shown_state, upstream::health};

/// A refresh that has been due for longer than this is overdue: workers check at least once a
/// minute.
const OVERDUE: TimeDelta = TimeDelta::minutes(1);

/// The connections of one provider in one state.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct StatusOfConnections {
    pub provider: Provider,
    /// The state that users see.
    pub shown: State,
    pub number: i64,
    /// Refreshes that are due.
    pub due: i64,
    /// Refreshes that have been due for over a minute.
    pub overdue: i64,
    pub oldest_due_at: Option<DateTime<Utc>>,
    /// Connections whose users were notified that they end soon, and have not signed in since.
    told_of_end: i64,
    /// Since when the longest failing one has failed.
    pub failing_since: Option<DateTime<Utc>>,
    /// When this was read, by the database's clock.
    pub now: DateTime<Utc>,
}

impl StatusOfConnections {
    /// Those that end soon, according to the notification of their users, and have not ended yet.
    pub fn ending_soon(&self) -> i64 {
        if self.shown == State::ReauthenticationRequired { 0 } else { self.told_of_end }
    }
}

/// The revocations of one provider.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct OutboxStatus {
    pub provider: Provider,
    pub number: i64,
    /// Those that may be tried now.
    pub due: i64,
    pub oldest_at: Option<DateTime<Utc>>,
    pub most_attempts: i32,
}

/// What is known about one upstream and kind of call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamStatus {
    /// A `domain::Target`.
    pub name: String,
    pub is_down: bool,
    /// Consecutive failures of connections that worked before.
    pub failures: i32,
    pub failing_since: Option<DateTime<Utc>>,
    pub paused_until: Option<DateTime<Utc>>,
    pub last_success_at: Option<DateTime<Utc>>,
}

/// The leases on connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Leases {
    pub held: i64,
    /// Expired without having been released: their holder died, or was too slow.
    pub abandoned: i64,
}

impl Store {
    /// The connections by provider and state: one pass over the table, however long that takes.
    pub async fn connections_by_state(&self) -> Result<Vec<StatusOfConnections>, StoreError> {
        use entity::provider_connection::Entity;
        let backend = self.db.get_database_backend();
        let waits = |by: SimpleExpr| {
            Expr::col(Column::RefreshToken)
                .is_not_null()
                .and(Expr::col(Column::State).ne(State::ReauthenticationRequired))
                .and(Expr::col(Column::RefreshDueAt).lte(by))
        };
        let due = || waits(self.now.expression(backend));
        let when_due = CaseStatement::new().case(due(), Expr::col(Column::RefreshDueAt));
        let told = || Expr::col(Column::ExpiresSoonAt).gte(Expr::col(Column::ConnectedAt));
        let db = self.db.without_limits().await?;
        let counted = Entity::find()
            .select_only()
            .column(Column::Provider)
            .expr_as(shown_state(&self.now, backend), "shown")
            .expr_as(Expr::col(Column::Id).count(), "number")
            .expr_as(count_if(due()), "due")
            .expr_as(count_if(waits(self.now.minus(backend, OVERDUE))), "overdue")
            .expr_as(Func::min(when_due), "oldest_due_at")
            .expr_as(count_if(told()), "told_of_end")
            .expr_as(Expr::col(Column::FirstFailedAt).min(), "failing_since")
            .expr_as(self.now.expression(backend), "now")
            .filter(Column::State.ne(State::Connecting))
            .group_by(Column::Provider)
            // By its name, because on PostgreSQL the same expression with other parameters is a
            // different one.
            .group_by(Expr::cust("shown"))
            .order_by_asc(Column::Provider)
            .into_model()
            .all(&db)
            .await;
        self.db.give_back(db).await;
        Ok(counted?)
    }

    /// The outbox by provider.
    pub async fn outbox(&self) -> Result<Vec<OutboxStatus>, StoreError> {
        use revocation::{Column, Entity};
        let due = Expr::col(Column::DueAt).lte(self.now.expression(self.db.get_database_backend()));
        Ok(Entity::find()
            .select_only()
            .column(Column::Provider)
            .expr_as(Expr::col(Column::Id).count(), "number")
            .expr_as(count_if(due), "due")
            .expr_as(Expr::col(Column::CreatedAt).min(), "oldest_at")
            .expr_as(Expr::col(Column::Attempts).max(), "most_attempts")
            .group_by(Column::Provider)
            .order_by_asc(Column::Provider)
            .into_model()
            .all(&self.db)
            .await?)
    }

    /// What is known about the upstreams that were called.
    pub async fn upstreams(&self) -> Result<Vec<UpstreamStatus>, StoreError> {
        let rows = upstream::Entity::find()
            // A row with a pace but no health.
            .filter(upstream::Column::Name.not_like("%/userinfo"))
            .order_by_asc(upstream::Column::Name)
            .all(&self.db)
            .await?;
        let status = |row: upstream::Model| {
            let health = health(&row);
            UpstreamStatus {
                is_down: health.is_down(),
                failures: health.failures,
                failing_since: health.failing_since,
                paused_until: health.paused_until,
                last_success_at: health.last_success_at,
                name: row.name,
            }
        };
        Ok(rows.into_iter().map(status).collect())
    }

    /// The leases on connections.
    pub async fn leases(&self) -> Result<Leases, StoreError> {
        use entity::provider_connection::Entity;
        let now = || self.now.expression(self.db.get_database_backend());
        let leases = Entity::find()
            .select_only()
            .expr_as(count_if(Expr::col(Column::LeaseUntil).gt(now())), "held")
            .expr_as(count_if(Expr::col(Column::LeaseUntil).lte(now())), "abandoned")
            .filter(Column::LeaseOwner.is_not_null())
            .into_model()
            .one(&self.db)
            .await?;
        Ok(leases.unwrap_or(Leases { held: 0, abandoned: 0 }))
    }

    /// When the oldest event was written. The job `prune_events` removes older ones.
    pub async fn oldest_event_at(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let oldest = event::Entity::find()
            .select_only()
            .column(event::Column::At)
            .order_by_asc(event::Column::At)
            .limit(1)
            .into_tuple()
            .one(&self.db)
            .await?;
        Ok(oldest)
    }

    /// The names of the migrations that were applied, oldest first.
    pub async fn applied_migrations(&self) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT version FROM provider_connection_migration ORDER BY version";
        let backend = self.db.get_database_backend();
        let rows = self.db.query_all_raw(sea_orm::Statement::from_string(backend, sql)).await?;
        let names = rows.iter().map(|row| row.try_get("", "version"));
        Ok(names.collect::<Result<_, DbErr>>()?)
    }
}

/// How many rows meet the condition.
fn count_if(condition: SimpleExpr) -> SimpleExpr {
    // The case has no other branch: what doesn't meet it is NULL, which isn't counted.
    Func::count(CaseStatement::new().case(condition, Expr::value(1))).into()
}
