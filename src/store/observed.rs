//! Records each statement as a span and in the metrics: the operation, the table, the duration and
//! the outcome. Never its text, which would reveal more than that without being useful.

use std::time::Instant;

use sea_orm::DbBackend;
use tracing::Instrument;

use crate::{metrics, telemetry::spans};

/// A statement that is about to run.
pub(super) struct Observed {
    /// The first word, in lower case.
    statement: &'static str,
    span: tracing::Span,
}

impl Observed {
    pub fn of(backend: DbBackend, sql: &str) -> Self {
        let database = if backend == DbBackend::Postgres { "postgresql" } else { "sqlite" };
        let sql = first_of(sql);
        let (statement, operation, before_table) = Self::kind(sql);
        let span = spans::statement(database, operation, || table(sql, before_table));
        Self { statement, span }
    }

    /// The name for the metrics, the one for spans, and the keyword before its table.
    fn kind(sql: &str) -> (&'static str, &'static str, &'static str) {
        let first = sql.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next();
        match first.unwrap_or_default().to_ascii_uppercase().as_str() {
            "SELECT" => ("select", "SELECT", "FROM"),
            "INSERT" => ("insert", "INSERT", "INTO"),
            "UPDATE" => ("update", "UPDATE", "UPDATE"),
            "DELETE" => ("delete", "DELETE", "FROM"),
            "BEGIN" => ("begin", "BEGIN", ""),
            "COMMIT" => ("commit", "COMMIT", ""),
            _ => ("other", "OTHER", ""),
        }
    }
}

/// The first statement of a `WITH`, or the whole text.
fn first_of(sql: &str) -> &str {
    let sql = sql.trim_start();
    let is_with = sql.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("WITH "));
    sql.split_once('(').filter(|_| is_with).map_or(sql, |(_, first)| first)
}

/// The first table in the text, which is one of this server's own.
fn table<'a>(sql: &'a str, before: &str) -> &'a str {
    let mut words = sql.split_ascii_whitespace();
    if before.is_empty() || !words.any(|word| word.eq_ignore_ascii_case(before)) {
        return "";
    }
    let name =
        words.next().unwrap_or_default().trim_matches(|c| matches!(c, '"' | '(' | ')' | ','));
    if name.starts_with("provider_connection") { name } else { "" }
}

/// Runs it.
pub(super) async fn observed<T, E>(
    of: Observed,
    run: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let Observed { statement, span } = of;
    let began = Instant::now();
    let ended = run.instrument(span.clone()).await;
    metrics::statement_ended(statement, ended.is_ok(), began.elapsed());
    if ended.is_err() {
        span.record("otel.status_code", "ERROR");
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_told_by_its_first_word_and_its_table() {
        let told = |sql| {
            let sql = first_of(sql);
            let (statement, _, before) = Observed::kind(sql);
            (statement, table(sql, before))
        };
        let table = "provider_connection";
        assert_eq!(told("SELECT \"id\" FROM \"provider_connection\" WHERE 1"), ("select", table));
        assert_eq!(told("update \"provider_connection\" SET x = 1"), ("update", table));
        assert_eq!(told("INSERT INTO provider_connection (id)"), ("insert", table));
        assert_eq!(told("SELECT 'a secret' FROM (SELECT 1)"), ("select", ""));
        let with = "WITH \"a\" AS (UPDATE \"provider_connection\" SET x = 1), b AS (INSERT INTO c)";
        assert_eq!(told(with), ("update", table));
        assert_eq!(told("BEGIN"), ("begin", ""));
        assert_eq!(told("SET x TO 'y'"), ("other", ""));
    }
}
