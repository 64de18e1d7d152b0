//! The server's own statements, as PostgreSQL saw them: a copy here would be wrong one day, and the measurement with
//! it. They are measured without the server, and rolled back.

use std::{
    iter::repeat,
    time::{Duration, Instant},
};

use crate::{
    Result,
    contestants::{Simulator, encryption_key},
    database::Database,
    scenarios::{
        Stand,
        refreshing::{start, wake},
    },
};

/// How often each is run in a piece of a round. What is rolled back stays in the indexes: more would measure that.
const RUNS: u32 = 3;
/// PostgreSQL chooses the plan that it keeps after five.
const WARM_UP: u32 = 6;
/// How long a server may take until it runs one.
const PATIENCE: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 3;

/// Which statement, and how it is run.
struct Statement {
    name: &'static str,
    /// What it looks like in PostgreSQL's view of its connections.
    pattern: &'static str,
    /// Of its parameters, in their order.
    values: &'static [&'static str],
    /// Further parameters have the last of these values: one for each provider.
    more: bool,
    /// How far its clock is put forward, so that it finds every row.
    ahead: &'static str,
}

const CLAIM: Statement = Statement {
    name: "claim",
    pattern: "UPDATE \"provider_connection\" SET \"lease_owner\"%SKIP LOCKED%RETURNING%",
    values: &["11111111-1111-4111-8111-111111111111", "google", "connecting", "32"],
    more: false,
    ahead: "1 day",
};
const NEXT_DUE: Statement = Statement {
    name: "next_due",
    pattern: "SELECT \"of\".\"column1\" AS \"provider\"%\"failing\"%VALUES%",
    values: &["1", "1", "google"],
    more: true,
    ahead: "0",
};
const RETENTION: Statement = Statement {
    name: "retention",
    pattern: "DELETE FROM \"provider_connection_event\"%SKIP LOCKED%",
    values: &["1000"],
    more: false,
    ahead: "4000 days",
};

/// The server's statements, ready to be prepared in any database with its tables.
pub struct Statements {
    pub claim: Prepared,
    pub next_due: Prepared,
    pub retention: Prepared,
}

/// How a statement is prepared, and then run.
pub struct Prepared {
    prepare: String,
    execute: String,
}

impl Statements {
    /// A server runs them on its own database. Those that others would follow have to wait for a lock.
    pub async fn of_the_server(stand: &mut Stand, simulator: &Simulator) -> Result<Self> {
        let mut database = stand.new_database().await?;
        let key = encryption_key(&stand.programs)?;
        let url = database.url.clone();
        let start = || start(stand, simulator, &url, &key);
        // The first start makes the tables.
        drop(start()?);
        // The jobs begin when a server does, and this lock lets reads pass.
        database.execute(&format!("BEGIN; {LOCK_EVENTS}")).await?;
        let server = start()?;
        let retention = RETENTION.seen(&mut database).await?;
        database.execute("ROLLBACK").await?;

        // A new connection is soon due: the worker looks when the next one is, and has nothing else to do.
        let user = simulator.user("statements@example.com").await?;
        server.connect(simulator, &user, &["google"]).await?;
        wake(&server, simulator).await?;
        let next_due = NEXT_DUE.seen(&mut database).await?;

        // It looks again when that one is due, and then has to wait with its claim: unless the lock came too late.
        let mut claim = Err("the server claimed nothing".into());
        for _ in 0..ATTEMPTS {
            database.execute(DUE_SOON).await?;
            wake(&server, simulator).await?;
            database.execute(&format!("BEGIN; {LOCK_CONNECTIONS}")).await?;
            claim = CLAIM.seen(&mut database).await;
            database.execute("ROLLBACK").await?;
            if claim.is_ok() {
                break;
            }
        }
        Ok(Self { claim: claim?, next_due, retention })
    }

    /// In a database on whose connection they are measured.
    pub async fn prepare(&self, database: &mut Database) -> Result<()> {
        for statement in [&self.claim, &self.next_due, &self.retention] {
            database.execute(&statement.prepare).await?;
            for _ in 0..WARM_UP {
                statement.run(database).await?;
            }
        }
        Ok(())
    }
}

const LOCK_EVENTS: &str = "LOCK TABLE provider_connection_event IN SHARE ROW EXCLUSIVE MODE";
const LOCK_CONNECTIONS: &str = "LOCK TABLE provider_connection IN SHARE ROW EXCLUSIVE MODE";
/// Long enough to lock the table before.
const DUE_SOON: &str = "UPDATE provider_connection \
    SET refresh_due_at = statement_timestamp() + interval '3 seconds' WHERE provider = 'google'";

impl Statement {
    /// Waits until it is the last statement of one of the server's connections.
    async fn seen(&self, database: &mut Database) -> Result<Prepared> {
        let find = format!(
            "SELECT query FROM pg_stat_activity WHERE datname = current_database() \
             AND pid <> pg_backend_pid() AND query LIKE '{}' LIMIT 1",
            self.pattern
        );
        let since = Instant::now();
        while since.elapsed() < PATIENCE {
            // Within a transaction, PostgreSQL looks once.
            database.execute("SELECT pg_stat_clear_snapshot()").await?;
            if let Ok(sql) = database.text(&find).await {
                return self.prepared(&sql);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(format!(
            "the server didn't run its statement \"{}\". If it has another one now, change its pattern in \
             bench/src/scenarios/scale/statements.rs.",
            self.name
        )
        .into())
    }

    fn prepared(&self, sql: &str) -> Result<Prepared> {
        let Self { name, values, more, ahead, .. } = self;
        let number = parameters(sql);
        if number < values.len() || (number > values.len() && !more) {
            return Err(format!(
                "the server's statement \"{name}\" has {number} parameters instead of {}. Change its values in \
                 bench/src/scenarios/scale/statements.rs: {sql}",
                values.len()
            )
            .into());
        }
        let last = values.last().copied().unwrap_or_default();
        let values = values.iter().copied().chain(repeat(last)).take(number);
        let values: Vec<_> = values.map(|value| format!("'{value}'")).collect();
        let ahead = format!("(statement_timestamp() + interval '{ahead}')");
        Ok(Prepared {
            prepare: format!("PREPARE {name} AS {}", sql.replace("statement_timestamp()", &ahead)),
            execute: format!("EXECUTE {name}({})", values.join(", ")),
        })
    }
}

impl Prepared {
    /// Of some runs.
    pub async fn milliseconds(&self, database: &mut Database) -> Result<Vec<f64>> {
        let mut milliseconds = Vec::new();
        for _ in 0..RUNS {
            milliseconds.push(self.run(database).await?.as_secs_f64() * 1e3);
        }
        Ok(milliseconds)
    }

    /// How long it takes. What it writes is rolled back.
    async fn run(&self, database: &mut Database) -> Result<Duration> {
        database.execute("BEGIN").await?;
        let took = database.time(&self.execute).await?;
        database.execute("ROLLBACK").await?;
        Ok(took)
    }
}

/// The highest number of `$1`, `$2` and so on.
fn parameters(sql: &str) -> usize {
    let numbers = sql.split('$').skip(1).filter_map(|rest| {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse().ok()
    });
    numbers.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_prepared_with_its_values_and_a_clock_that_is_ahead() {
        let sql =
            "UPDATE a SET b = $1 WHERE c = $2 AND d <> $3 AND e < statement_timestamp() LIMIT $4";
        let claim = CLAIM.prepared(sql).unwrap();
        assert!(claim.prepare.starts_with("PREPARE claim AS UPDATE a SET b = $1 WHERE"));
        assert!(claim.prepare.contains("e < (statement_timestamp() + interval '1 day') LIMIT"));
        assert!(claim.execute.ends_with("'google', 'connecting', '32')"), "{}", claim.execute);
    }

    #[test]
    fn a_statement_that_has_changed_is_not_measured() {
        let error = CLAIM.prepared("UPDATE a SET b = $1").err().unwrap().to_string();
        assert!(error.contains("1 parameters instead of 4"), "{error}");
        assert!(CLAIM.prepared("SELECT $1, $2, $3, $4, $5").is_err());
    }

    #[test]
    fn every_provider_has_the_same_value() {
        let sql =
            "SELECT a, (SELECT b LIMIT $1), (SELECT c LIMIT $2) FROM (VALUES ($3), ($4), ($5))";
        let all = NEXT_DUE.prepared(sql).unwrap();
        assert!(
            all.execute.ends_with("('1', '1', 'google', 'google', 'google')"),
            "{}",
            all.execute
        );
    }
}
