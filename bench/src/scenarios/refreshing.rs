//! What scenarios with refreshes share: a server that refreshes as fast as it can, connections that are due, and how fast
//! the worker is.

use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::Stand;
use crate::{
    Result,
    contestants::{PROVIDERS, Server, Settings, Simulator},
    statistics::count_as_f64,
};

/// How long the upstream takes for a refresh.
pub const UPSTREAM: Duration = Duration::from_millis(50);
/// Refreshes at a time.
pub const CONCURRENCY: u32 = 64;
/// Settings of a server that refreshes as fast as its concurrency allows: [`CONCURRENCY`] at a time.
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
/// How long a backlog may take.
pub const LIMIT: Duration = Duration::from_mins(5);

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

/// Lets the worker look for due connections immediately, instead of within a minute: a new connection is due soon.
pub async fn wake(server: &Server, simulator: &Simulator) -> Result<()> {
    let user = simulator.user("wake@example.com").await?;
    simulator.sign_in_for(&user, PROVIDERS[0], SOON_DUE).await?;
    server.take_over(&user, PROVIDERS[0]).await
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
