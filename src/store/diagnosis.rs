//! The queries of `doctor`, which only read.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value};

use super::{Store, StoreError};

/// What kind of server the database is, and what this role may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerFacts {
    Postgres {
        /// Its own version string, such as `16.4 (Debian …)`.
        version: String,
        major: i32,
        is_standby: bool,
        /// The schema where tables are created. `None`: the `search_path` names none.
        schema: Option<String>,
        may_create: bool,
    },
    Sqlite {
        version: String,
        journal_mode: String,
    },
}

impl Store {
    /// What the database reports about itself.
    pub async fn server_facts(&self) -> Result<ServerFacts, StoreError> {
        if self.db.get_database_backend() == DbBackend::Postgres {
            let row = self
                .one(
                    "SELECT current_setting('server_version') AS version, \
                     current_setting('server_version_num')::int / 10000 AS major, \
                     pg_is_in_recovery() AS is_standby, current_schema()::text AS schema, \
                     COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create",
                )
                .await?;
            return Ok(ServerFacts::Postgres {
                version: row.try_get("", "version")?,
                major: row.try_get("", "major")?,
                is_standby: row.try_get("", "is_standby")?,
                schema: row.try_get("", "schema")?,
                may_create: row.try_get("", "may_create")?,
            });
        }
        Ok(ServerFacts::Sqlite {
            version: self.one("SELECT sqlite_version()").await?.try_get_by_index(0)?,
            journal_mode: self.one("PRAGMA journal_mode").await?.try_get_by_index(0)?,
        })
    }

    /// Identifies a database: two addresses of the same database return the same value.
    pub async fn identity(&self) -> Result<String, StoreError> {
        let row = self
            .one(
                "SELECT concat_ws(' ', d.oid, d.datname, current_schema(), \
                 to_regclass('provider_connection')::oid) FROM pg_database AS d \
                 WHERE d.datname = current_database()",
            )
            .await?;
        Ok(row.try_get_by_index(0)?)
    }

    /// How many connections are in each state.
    pub async fn count_by_state(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT state, count(*) AS number FROM provider_connection \
                   GROUP BY state ORDER BY state";
        let rows = self.all(sql, []).await?;
        let counts =
            rows.iter().map(|row| Ok((row.try_get("", "state")?, row.try_get("", "number")?)));
        Ok(counts.collect::<Result<_, DbErr>>()?)
    }

    async fn one(&self, sql: &str) -> Result<QueryResult, StoreError> {
        let row = self.all(sql, []).await?.into_iter().next();
        Ok(row.ok_or_else(|| DbErr::RecordNotFound("no row".to_owned()))?)
    }

    async fn all(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let backend = self.db.get_database_backend();
        Ok(self.db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?)
    }
}
