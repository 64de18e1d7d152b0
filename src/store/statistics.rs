//! What metrics say of the whole database. Read now and then, never for a request.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Provider, State};
use entity::{
    provider_connection::{Column, Entity},
    upstream,
};
use sea_orm::{
    ConnectionTrait, EntityTrait,
    sea_query::{CaseStatement, Expr, ExprTrait, Query, SimpleExpr},
};

use super::{Store, StoreError, upstream::health};

/// Connections of one provider and state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub provider: Provider,
    pub state: State,
    /// Whether their access tokens have expired and can't be renewed: what [`State`] doesn't say.
    pub ended: bool,
    pub number: u64,
    /// How long the one that has been due for the longest is due. `None`: none is.
    pub overdue: Option<TimeDelta>,
}

/// How an upstream fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetHealth {
    pub target: String,
    pub is_down: bool,
    pub failures: i32,
    pub last_success_at: Option<DateTime<Utc>>,
}

impl Store {
    /// Counts all connections: one pass over the table, however long that takes.
    pub async fn count_connections(&self) -> Result<Vec<Counted>, StoreError> {
        let now = || self.now.expression(self.db.get_database_backend());
        let expired = Expr::col(Column::AccessTokenExpiresAt)
            .lte(now())
            .and(Expr::col(Column::RefreshToken).is_null());
        let has_refresh_token = Expr::col(Column::RefreshToken).is_not_null();
        let renewable: SimpleExpr =
            CaseStatement::new().case(has_refresh_token, Expr::col(Column::RefreshDueAt)).into();
        let ended = CaseStatement::new().case(expired, 1).finally(0);
        let counted = Query::select()
            .column(Column::Provider)
            .column(Column::State)
            .expr_as(ended, "ended")
            .expr_as(Expr::col(Column::Id).count(), "number")
            .expr_as(renewable.min(), "due")
            .expr_as(now(), "now")
            .from(Entity)
            .and_where(Expr::col(Column::State).ne(State::Connecting))
            .group_by_col(Column::Provider)
            .group_by_col(Column::State)
            // By its name: on PostgreSQL the same expression with other parameters is another one.
            .group_by_col("ended")
            .to_owned();
        let db = self.db.without_limits().await?;
        let rows = db.query_all(&counted).await;
        if self.db.is_limited() {
            // It was opened for this alone, and it is going away either way.
            let _ = db.close().await;
        }
        let mut all = Vec::new();
        for row in rows? {
            let due: Option<DateTime<Utc>> = row.try_get("", "due")?;
            let now: DateTime<Utc> = row.try_get("", "now")?;
            let number: i64 = row.try_get("", "number")?;
            let ended: i32 = row.try_get("", "ended")?;
            all.push(Counted {
                provider: row.try_get("", "provider")?,
                state: row.try_get("", "state")?,
                ended: ended != 0,
                number: u64::try_from(number).unwrap_or_default(),
                overdue: due.map(|due| now - due).filter(|late| *late > TimeDelta::zero()),
            });
        }
        Ok(all)
    }

    /// How each upstream fares that was ever called.
    pub async fn health_of_all(&self) -> Result<Vec<TargetHealth>, StoreError> {
        let rows = upstream::Entity::find().all(&self.db).await?;
        let of = |row: upstream::Model| {
            let health = health(&row);
            TargetHealth {
                is_down: health.is_down(),
                failures: health.failures,
                last_success_at: health.last_success_at,
                target: row.name,
            }
        };
        Ok(rows.into_iter().map(of).collect())
    }
}
