//! The worker, which refreshes tokens before they expire, with a backlog of due connections: alone, and with readers
//! at half of what the server can answer.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::sync::watch;

use super::{Stand, open_loop::half_of_the_peak};
use crate::{
    Result,
    contestants::{LIST, PROVIDERS, Server, Settings, Simulator},
    database::Database,
    load::{Target, open_loop_while},
    results::{Contestant, Round},
    statistics::latency,
};

/// How long the upstream takes for a refresh.
pub const UPSTREAM: Duration = Duration::from_millis(50);
/// Refreshes at a time, as in [`REFRESHING`].
const CONCURRENCY: u32 = 64;
/// Settings of a server that refreshes as fast as its concurrency allows.
pub const REFRESHING: [(&str, &str); 4] = [
    ("REFRESH_CONCURRENCY", "64"),
    ("UPSTREAM_RATE", "100000"),
    ("NHOST_AUTH_RATE", "0"),
    ("USER_RATE", "0"),
];
/// Connections of one provider each.
pub const CONNECTIONS: usize = 10_000;
/// In a check that the scenario works.
pub const FEW_CONNECTIONS: usize = 100;
/// The lifetime of a token that is due within the next minute: halfway through it.
const SOON_DUE: Duration = Duration::from_secs(100);
/// How often the database is asked how many are refreshed. It reads all rows for it, on the cores that are measured.
const LOOK: Duration = Duration::from_millis(250);
/// How long a backlog may take.
pub const LIMIT: Duration = Duration::from_mins(5);

pub async fn run(stand: &mut Stand) -> Result<Vec<Contestant>> {
    let connections = if stand.quick { FEW_CONNECTIONS } else { CONNECTIONS };
    let simulator = Simulator::start(&stand.programs, "HS256")?;
    let mut database = stand.new_database().await?;
    let settings =
        Settings { database_url: Some(&database.url), more: &REFRESHING, ..Settings::default() };
    let server = Server::start(&stand.programs, &simulator, settings)?;
    connect(&server, &simulator, "user", connections).await?;
    let reader = server.user_with_connections(&simulator).await?;
    let rows = ("\"provider\":", PROVIDERS.len());
    let list = Target::graphql(server.url(), &reader.jwt, LIST, rows);
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

/// A server that refreshes as fast as it can, with these keys.
pub fn start(
    stand: &Stand,
    simulator: &Simulator,
    database_url: &str,
    encryption_keys: &str,
) -> Result<Server> {
    let settings = Settings {
        database_url: Some(database_url),
        encryption_keys: Some(encryption_keys),
        more: &REFRESHING,
        ..Settings::default()
    };
    Server::start(&stand.programs, simulator, settings)
}

/// Adds users with a connection each. Their addresses begin with `name`.
pub async fn connect(
    server: &Server,
    simulator: &Simulator,
    name: &str,
    connections: usize,
) -> Result<()> {
    let users = (0..connections).map(|number| async move {
        let user = simulator.user(&format!("{name}-{number}@example.com")).await?;
        server.connect(simulator, &user, &[PROVIDERS[number % PROVIDERS.len()]]).await
    });
    stream::iter(users).buffer_unordered(32).try_collect::<()>().await
}

/// What one backlog leaves behind must not slow down the next.
async fn clean(database: &mut Database) -> Result<()> {
    database.execute("VACUUM ANALYZE provider_connection").await
}

/// Lets the worker look for due connections immediately, instead of within a minute: a new connection is due soon.
pub async fn wake(server: &Server, simulator: &Simulator) -> Result<()> {
    let user = simulator.user("wake@example.com").await?;
    simulator.sign_in_for(&user, PROVIDERS[0], SOON_DUE).await?;
    server.take_over(&user, PROVIDERS[0]).await
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

/// Refreshes per second from the first sample with a twentieth of all to the last with at most
/// nineteen twentieths.
pub fn steady_rate(samples: &[(Duration, i64)], all: i64) -> Result<f64> {
    let first = samples.iter().find(|(_, refreshed)| refreshed * 20 >= all);
    let last = samples.iter().rfind(|(_, refreshed)| refreshed * 20 <= all * 19);
    // So few connections that one look saw them all: the whole of it.
    let (begin, end) = match (first, last) {
        (Some(first), Some(last)) if first.0 < last.0 => (*first, *last),
        _ => ((Duration::ZERO, 0), *samples.last().ok_or("nothing was refreshed")?),
    };
    Ok(count_as_f64(end.1 - begin.1)? / end.0.saturating_sub(begin.0).as_secs_f64())
}

/// Counts here are far below the 2^32 that a `u32` has room for.
pub fn count_as_f64<T: TryInto<u32>>(count: T) -> Result<f64> {
    let count = count.try_into().map_err(|_| "a count is negative or too large")?;
    Ok(f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_between_the_first_and_the_last_twentieth() {
        let seconds = Duration::from_secs;
        let samples = [(1, 0), (2, 10), (3, 400), (4, 790), (5, 960), (9, 1000)];
        let samples = samples.map(|(time, refreshed)| (seconds(time), refreshed));
        assert!((steady_rate(&samples, 1000).unwrap() - 390.0).abs() < 1e-9);
    }

    #[test]
    fn a_backlog_that_one_look_saw_empty_has_a_rate_too() {
        let samples = [(Duration::from_secs(2), 100)];
        assert!((steady_rate(&samples, 100).unwrap() - 50.0).abs() < 1e-9);
        assert!(steady_rate(&[], 100).is_err());
    }
}
