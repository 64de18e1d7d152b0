//! What is lost when migrations are reverted. It is determined on an empty in-memory database,
//! which has the same tables and columns and on which nobody waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use migration::{Migrator, MigratorTrait, SchemaManager};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

use super::super::{DatabaseUrl, StoreError};

/// Rows that a migration deletes, when it is reverted, from a table that stays: its name, the
/// table, and which rows. Older binaries could not read them.
const DELETED: &[(&str, &str, &str)] = &[(
    "m20261125_000009_access_grant",
    "provider_connection_event",
    "kind IN ('access_granted', 'access_revoked') OR actor = 'client'",
)];

/// Something that is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    table: String,
    what: What,
    /// Its number of rows; for a column, how many have a value.
    pub rows: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Table,
    Column(String),
    /// Those for which this holds.
    Rows(&'static str),
}

impl Loss {
    /// Whether this whole table is lost.
    pub fn is_table(&self, name: &str) -> bool {
        self.what == What::Table && self.table == name
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, what, rows } = self;
        match what {
            What::Table => write!(f, "table {table} ({rows} rows)"),
            What::Column(name) => write!(f, "column {name} of {table} ({rows} values)"),
            What::Rows(which) => write!(f, "rows of {table} where {which} ({rows} rows)"),
        }
    }
}

/// What reverting `taken_back`, newest first, removes from a database with the migrations
/// `applied`.
pub async fn losses_of(
    db: &impl ConnectionTrait,
    applied: &BTreeSet<String>,
    taken_back: &[String],
) -> Result<Vec<Loss>, StoreError> {
    let (before, after) = schemas(applied, taken_back).await?;
    let mut losses = Vec::new();
    for (table, columns) in &before {
        let table = table.clone();
        let Some(left) = after.get(&table) else {
            let rows = count(db, &format!("SELECT count(*) FROM {table}")).await?;
            losses.push(Loss { table, what: What::Table, rows });
            continue;
        };
        for column in columns.difference(left) {
            let rows = count(db, &format!("SELECT count({column}) FROM {table}")).await?;
            losses.push(Loss { table: table.clone(), what: What::Column(column.clone()), rows });
        }
        for (migration, of, which) in DELETED {
            if *of == table && taken_back.iter().any(|name| name == migration) {
                let sql = format!("SELECT count(*) FROM {table} WHERE {which}");
                let rows = count(db, &sql).await?;
                losses.push(Loss { table: table.clone(), what: What::Rows(which), rows });
            }
        }
    }
    Ok(losses)
}

/// The columns of each table.
type Tables = BTreeMap<String, BTreeSet<String>>;

/// Before and after.
async fn schemas(
    applied: &BTreeSet<String>,
    taken_back: &[String],
) -> Result<(Tables, Tables), StoreError> {
    let memory: DatabaseUrl = "sqlite::memory:".parse().map_err(|_| StoreError::unanswered())?;
    let memory = memory.connect_without_limits().await?;
    let manager = SchemaManager::new(&memory);
    let known = Migrator::migrations();
    for migration in known.iter().filter(|migration| applied.contains(migration.name())) {
        migration.up(&manager).await?;
    }
    let before = tables(&memory).await?;
    for name in taken_back {
        if let Some(migration) = known.iter().find(|migration| migration.name() == name) {
            migration.down(&manager).await?;
        }
    }
    let after = tables(&memory).await?;
    Ok((before, after))
}

async fn tables(db: &DatabaseConnection) -> Result<Tables, DbErr> {
    let sql = "SELECT m.name AS \"table\", c.name AS \"column\" \
               FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'";
    let mut tables = Tables::new();
    for row in db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await? {
        let columns = tables.entry(row.try_get("", "table")?).or_default();
        columns.insert(row.try_get("", "column")?);
    }
    tables.retain(|name, _| name.starts_with("provider_connection"));
    Ok(tables)
}

async fn count(db: &impl ConnectionTrait, sql: &str) -> Result<i64, DbErr> {
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}
