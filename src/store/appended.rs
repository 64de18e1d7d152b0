use domain::{ActorKind, Kind, Provider};
use entity::event::{Column, Entity};
use sea_orm::{
    ConnectionTrait, FromQueryResult, Iterable, Order, Statement,
    sea_query::{Expr, ExprTrait, InsertStatement, PostgresQueryBuilder, Query},
};
use tokio::sync::watch;
use uuid::Uuid;

use super::{Event, NOTIFICATIONS, Store, StoreError, Transaction, event_pages::known};

/// The maximum number of events that one statement reads.
const AT_ONCE: usize = 256;

/// An event's id and its user.
pub type Appended = (i64, Uuid);

/// An event and the connection it is about.
#[derive(Clone, Debug)]
pub struct AppendedEvent {
    pub user_id: Uuid,
    pub provider: Provider,
    pub event: Event,
}

/// The expression that makes PostgreSQL send a notification of an event in this table.
pub(super) fn notify_of(table: &str) -> String {
    format!("pg_notify('{NOTIFICATIONS}', {table}.user_id::text || ' ' || {table}.id::text)")
}

impl Store {
    /// Changes whenever this process has committed events.
    pub fn appended(&self) -> watch::Receiver<()> {
        self.appended.subscribe()
    }

    /// These events, ordered by id. Left out are events that are gone, and kinds that a newer
    /// release wrote and this one doesn't know.
    pub async fn events_by_id(&self, ids: &[i64]) -> Result<Vec<AppendedEvent>, StoreError> {
        let mut events = Vec::with_capacity(ids.len());
        for ids in ids.chunks(AT_ONCE) {
            // Otherwise a statement would be prepared and kept for each number of ids.
            let filled = ids.iter().chain(std::iter::repeat(&ids[0]));
            let filled = filled.take(ids.len().next_power_of_two()).copied();
            let select = Query::select()
                .columns([
                    Column::Id,
                    Column::UserId,
                    Column::Provider,
                    Column::Kind,
                    Column::Actor,
                    Column::ClientId,
                    Column::At,
                    Column::Detail,
                    Column::Evidence,
                    Column::Times,
                ])
                .from(Entity)
                .and_where(Expr::col(Column::Id).is_in(filled))
                .and_where(Expr::cust(known(Column::Kind, Kind::iter())))
                .and_where(Expr::cust(known(Column::Actor, ActorKind::iter())))
                .order_by(Column::Id, Order::Asc)
                .to_owned();
            for row in self.db.query_all(&select).await? {
                events.push(AppendedEvent {
                    user_id: row.try_get("", "user_id")?,
                    provider: row.try_get("", "provider")?,
                    event: Event::from_query_result(&row, "")?,
                });
            }
        }
        Ok(events)
    }

    /// The newest events, newest first, up to a limit.
    pub async fn newest_events(&self, limit: u64) -> Result<Vec<Appended>, StoreError> {
        self.names(Query::select().order_by(Column::Id, Order::Desc).limit(limit)).await
    }

    /// Events with ids above `floor`, oldest first, up to a limit.
    pub async fn events_above(&self, floor: i64, limit: u64) -> Result<Vec<Appended>, StoreError> {
        let mut select = Query::select();
        select.and_where(Expr::col(Column::Id).gt(floor)).order_by(Column::Id, Order::Asc);
        self.names(select.limit(limit)).await
    }

    async fn names(
        &self,
        select: &mut sea_orm::sea_query::SelectStatement,
    ) -> Result<Vec<Appended>, StoreError> {
        let select = select.columns([Column::Id, Column::UserId]).from(Entity).to_owned();
        let rows = self.db.query_all(&select).await?;
        let names =
            rows.iter().map(|row| Ok((row.try_get("", "id")?, row.try_get("", "user_id")?)));
        Ok(names.collect::<Result<_, sea_orm::DbErr>>()?)
    }

    /// Inserts events, and makes PostgreSQL send a notification when the transaction is committed:
    /// in the same statement, so that it costs no round trip.
    pub(super) async fn insert_events(
        &self,
        transaction: &Transaction,
        mut insert: InsertStatement,
    ) -> Result<(), StoreError> {
        if !self.notifies {
            transaction.execute(&insert).await?;
            return Ok(());
        }
        insert.returning(Query::returning().columns([Column::Id, Column::UserId]));
        let (sql, values) = insert.build(PostgresQueryBuilder);
        let sql =
            format!("WITH appended AS ({sql}) SELECT {} FROM appended", notify_of("appended"));
        let backend = transaction.get_database_backend();
        transaction.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        Ok(())
    }

    /// Notifies those in this process who follow the events.
    pub(super) fn tell_of_events(&self) {
        self.appended.send_replace(());
        if let Some(outbox) = &self.webhooks {
            outbox.committed();
        }
    }
}
