//! What a database's tables look like, in words that can be compared.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, QueryResult, Statement};

use crate::harness::Database;

/// The tables with their columns, and the indexes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Schema {
    pub tables: BTreeMap<String, BTreeMap<String, Column>>,
    pub indexes: BTreeSet<String>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    pub kind: String,
    /// Whoever doesn't know it can write a row all the same.
    pub may_be_left_out: bool,
}

impl Database {
    /// Without the table of migrations.
    pub async fn schema(&self) -> Schema {
        let (columns, indexes) = if self.is_sqlite() {
            (
                "SELECT m.name, c.name, c.type, c.\"notnull\" = 0 OR c.dflt_value IS NOT NULL \
                 FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c \
                 WHERE m.type = 'table' AND m.name LIKE 'provider%'",
                "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
            )
        } else {
            (
                "SELECT table_name::text, column_name::text, data_type::text, \
                   is_nullable = 'YES' OR column_default IS NOT NULL \
                 FROM information_schema.columns WHERE table_schema = current_schema()",
                "SELECT replace(indexdef, current_schema() || '.', '') FROM pg_indexes \
                 WHERE schemaname = current_schema()",
            )
        };
        let mut schema = Schema::default();
        for row in self.rows(columns).await {
            let [table, column, kind]: [String; 3] =
                [0, 1, 2].map(|index| row.try_get_by_index(index).unwrap());
            let may_be_left_out = row.try_get_by_index(3).unwrap();
            let column_is = Column { kind, may_be_left_out };
            schema.tables.entry(table).or_default().insert(column, column_is);
        }
        schema.tables.remove("provider_connection_migration");
        let is_of_migrations = |index: &String| index.contains("provider_connection_migration");
        for row in self.rows(indexes).await {
            schema.indexes.insert(row.try_get_by_index(0).unwrap());
        }
        schema.indexes.retain(|index| !is_of_migrations(index));
        schema
    }

    /// Fills its empty tables with the rows of another one, as far as it has a place for them.
    pub async fn copy_rows_of(&self, other: &Self) {
        let (there, here) = (other.schema().await, self.schema().await);
        let (attach, from, detach) = if self.is_sqlite() {
            let path = other.url.trim_start_matches("sqlite://");
            (format!("ATTACH '{path}' AS other"), "other".to_owned(), "DETACH other")
        } else {
            let schema = other.url.split_once("search_path%3D").unwrap().1;
            ("SELECT 1".to_owned(), schema.to_owned(), "SELECT 1")
        };
        let db = self.connect().await;
        db.execute_unprepared(&attach).await.unwrap();
        for (table, columns) in &here.tables {
            let Some(theirs) = there.tables.get(table) else { continue };
            // The ids of events come from a sequence, which would be left behind.
            let is_event = table == "provider_connection_event";
            let both: Vec<_> = columns.keys().filter(|name| theirs.contains_key(*name)).collect();
            let copied: Vec<_> = both
                .iter()
                .filter(|name| !is_event || ***name != "id")
                .map(|n| n.as_str())
                .collect();
            let copied = copied.join(", ");
            db.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
            let sql = format!("INSERT INTO {table} ({copied}) SELECT {copied} FROM {from}.{table}");
            db.execute_unprepared(&sql).await.unwrap();
        }
        db.execute_unprepared(detach).await.unwrap();
        db.close().await.unwrap();
    }

    async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let db = self.connect().await;
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let rows = db.query_all_raw(statement).await.unwrap();
        db.close().await.unwrap();
        rows
    }
}
