//! The worker of one side, with its real connections due.

use std::time::{Duration, Instant};

use super::{side::Side, storage::Updates};
use crate::{
    Result,
    contestants::Simulator,
    database::Database,
    scenarios::refreshing::{LIMIT, steady_rate, wake},
};

/// How often the database is asked how many are refreshed.
const LOOK: Duration = Duration::from_millis(50);

pub struct Backlog {
    /// The time for each refresh, at the rate between the first and the last twentieth.
    pub milliseconds: f64,
    pub refreshes: i64,
    /// Those by which the connections became due.
    pub own_updates: Updates,
}

pub async fn backlog(side: &mut Side, simulator: &Simulator) -> Result<Backlog> {
    let database = &mut side.database;
    let all = database.number("SELECT count(*) FROM bench_connected").await?;
    let generations =
        "SELECT SUM(generation)::bigint FROM provider_connection JOIN bench_connected USING (id)";
    let before = database.number(generations).await?;
    let mut new = Database::open(database.url.clone()).await?;
    new.execute("BEGIN").await?;
    new.execute(
        "UPDATE provider_connection SET refresh_due_at = statement_timestamp() \
             WHERE id IN (SELECT id FROM bench_connected)",
    )
    .await?;
    let own_updates = Updates::of_the_transaction(&mut new).await?;
    new.execute("COMMIT").await?;
    wake(&side.server, simulator).await?;

    let mut samples = Vec::new();
    let since = Instant::now();
    while samples.last().is_none_or(|(_, refreshed)| *refreshed < all) {
        if since.elapsed() > LIMIT {
            return Err("the worker did not refresh what was due in five minutes. Run it with less else running.".into());
        }
        tokio::time::sleep(LOOK).await;
        let refreshed = database.number(generations).await? - before;
        samples.push((since.elapsed(), refreshed));
    }
    let milliseconds = 1e3 / steady_rate(&samples, all)?;
    Ok(Backlog { milliseconds, refreshes: all, own_updates })
}
