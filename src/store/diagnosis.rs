//! What `doctor` asks: reads only.

use domain::{Provider, Sealed};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement, Value, prelude::Uuid};

use super::{Store, StoreError};

/// All that is sealed: the tokens of connections, and of those whose revocation waits.
const SEALED: &str = "(SELECT user_id, provider, access_token AS sealed FROM provider_connection \
     UNION ALL SELECT user_id, provider, access_token FROM provider_connection_revocation \
     UNION ALL SELECT user_id, provider, refresh_token FROM provider_connection \
     UNION ALL SELECT user_id, provider, refresh_token FROM provider_connection_revocation) AS stored";

/// What kind of server the database is, and what this role may do there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerFacts {
    Postgres {
        /// As it names itself, such as `16.4 (Debian …)`.
        version: String,
        major: i32,
        is_standby: bool,
        /// Where tables are made. `None`: the `search_path` leads nowhere.
        schema: Option<String>,
        may_create: bool,
    },
    Sqlite {
        version: String,
        journal_mode: String,
    },
}

/// Stored tokens that say that the same key has sealed them.
#[derive(Clone, Debug)]
pub struct SealedUnder {
    /// Their first bytes, up to the end of the key's id.
    pub front: Vec<u8>,
    pub number: i64,
    /// A few of the access tokens, and whose they are.
    pub samples: Vec<(Uuid, Provider, Sealed)>,
}

impl Store {
    /// What the database says of itself.
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

    /// What tells this database from another: two addresses that lead to one answer the same.
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

    /// How many stored tokens each key has sealed, by what stands in front of them; with up to
    /// three of each. It reads all rows.
    pub async fn sealed_under(&self) -> Result<Vec<SealedUnder>, StoreError> {
        // The first two bytes are the version and the length of the key id, which comes next.
        let heads = self
            .all(
                &format!(
                    "SELECT DISTINCT substr(sealed, 1, 2) AS head FROM {SEALED} \
                     WHERE sealed IS NOT NULL"
                ),
                [],
            )
            .await?;
        let mut found = Vec::new();
        for head in heads {
            let head: Vec<u8> = head.try_get("", "head")?;
            let length = head.get(1).copied().map_or(0, i32::from);
            let ids = self
                .all(
                    &format!(
                        "SELECT substr(sealed, 1, 2 + {length}) AS front, count(*) AS number \
                         FROM {SEALED} WHERE substr(sealed, 1, 2) = $1 GROUP BY 1 ORDER BY 1"
                    ),
                    [head.into()],
                )
                .await?;
            for row in ids {
                found.push(
                    self.sealed_alike(row.try_get("", "front")?, row.try_get("", "number")?)
                        .await?,
                );
            }
        }
        Ok(found)
    }

    async fn sealed_alike(&self, front: Vec<u8>, number: i64) -> Result<SealedUnder, StoreError> {
        let rows = self
            .all(
                &format!(
                    "SELECT user_id, provider, access_token FROM provider_connection \
                     WHERE substr(access_token, 1, {}) = $1 ORDER BY id LIMIT 3",
                    front.len()
                ),
                [front.clone().into()],
            )
            .await?;
        let sample = |row: &QueryResult| {
            let sealed: Vec<u8> = row.try_get("", "access_token")?;
            Ok((
                row.try_get("", "user_id")?,
                row.try_get("", "provider")?,
                Sealed::from_bytes(sealed),
            ))
        };
        let samples: Vec<_> = rows.iter().map(sample).collect::<Result<_, DbErr>>()?;
        Ok(SealedUnder { front, number, samples })
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
