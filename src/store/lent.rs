use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, Connection, Executor, Postgres, error::DatabaseError, query::Query};
use tokio::time::{Instant, error::Elapsed, timeout, timeout_at};

use super::server::{Live, Object, PING_LIMIT};

/// A connection of the pool while it is in use. If it is not known to be idle when it is dropped,
/// it is first reset or closed; the pool immediately gets a new one in its place.
pub(super) struct Lent {
    /// `None`: it failed, and is closed.
    object: Option<Object>,
    /// When a statement was sent that has not finished.
    sent_at: Option<Instant>,
    /// There is a transaction to roll back.
    in_transaction: bool,
}

impl Lent {
    pub fn new(object: Object) -> Self {
        Self { object: Some(object), sent_at: None, in_transaction: false }
    }

    pub async fn execute(
        &mut self,
        statement: Statement,
        deadline: Instant,
    ) -> Result<ExecResult, DbErr> {
        let raw = &mut self.send()?.raw;
        let ended = timeout_at(deadline, query(statement).execute(raw)).await;
        self.heard(ended).map(ExecResult::from).map_err(of_exec)
    }

    pub async fn query_one(
        &mut self,
        statement: Statement,
        deadline: Instant,
    ) -> Result<Option<QueryResult>, DbErr> {
        let raw = &mut self.send()?.raw;
        let ended = timeout_at(deadline, query(statement).fetch_optional(raw)).await;
        self.heard(ended).map(|row| row.map(QueryResult::from)).map_err(of_query)
    }

    pub async fn query_all(
        &mut self,
        statement: Statement,
        deadline: Instant,
    ) -> Result<Vec<QueryResult>, DbErr> {
        let raw = &mut self.send()?.raw;
        let ended = timeout_at(deadline, query(statement).fetch_all(raw)).await;
        let rows = self.heard(ended).map_err(of_query)?;
        Ok(rows.into_iter().map(QueryResult::from).collect())
    }

    /// Runs SQL as plain text.
    pub async fn run(&mut self, sql: &str, deadline: Instant) -> Result<ExecResult, DbErr> {
        let raw = &mut self.send()?.raw;
        let ended = timeout_at(deadline, raw.execute(AssertSqlSafe(sql.to_owned()))).await;
        self.heard(ended).map(ExecResult::from).map_err(of_exec)
    }

    pub async fn begin(&mut self, deadline: Instant) -> Result<(), DbErr> {
        self.in_transaction = true;
        self.run("BEGIN", deadline).await?;
        Ok(())
    }

    pub async fn commit(&mut self, deadline: Instant) -> Result<(), DbErr> {
        self.run("COMMIT", deadline).await?;
        self.in_transaction = false;
        Ok(())
    }

    fn send(&mut self) -> Result<&mut Live, DbErr> {
        self.sent_at = Some(Instant::now());
        let lost = || DbErr::Conn(RuntimeErr::Internal("the connection was lost".to_owned()));
        Ok(&mut **self.object.as_mut().ok_or_else(lost)?)
    }

    /// The result of the statement. A connection that does not answer or breaks is closed, and so is one
    /// on which a write was refused as read-only, unless it is new.
    fn heard<T>(
        &mut self,
        ended: Result<Result<T, sqlx::Error>, Elapsed>,
    ) -> Result<T, sqlx::Error> {
        let sent_at = self.sent_at.take();
        let ended = ended.unwrap_or_else(|_| Err(unanswered()));
        let Some(object) = self.object.as_mut() else { return ended };
        if ended.as_ref().is_err_and(breaks) {
            if let (Some(pool), Some(sent_at)) = (Object::pool(object), sent_at) {
                pool.manager().suspect(sent_at);
            }
            self.close();
        } else if ended.as_ref().is_err_and(is_read_only) && !object.is_new() {
            // The others are not suspected: if the database is read-only, they are still good for reads.
            self.close();
        } else {
            object.heard_at = Instant::now();
        }
        ended
    }

    /// Its place in the pool is free at once, and its socket is closed abruptly.
    fn close(&mut self) {
        drop(self.object.take().map(Object::take));
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(mut object) = self.object.take() else { return };
        if self.sent_at.is_none() && !self.in_transaction {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            drop(Object::take(object));
            return;
        };
        let in_transaction = self.in_transaction;
        runtime.spawn(async move {
            let raw = &mut object.raw;
            let rests = async {
                if in_transaction {
                    raw.execute("ROLLBACK").await.is_ok()
                } else {
                    raw.ping().await.is_ok()
                }
            };
            if timeout(PING_LIMIT, rests).await == Ok(true) {
                object.heard_at = Instant::now();
            } else {
                drop(Object::take(object));
            }
        });
    }
}

fn query(statement: Statement) -> Query<'static, Postgres, SqlxValues> {
    let values = SqlxValues(statement.values.unwrap_or(Values(Vec::new())));
    sqlx::query_with(AssertSqlSafe(statement.sql), values)
}

/// Whether the connection can't be used any more.
fn breaks(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        // PostgreSQL has ended it: a shutdown, a failover, or a session limit.
        error => error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| {
            code.starts_with("57P") || code.starts_with("08") || code == "25P03" || code == "25P04"
        }),
    }
}

/// PostgreSQL's `read_only_sql_transaction`. After a failover, a name may still lead to the old primary,
/// which answers reads and pings: nothing else would end a connection to it.
fn is_read_only(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| code == "25006")
}

fn unanswered() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(
        std::io::ErrorKind::TimedOut,
        "no answer in time: the connection was closed",
    ))
}

fn of_exec(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

fn of_query(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
