//! The PostgreSQL that everything is measured on, as `scripts/postgres` starts it.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, postgres::PgConnectOptions};

use crate::Result;

/// One database of it. Scenarios that must not disturb each other have their own.
pub struct Database {
    pub url: String,
    connection: PgConnection,
}

impl Database {
    /// The one that `scripts/postgres` names.
    pub async fn of_environment() -> Result<Self> {
        let url = std::env::var("TEST_POSTGRES_URL")
            .map_err(|_| "TEST_POSTGRES_URL is missing. Start this program by scripts/bench.")?;
        Self::open(url).await
    }

    /// Another connection to a database.
    pub async fn open(url: String) -> Result<Self> {
        let connection = PgConnection::connect_with(&url.parse::<PgConnectOptions>()?).await?;
        Ok(Self { url, connection })
    }

    /// A new, empty database in the same PostgreSQL.
    pub async fn create(&mut self, name: &str) -> Result<Self> {
        self.execute(&format!("CREATE DATABASE {name}")).await?;
        let (server, _) = self.url.rsplit_once('/').ok_or("the URL names no database")?;
        Self::open(format!("{server}/{name}")).await
    }

    pub async fn execute(&mut self, sql: &str) -> Result<()> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut self.connection).await?;
        Ok(())
    }

    /// The one number that a statement returns, as `bigint`.
    pub async fn number(&mut self, sql: &str) -> Result<i64> {
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut self.connection).await?;
        Ok(row.try_get(0)?)
    }

    pub async fn text(&mut self, sql: &str) -> Result<String> {
        let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut self.connection).await?;
        Ok(row.try_get(0)?)
    }

    /// How long the statement takes, with all the rows that it returns.
    pub async fn time(&mut self, sql: &str) -> Result<Duration> {
        let begin = Instant::now();
        sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut self.connection).await?;
        Ok(begin.elapsed())
    }

    /// The process that starts one for each connection.
    pub async fn postmaster(&mut self) -> Result<u32> {
        let backend = self.number("SELECT pg_backend_pid()::bigint").await?;
        let stat = std::fs::read_to_string(format!("/proc/{backend}/status"))?;
        let parent = stat.lines().find_map(|line| line.strip_prefix("PPid:"));
        Ok(parent.ok_or("PostgreSQL's process has no parent")?.trim().parse()?)
    }

    /// Transactions that were committed in this database. PostgreSQL's processes publish their
    /// counts about once a second.
    pub async fn transactions(&mut self) -> Result<i64> {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        self.number("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
            .await
    }
}
