//! Which key sealed which stored values. Finding that out reads all rows.

use domain::Sealed;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, QueryResult, Statement, Value};
use uuid::Uuid;

use super::{Store, StoreError};

/// How many values of each key are read as samples.
const SAMPLES: usize = 10;

/// A column that holds sealed values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SealedColumn {
    AccessToken,
    RefreshToken,
    Account,
    Profile,
}

impl SealedColumn {
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
            Self::Account => "account",
            Self::Profile => "profile",
        }
    }
}

/// A table that holds sealed values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SealedTable {
    Connections,
    /// The outbox of revocations.
    Revocations,
}

impl SealedTable {
    pub const ALL: [Self; 2] = [Self::Connections, Self::Revocations];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Connections => "provider_connection",
            Self::Revocations => "provider_connection_revocation",
        }
    }

    pub(super) const fn columns(self) -> &'static [SealedColumn] {
        match self {
            Self::Connections => &[
                SealedColumn::AccessToken,
                SealedColumn::RefreshToken,
                SealedColumn::Account,
                SealedColumn::Profile,
            ],
            Self::Revocations => &[SealedColumn::AccessToken, SealedColumn::RefreshToken],
        }
    }
}

/// Stored values that name the same key.
#[derive(Clone, Debug)]
pub struct SealedUnder {
    /// Their first bytes, up to the end of the key id.
    pub front: Vec<u8>,
    pub number: i64,
    /// A few of them.
    pub samples: Vec<SealedSample>,
}

/// A sealed value, and its binding.
#[derive(Clone, Debug)]
pub struct SealedSample {
    pub user_id: Uuid,
    /// As in the database: it may be a provider that this version doesn't know.
    pub provider: String,
    pub column: SealedColumn,
    pub sealed: Sealed,
}

impl Store {
    /// How many stored values each key has sealed, according to their beginning, with a few samples
    /// of each. It reads all rows, however long that takes.
    pub async fn sealed_under(&self) -> Result<Vec<SealedUnder>, StoreError> {
        let db = self.db.without_limits().await?;
        let found = sealed_under(&db).await;
        self.db.give_back(db).await;
        Ok(found?)
    }
}

async fn sealed_under(db: &DatabaseConnection) -> Result<Vec<SealedUnder>, DbErr> {
    let stored = stored();
    // The first two bytes are the version and the length of the key id, which comes next.
    let heads = format!(
        "SELECT DISTINCT substr(sealed, 1, 2) AS head FROM {stored} WHERE sealed IS NOT NULL"
    );
    let mut found = Vec::new();
    for head in all(db, &heads, []).await? {
        let head: Vec<u8> = head.try_get("", "head")?;
        let length = head.get(1).copied().map_or(0, i32::from);
        let fronts = format!(
            "SELECT substr(sealed, 1, 2 + {length}) AS front, count(*) AS number FROM {stored} \
             WHERE substr(sealed, 1, 2) = $1 GROUP BY 1 ORDER BY 1"
        );
        for row in all(db, &fronts, [head.into()]).await? {
            let front: Vec<u8> = row.try_get("", "front")?;
            let alike = format!(
                "SELECT user_id, provider, field, sealed FROM {stored} \
                 WHERE substr(sealed, 1, {}) = $1 LIMIT {SAMPLES}",
                front.len()
            );
            let samples = all(db, &alike, [front.clone().into()]).await?;
            found.push(SealedUnder {
                number: row.try_get("", "number")?,
                samples: samples.iter().map(sample).collect::<Result<_, _>>()?,
                front,
            });
        }
    }
    Ok(found)
}

/// All sealed values.
fn stored() -> String {
    let columns = SealedTable::ALL.iter().flat_map(|table| {
        table.columns().iter().map(|column| {
            let (table, column) = (table.name(), column.name());
            format!(
                "SELECT user_id, provider, '{column}' AS field, {column} AS sealed FROM {table}"
            )
        })
    });
    format!("({}) AS stored", columns.collect::<Vec<_>>().join(" UNION ALL "))
}

fn sample(row: &QueryResult) -> Result<SealedSample, DbErr> {
    let field: String = row.try_get("", "field")?;
    let sealed: Vec<u8> = row.try_get("", "sealed")?;
    Ok(SealedSample {
        user_id: row.try_get("", "user_id")?,
        provider: row.try_get("", "provider")?,
        column: match field.as_str() {
            "access_token" => SealedColumn::AccessToken,
            "refresh_token" => SealedColumn::RefreshToken,
            "profile" => SealedColumn::Profile,
            _ => SealedColumn::Account,
        },
        sealed: Sealed::from_bytes(sealed),
    })
}

async fn all(
    db: &DatabaseConnection,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<QueryResult>, DbErr> {
    let backend = db.get_database_backend();
    db.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await
}
