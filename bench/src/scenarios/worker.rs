//! The worker, which refreshes tokens before they expire, with a backlog of due connections: alone, and with readers
//! at half of what the server can answer.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::{
    Stand,
    open_loop::half_of_the_peak,
    refreshing::{
        CONCURRENCY, CONNECTIONS, FEW_CONNECTIONS, LIMIT, REFRESHING, UPSTREAM, connect,
        steady_rate, wake,
    },
};
use crate::{
    Result,
    contestants::{LIST, ROWS, Server, Settings, Simulator},
    database::Database,
    load::{Target, open_loop_while},
    results::{Contestant, Round},
    statistics::{count_as_f64, latency},
};

/// How often the database is asked how many are refreshed. Each look reads all rows, and takes CPU time from what is
/// measured.
const LOOK: Duration = Duration::from_millis(250);

pub async fn run(stand: &mut Stand) -> Result<Vec<Contestant>> {
    let connections = if stand.quick { FEW_CONNECTIONS } else { CONNECTIONS };
    let simulator = Simulator::start(&stand.programs, "HS256")?;
    let mut database = stand.new_database().await?;
    let settings =
        Settings { database_url: Some(&database.url), more: &REFRESHING, ..Settings::default() };
    let server = Server::start(&stand.programs, &simulator, settings)?;
    connect(&server, &simulator, "user", connections).await?;
    let reader = server.user_with_connections(&simulator).await?;
    let list = Target::graphql(server.url(), &reader.jwt, LIST, ROWS);
    let readers = half_of_the_peak(stand, &list, server.id())?;
    simulator.slow_refreshes(UPSTREAM).await?;

    let mut alone = Contestant::new("worker alone");
    let mut with_readers = Contestant::new("worker with readers");
    let ideal = f64::from(CONCURRENCY) / UPSTREAM.as_secs_f64();
    for contestant in [&mut alone, &mut with_readers] {
        contestant.ideal_per_second = Some(ideal);
    }
    for number in 1..=stand.rounds {
        clean(&mut database).await?;
        let (phase, mut seen) = watch::channel(Phase::Begins);
        alone.rounds.push(drain(stand, &server, &simulator, &mut database, &phase).await?);

        clean(&mut database).await?;
        phase.send_replace(Phase::Begins);
        // The readers read as long as there is a backlog, and no longer.
        let reading = async {
            let _ = seen.wait_for(|phase| *phase != Phase::Begins).await;
            let goes_on = move |_| *seen.borrow() == Phase::Refreshes;
            open_loop_while(&list, readers, goes_on).await
        };
        let draining = async {
            let drained = drain(stand, &server, &simulator, &mut database, &phase).await;
            // Even if it failed: the readers would wait forever.
            phase.send_replace(Phase::Ended);
            drained
        };
        let (drained, latencies) = tokio::join!(draining, reading);
        list.check().await?;
        let Round { per_second, resident_bytes, .. } = drained?;
        // Most of the CPU time and of the transactions is the readers'.
        let latency = latency(latencies?);
        with_readers.rounds.push(Round { per_second, latency, resident_bytes, ..Round::default() });
        eprintln!(
            "  round {number}: {:.0} refreshes a second alone, {per_second:.0} with {readers:.0} reads a second",
            alone.rounds.last().map_or(0.0, |round| round.per_second),
        );
    }
    Ok(vec![alone, with_readers])
}

/// What the worker does with a backlog.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Begins,
    Refreshes,
    Ended,
}

/// What one backlog leaves behind must not slow down the next.
async fn clean(database: &mut Database) -> Result<()> {
    database.execute("VACUUM ANALYZE provider_connection").await
}

/// Makes every connection due, and waits until all are refreshed. The rate leaves out the first and
/// the last twentieth: in the first the worker begins, and in the last too few are left
/// for [`CONCURRENCY`] at a time.
async fn drain(
    stand: &Stand,
    server: &Server,
    simulator: &Simulator,
    database: &mut Database,
    phase: &watch::Sender<Phase>,
) -> Result<Round> {
    let transactions = database.transactions().await?;
    let generations = "SELECT SUM(generation)::bigint FROM provider_connection";
    let before = database.number(generations).await?;
    let all = database.number("SELECT COUNT(*) FROM provider_connection").await?;
    database
        .execute("UPDATE provider_connection SET refresh_due_at = statement_timestamp()")
        .await?;
    wake(server, simulator).await?;
    let watch = stand.watch(&[server.id()])?;
    let mut samples = Vec::new();
    let since = Instant::now();
    while samples.last().is_none_or(|(_, refreshed)| *refreshed < all) {
        if since.elapsed() > LIMIT {
            return Err(
                "the backlog was not worked off in five minutes. Run it with less else running."
                    .into(),
            );
        }
        tokio::time::sleep(LOOK).await;
        let refreshed = database.number(generations).await? - before;
        samples.push((since.elapsed(), refreshed));
        if refreshed > 0 {
            phase.send_replace(Phase::Refreshes);
        }
    }
    phase.send_replace(Phase::Ended);
    let round = watch.end()?;
    // Those of this function are not the worker's: three before the first look, and the looks.
    let own = i64::try_from(samples.len())? + 3;
    let transactions = database.transactions().await? - transactions - own;
    let transactions = Some(count_as_f64(transactions)? / count_as_f64(all)?);
    Ok(Round { per_second: steady_rate(&samples, all)?, transactions, ..round })
}
