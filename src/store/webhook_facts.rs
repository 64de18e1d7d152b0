//! What an operator can see of the webhook outbox.

use chrono::{DateTime, Utc};
use entity::{
    webhook::{Column, Entity},
    webhook_endpoint,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{
    Store, StoreError, Webhook,
    webhook_outbox::{DEAD, DELIVERED, PENDING, RECORDED},
    webhooks::may_be_sent,
};

/// Which webhooks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookFilter {
    All,
    /// Pending webhooks.
    Pending,
    /// Webhooks that were given up.
    Dead,
}

/// Which webhooks to send again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    One(Uuid),
    Dead,
    Since(DateTime<Utc>),
}

/// The state of the outbox for a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookStatus {
    pub pending: i64,
    pub dead: i64,
    pub oldest_pending_at: Option<DateTime<Utc>>,
    /// Since when an endpoint has answered that it is gone.
    pub disabled_since: Option<DateTime<Utc>>,
    pub paused_until: Option<DateTime<Utc>>,
}

#[derive(FromQueryResult)]
struct OfState {
    state: String,
    number: i64,
    oldest_at: Option<DateTime<Utc>>,
}

impl Store {
    /// The newest webhooks, newest first, up to a limit. `before`: older than the one with that id.
    pub async fn webhooks(
        &self,
        filter: WebhookFilter,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<Webhook>, StoreError> {
        let state = match filter {
            WebhookFilter::All => None,
            WebhookFilter::Pending => Some(PENDING),
            WebhookFilter::Dead => Some(DEAD),
        };
        Ok(Entity::find()
            .filter(
                Condition::all()
                    .add_option(state.map(|state| Column::State.eq(state)))
                    .add_option(before.map(|id| Column::Id.lt(id))),
            )
            .order_by_desc(Column::Id)
            .limit(limit)
            .all(&self.db)
            .await?)
    }

    /// Schedules webhooks to be sent again, from the first attempt on and under the same ids.
    /// Returns how many: none of deleted connections, and none that were only recorded, because
    /// there may be no server that sends them.
    pub async fn replay_webhooks(&self, which: Replay) -> Result<u64, StoreError> {
        let backend = self.db.get_database_backend();
        let which = match which {
            Replay::One(id) => Condition::all().add(Column::MessageId.eq(id)),
            Replay::Dead => Condition::all().add(Column::State.eq(DEAD)),
            Replay::Since(at) => Condition::all().add(Column::OccurredAt.gte(at)),
        };
        let replayed = Entity::update_many()
            .col_expr(Column::State, Expr::value(PENDING))
            .col_expr(Column::Attempts, Expr::value(0))
            .col_expr(Column::DueAt, self.now.expression(backend))
            .col_expr(Column::EndedAt, Expr::value(None::<DateTime<Utc>>))
            .filter(which)
            .filter(Column::State.ne(RECORDED))
            .filter(may_be_sent())
            .exec(&self.db)
            .await?;
        Ok(replayed.rows_affected)
    }

    /// The numbers for a report, and for the metrics. It reads pending and dead webhooks, and
    /// nothing of the delivered ones.
    pub async fn webhook_status(&self) -> Result<WebhookStatus, StoreError> {
        use webhook_endpoint::Column as E;
        let now = self.now.expression(self.db.get_database_backend());
        let mut status = WebhookStatus::default();
        let counted: Vec<OfState> = Entity::find()
            .select_only()
            .column(Column::State)
            .expr_as(Expr::col(Column::Id).count(), "number")
            .expr_as(Expr::col(Column::OccurredAt).min(), "oldest_at")
            .filter(Column::State.is_in([PENDING, DEAD]))
            .group_by(Column::State)
            .into_model()
            .all(&self.db)
            .await?;
        for of in counted {
            if of.state == DEAD {
                status.dead = of.number;
            } else {
                status.pending = of.number;
                status.oldest_pending_at = of.oldest_at;
            }
        }
        let endpoints = webhook_endpoint::Entity::find()
            .filter(
                Condition::any()
                    .add(E::DisabledAt.is_not_null())
                    .add(Expr::col(E::PausedUntil).gt(now)),
            )
            .all(&self.db)
            .await?;
        status.disabled_since = endpoints.iter().filter_map(|of| of.disabled_at).max();
        status.paused_until = endpoints.iter().filter_map(|of| of.paused_until).max();
        Ok(status)
    }

    /// When a webhook was last delivered. It reads all delivered ones, so it is for a person, not
    /// for a job.
    pub async fn last_webhook_delivered_at(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let last = Entity::find()
            .select_only()
            .expr_as(Expr::col(Column::EndedAt).max(), "at")
            .filter(Column::State.eq(DELIVERED))
            .into_tuple::<Option<DateTime<Utc>>>()
            .one(&self.db)
            .await?;
        Ok(last.flatten())
    }
}
