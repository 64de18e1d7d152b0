use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::upstream::{Column, Entity};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryResult,
    QuerySelect, UpdateMany,
    sea_query::{Expr, ExprTrait, OnConflict, Query, SimpleExpr},
};
use uuid::Uuid;

use super::{Store, StoreError};

/// Failures in a row, of different connections, after which an upstream is left alone.
const THRESHOLD: i32 = 3;

/// How long it is left alone then; after that, one call every so often finds out how it fares.
pub const PROBE_EVERY: Duration = Duration::from_secs(10);

const SECOND: i64 = 1_000_000;

/// Whom a call concerns: the host that is called, and the provider behind it where that is
/// somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Targets {
    pub host: &'static str,
    pub behind: Option<&'static str>,
}

/// Whether the upstream may be called now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// This many calls; never none.
    Granted {
        calls: u32,
        /// The upstream is known to have failed, or was not heard of lately: a success is news.
        news: bool,
    },
    /// None, for so long: others found that it does not work.
    BreakerOpen(Duration),
    /// None, for so long: as many as the pace allows were made already.
    Paced(Duration),
}

/// How an upstream fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Connections that failed in a row.
    pub failures: i32,
    pub last_success_at: Option<DateTime<Utc>>,
}

impl Health {
    /// Several connections were tried since, and none succeeded.
    pub fn is_outage_since(self, since: DateTime<Utc>) -> bool {
        self.failures > 1 && self.last_success_at.is_none_or(|at| at < since)
    }
}

impl Store {
    /// Asks for up to `wanted` calls at `per_second`, which all replicas share. Callers that get
    /// fewer ask again later.
    pub async fn admit(
        &self,
        targets: Targets,
        wanted: u32,
        per_second: u32,
    ) -> Result<Admission, StoreError> {
        let backend = self.db.get_database_backend();
        let rows = self.upstreams(targets).await?;
        let mut half_open = false;
        let mut news = false;
        for row in rows {
            if let Some(left) = row.open_until.map(|until| until - row.now).filter(|left| *left > 0)
            {
                return Ok(Admission::BreakerOpen(microseconds(left)));
            }
            if let Some(read) = row.open_until {
                // The pause is over: whoever moves it on first looks how things are.
                let until = self.microseconds(backend).add(of(PROBE_EVERY));
                let mine = Entity::update_many()
                    .col_expr(Column::OpenUntil, until)
                    .filter(Column::Name.eq(row.name))
                    .filter(Column::OpenUntil.eq(read))
                    .exec(&self.db)
                    .await?;
                if mine.rows_affected == 0 {
                    return Ok(Admission::BreakerOpen(PROBE_EVERY));
                }
                half_open = true;
            }
            news |=
                row.failures > 0 || row.last_success_at.is_none_or(|at| row.now - at > 5 * SECOND);
        }
        let wanted = if half_open { 1 } else { wanted };
        let paced = self.pace(targets.host, wanted, per_second).await?;
        Ok(match paced {
            Ok(calls) => Admission::Granted { calls, news: news || half_open },
            Err(wait) => Admission::Paced(wait),
        })
    }

    /// A call for this connection failed in a way that tells of the upstream.
    pub async fn upstream_failed(
        &self,
        name: &str,
        connection_id: Uuid,
    ) -> Result<Health, StoreError> {
        let backend = self.db.get_database_backend();
        let another = Expr::cust_with_values(
            if backend == DbBackend::Postgres {
                "CASE WHEN last_failed_connection IS DISTINCT FROM $1 THEN failures + 1 ELSE failures END"
            } else {
                "CASE WHEN last_failed_connection IS NOT ? THEN failures + 1 ELSE failures END"
            },
            [connection_id],
        );
        let open_until = Expr::case(
            another.clone().gte(THRESHOLD),
            self.microseconds(backend).add(of(PROBE_EVERY)),
        )
        .finally(Expr::col(Column::OpenUntil));
        let update = Entity::update_many()
            .col_expr(Column::Failures, another)
            .col_expr(Column::OpenUntil, open_until.into())
            .col_expr(Column::LastFailedConnection, Expr::value(connection_id));
        let row = self.write_upstream(update, name).await?;
        Ok(row.map_or(Health { failures: 0, last_success_at: None }, |row| Health {
            failures: row.failures,
            last_success_at: row.last_success_at.and_then(DateTime::from_timestamp_micros),
        }))
    }

    /// A call succeeded.
    pub async fn upstream_succeeded(&self, name: &str) -> Result<(), StoreError> {
        let backend = self.db.get_database_backend();
        let update = Entity::update_many()
            .col_expr(Column::Failures, Expr::value(0))
            .col_expr(Column::OpenUntil, Expr::value(None::<i64>))
            .col_expr(Column::LastFailedConnection, Expr::value(None::<Uuid>))
            .col_expr(Column::LastSuccessAt, self.microseconds(backend));
        self.write_upstream(update, name).await?;
        Ok(())
    }

    /// The upstream asked to be left alone for so long.
    pub async fn open_breaker(
        &self,
        name: &'static str,
        pause: Duration,
    ) -> Result<(), StoreError> {
        // It may be the first that is heard of it.
        self.upstreams(Targets { host: name, behind: None }).await?;
        let until = self.microseconds(self.db.get_database_backend()).add(of(pause));
        let update = Entity::update_many().col_expr(Column::OpenUntil, until);
        self.write_upstream(update, name).await?;
        Ok(())
    }

    async fn write_upstream(
        &self,
        update: UpdateMany<Entity>,
        name: &str,
    ) -> Result<Option<entity::upstream::Model>, StoreError> {
        let rows = update.filter(Column::Name.eq(name)).exec_with_returning(&self.db).await?;
        Ok(rows.into_iter().next())
    }

    /// `Err`: how long until the next call may be made.
    async fn pace(
        &self,
        host: &str,
        wanted: u32,
        per_second: u32,
    ) -> Result<Result<u32, Duration>, StoreError> {
        let backend = self.db.get_database_backend();
        let (greatest, least) =
            if backend == DbBackend::Postgres { ("GREATEST", "LEAST") } else { ("MAX", "MIN") };
        let now = self.microseconds_text(backend);
        let interval = SECOND / i64::from(if per_second == 0 { 1 } else { per_second });
        // What was not used counts for a second: as many calls as that allows may be made at once.
        let from = format!("{greatest}(next_call_at, {now} - {})", SECOND - interval);
        let granted = format!(
            "CASE WHEN next_call_at > {now} THEN 0 \
             ELSE {least}({wanted}, ({now} - {from}) / {interval} + 1) END"
        );
        let update = Entity::update_many()
            .col_expr(Column::Granted, Expr::cust(granted.clone()))
            .col_expr(Column::NextCallAt, Expr::cust(format!("{from} + {interval} * ({granted})")));
        let row = self.write_upstream(update, host).await?;
        let granted = row.as_ref().map_or(0, |row| row.granted);
        Ok(match u32::try_from(granted) {
            Ok(granted) if granted > 0 => Ok(granted),
            _ => Err(microseconds(interval)),
        })
    }

    async fn upstreams(&self, targets: Targets) -> Result<Vec<Row>, StoreError> {
        let backend = self.db.get_database_backend();
        let names: Vec<&str> = [Some(targets.host), targets.behind].into_iter().flatten().collect();
        let select = || {
            Entity::find()
                .select_only()
                .columns([Column::Name, Column::OpenUntil, Column::Failures, Column::LastSuccessAt])
                .expr_as(self.microseconds(backend), "now")
                .filter(Column::Name.is_in(names.iter().copied()))
                .into_model::<Row>()
        };
        let rows = select().all(&self.db).await?;
        if rows.len() == names.len() {
            return Ok(rows);
        }
        let mut insert = Query::insert().into_table(Entity).columns([Column::Name]).to_owned();
        for name in &names {
            insert.values_panic([(*name).into()]);
        }
        insert.on_conflict(OnConflict::column(Column::Name).do_nothing().to_owned());
        self.db.execute(&insert).await?;
        Ok(select().all(&self.db).await?)
    }

    fn microseconds(&self, backend: DbBackend) -> SimpleExpr {
        Expr::cust(self.microseconds_text(backend))
    }

    fn microseconds_text(&self, backend: DbBackend) -> String {
        match (&self.now, backend) {
            (super::Now::Injected(clock), _) => clock.now().timestamp_micros().to_string(),
            (super::Now::Database, DbBackend::Postgres) => {
                "CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS bigint)".to_owned()
            }
            (super::Now::Database, _) => {
                "CAST(unixepoch('now', 'subsec') * 1000000 AS integer)".to_owned()
            }
        }
    }
}

struct Row {
    name: String,
    open_until: Option<i64>,
    failures: i32,
    last_success_at: Option<i64>,
    now: i64,
}

impl sea_orm::FromQueryResult for Row {
    fn from_query_result(row: &QueryResult, prefix: &str) -> Result<Self, DbErr> {
        Ok(Self {
            name: row.try_get(prefix, "name")?,
            open_until: row.try_get(prefix, "open_until")?,
            failures: row.try_get(prefix, "failures")?,
            last_success_at: row.try_get(prefix, "last_success_at")?,
            now: row.try_get(prefix, "now")?,
        })
    }
}

fn of(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

fn microseconds(number: i64) -> Duration {
    Duration::from_micros(number.unsigned_abs())
}
