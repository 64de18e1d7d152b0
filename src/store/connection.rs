//! What statements run on: a database, or a transaction in it. On PostgreSQL each statement has a
//! time limit; on SQLite, which involves no network, `busy_timeout` is the limit.

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use tokio::{sync::Mutex, time::Instant};

use super::{
    StoreError,
    lent::Lent,
    network::{Carried, Network, Route},
    observed::{Observed, observed},
    pool::{Pool, STATEMENT_LIMIT},
};
use crate::metrics::PoolUse;

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    way: Way,
    /// The time by which every statement must finish.
    deadline: Option<Instant>,
    route: Route,
}

#[derive(Clone, Debug)]
enum Way {
    /// SQLite; or PostgreSQL for long operations, such as migrations.
    Unlimited(DatabaseConnection),
    Limited(Pool),
}

impl From<DatabaseConnection> for Database {
    fn from(db: DatabaseConnection) -> Self {
        Self::by(Way::Unlimited(db))
    }
}

impl Database {
    fn by(way: Way) -> Self {
        Self { way, deadline: None, route: Route::default() }
    }

    pub(super) fn limited(pool: Pool) -> Self {
        Self::by(Way::Limited(pool))
    }

    /// The same database behind a test's network.
    pub(super) fn through(self, network: Arc<dyn Network>) -> Self {
        Self { route: Route::through(network), ..self }
    }

    pub fn get_database_backend(&self) -> DbBackend {
        match &self.way {
            Way::Unlimited(db) => db.get_database_backend(),
            Way::Limited(_) => DbBackend::Postgres,
        }
    }

    /// The same database for an operation that must finish by `deadline`.
    pub(super) fn until(&self, deadline: Instant) -> Self {
        Self { deadline: Some(deadline), ..self.clone() }
    }

    /// Whether statements have a time limit.
    pub(super) fn is_limited(&self) -> bool {
        matches!(self.way, Way::Limited(_))
    }

    /// The current use of the pool.
    pub(super) fn pool_use(&self) -> PoolUse {
        match &self.way {
            Way::Limited(pool) => pool.in_use(),
            Way::Unlimited(db) if db.get_database_backend() == DbBackend::Sqlite => {
                let pool = db.get_sqlite_connection_pool();
                PoolUse {
                    limit: pool.options().get_max_connections() as usize,
                    open: pool.size() as usize,
                    idle: pool.num_idle(),
                    // sqlx doesn't report it.
                    waiting: 0,
                }
            }
            Way::Unlimited(_) => PoolUse::default(),
        }
    }

    /// A connection for long operations.
    pub(super) async fn without_limits(&self) -> Result<DatabaseConnection, DbErr> {
        match &self.way {
            Way::Unlimited(db) => Ok(db.clone()),
            Way::Limited(pool) => pool.without_limits().await,
        }
    }

    /// Closes what [`Database::without_limits`] has opened for one operation.
    pub(super) async fn give_back(&self, db: DatabaseConnection) {
        if self.is_limited() {
            // It is discarded either way.
            let _ = db.close().await;
        }
    }

    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        self.begin_with_options(TransactionOptions::default()).await
    }

    /// A transaction that reads, and then writes by what it has read. SQLite takes its write lock at
    /// the start, so nobody else writes between the two; PostgreSQL locks rows as they are read, if
    /// the statement says so.
    pub async fn begin_to_write(&self) -> Result<Transaction, DbErr> {
        self.begin_with_options(TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        })
        .await
    }

    /// The options matter only to SQLite.
    async fn begin_with_options(&self, options: TransactionOptions) -> Result<Transaction, DbErr> {
        observed(
            Observed::of(self.get_database_backend(), "BEGIN"),
            Box::pin(async move {
                self.route.carry(Carried::Statement).await?;
                let begun = match &self.way {
                    Way::Unlimited(db) => Begun::Unlimited(db.begin_with_options(options).await?),
                    Way::Limited(pool) => {
                        let deadline = limit(self.deadline);
                        let mut lent = pool.lend(deadline).await?;
                        lent.begin(deadline).await?;
                        Begun::Limited { lent: Mutex::new(lent), deadline: self.deadline }
                    }
                };
                self.route.carry(Carried::Answer).await?;
                Ok(Transaction { begun, route: self.route.clone() })
            }),
        )
        .await
    }

    /// Runs a statement that is a transaction of its own, and returns its rows. If its answer is
    /// lost, nobody knows whether it was committed, as after a `COMMIT`.
    ///
    /// PostgreSQL sends the rows before it commits, so they count only when the answer is complete.
    pub(super) async fn commit_all(
        &self,
        statement: Statement,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let of = Observed::of(self.get_database_backend(), &statement.sql);
        observed(of, async move {
            self.route.carry(Carried::Commit).await.map_err(StoreError::of_commit)?;
            let done = match &self.way {
                Way::Unlimited(db) => db.query_all_raw(statement).await,
                Way::Limited(pool) => {
                    let deadline = limit(self.deadline);
                    pool.lend(deadline).await?.query_all(statement, deadline).await
                }
            };
            self.route.carry(Carried::CommitAnswer).await.map_err(StoreError::of_commit)?;
            done.map_err(StoreError::of_commit)
        })
        .await
    }

    /// Closes idle connections; the others follow as they are returned.
    pub async fn close(self) -> Result<(), DbErr> {
        match self.way {
            Way::Unlimited(db) => db.close().await,
            Way::Limited(pool) => {
                pool.close().await;
                Ok(())
            }
        }
    }
}

/// A transaction; dropping it rolls it back.
pub struct Transaction {
    begun: Begun,
    route: Route,
}

enum Begun {
    Unlimited(DatabaseTransaction),
    Limited { lent: Mutex<Lent>, deadline: Option<Instant> },
}

impl Transaction {
    fn backend(&self) -> DbBackend {
        match &self.begun {
            Begun::Unlimited(transaction) => transaction.get_database_backend(),
            Begun::Limited { .. } => DbBackend::Postgres,
        }
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        observed(
            Observed::of(self.backend(), "COMMIT"),
            Box::pin(async move {
                self.route.carry(Carried::Commit).await.map_err(StoreError::of_commit)?;
                let committed = match self.begun {
                    Begun::Unlimited(transaction) => {
                        transaction.commit().await.map_err(StoreError::from)
                    }
                    Begun::Limited { lent, deadline } => {
                        let committed = lent.into_inner().commit(limit(deadline)).await;
                        committed.map_err(StoreError::of_commit)
                    }
                };
                self.route.carry(Carried::CommitAnswer).await.map_err(StoreError::of_commit)?;
                committed
            }),
        )
        .await
    }
}

/// The time limit of a statement that starts now.
fn limit(deadline: Option<Instant>) -> Instant {
    let limit = Instant::now() + STATEMENT_LIMIT;
    deadline.map_or(limit, |deadline| deadline.min(limit))
}

#[async_trait::async_trait]
impl ConnectionTrait for Database {
    fn get_database_backend(&self) -> DbBackend {
        self.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let of = Observed::of(self.get_database_backend(), &statement.sql);
        observed(of, async move {
            self.route.carry(Carried::Statement).await?;
            let done = match &self.way {
                Way::Unlimited(db) => db.execute_raw(statement).await,
                Way::Limited(pool) => {
                    let deadline = limit(self.deadline);
                    pool.lend(deadline).await?.execute(statement, deadline).await
                }
            };
            self.route.carry(Carried::Answer).await?;
            done
        })
        .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let of = Observed::of(self.get_database_backend(), sql);
        observed(of, async move {
            self.route.carry(Carried::Statement).await?;
            let done = match &self.way {
                Way::Unlimited(db) => db.execute_unprepared(sql).await,
                Way::Limited(pool) => {
                    let deadline = limit(self.deadline);
                    pool.lend(deadline).await?.run(sql, deadline).await
                }
            };
            self.route.carry(Carried::Answer).await?;
            done
        })
        .await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let of = Observed::of(self.get_database_backend(), &statement.sql);
        observed(of, async move {
            self.route.carry(Carried::Statement).await?;
            let done = match &self.way {
                Way::Unlimited(db) => db.query_one_raw(statement).await,
                Way::Limited(pool) => {
                    let deadline = limit(self.deadline);
                    pool.lend(deadline).await?.query_one(statement, deadline).await
                }
            };
            self.route.carry(Carried::Answer).await?;
            done
        })
        .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let of = Observed::of(self.get_database_backend(), &statement.sql);
        observed(of, async move {
            self.route.carry(Carried::Statement).await?;
            let done = match &self.way {
                Way::Unlimited(db) => db.query_all_raw(statement).await,
                Way::Limited(pool) => {
                    let deadline = limit(self.deadline);
                    pool.lend(deadline).await?.query_all(statement, deadline).await
                }
            };
            self.route.carry(Carried::Answer).await?;
            done
        })
        .await
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let of = Observed::of(self.get_database_backend(), &statement.sql);
        observed(of, async move {
            self.route.carry(Carried::Statement).await?;
            let done = match &self.begun {
                Begun::Unlimited(transaction) => transaction.execute_raw(statement).await,
                Begun::Limited { lent, deadline } => {
                    lent.lock().await.execute(statement, limit(*deadline)).await
                }
            };
            self.route.carry(Carried::Answer).await?;
            done
        })
        .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let of = Observed::of(self.get_database_backend(), sql);
        observed(of, async move {
            self.route.carry(Carried::Statement).await?;
            let done = match &self.begun {
                Begun::Unlimited(transaction) => transaction.execute_unprepared(sql).await,
                Begun::Limited { lent, deadline } => {
                    lent.lock().await.run(sql, limit(*deadline)).await
                }
            };
            self.route.carry(Carried::Answer).await?;
            done
        })
        .await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let of = Observed::of(self.get_database_backend(), &statement.sql);
        observed(of, async move {
            self.route.carry(Carried::Statement).await?;
            let done = match &self.begun {
                Begun::Unlimited(transaction) => transaction.query_one_raw(statement).await,
                Begun::Limited { lent, deadline } => {
                    lent.lock().await.query_one(statement, limit(*deadline)).await
                }
            };
            self.route.carry(Carried::Answer).await?;
            done
        })
        .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let of = Observed::of(self.get_database_backend(), &statement.sql);
        observed(of, async move {
            self.route.carry(Carried::Statement).await?;
            let done = match &self.begun {
                Begun::Unlimited(transaction) => transaction.query_all_raw(statement).await,
                Begun::Limited { lent, deadline } => {
                    lent.lock().await.query_all(statement, limit(*deadline)).await
                }
            };
            self.route.carry(Carried::Answer).await?;
            done
        })
        .await
    }
}
