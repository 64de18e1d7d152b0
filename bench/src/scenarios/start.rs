//! How long a server takes from its start to its first answer, how large the program is, and what it uses while it is
//! idle.

use std::{fs, process::Command, time::Duration};

use tempfile::TempDir;

use super::{Measured, Stand};
use crate::{
    Result,
    contestants::{Server, Settings, Simulator, User, binary, encryption_key},
    process::{exact_cpu_seconds, output, resident_bytes},
    results::{Contestant, Facts, Round},
};

/// Starts of each kind.
const RUNS: u32 = 11;
/// How long an idle server is watched: its jobs run once a minute. First, their first run has to end.
const IDLE: Duration = Duration::from_mins(1);
const SETTLED: Duration = Duration::from_secs(5);
const QUERY: &str = "{ providerConnections { id } }";

/// Where a server starts.
struct Place<'a> {
    name: &'a str,
    /// `None`: SQLite.
    database_url: Option<String>,
    /// `None`: an empty one.
    folder: Option<&'a TempDir>,
}

pub async fn run(stand: &mut Stand) -> Result<Measured> {
    let simulator = Simulator::start(&stand.programs, "HS256")?;
    let key = encryption_key(&stand.programs)?;
    let user = simulator.user("ada@example.com").await?;
    let folder = tempfile::tempdir()?;
    let existing = stand.new_database().await?;
    let mut places = [
        Place { name: "SQLite", database_url: None, folder: Some(&folder) },
        Place { name: "SQLite, first start", database_url: None, folder: None },
        Place { name: "PostgreSQL", database_url: Some(existing.url.clone()), folder: None },
        Place { name: "PostgreSQL, first start", database_url: None, folder: None },
    ];
    // The databases that exist have connections.
    for place in [&places[0], &places[2]] {
        start(stand, &simulator, &key, place)?.user_with_connections(&simulator).await?;
    }

    let mut contestants: Vec<_> = places.iter().map(|place| Contestant::new(place.name)).collect();
    let runs = if stand.quick { 1 } else { RUNS };
    for number in 1..=runs {
        // A database that no server has used.
        places[3].database_url = Some(stand.new_database().await?.url);
        for (place, contestant) in places.iter().zip(&mut contestants) {
            let (_, round) = answered(stand, &simulator, &key, place, &user).await?;
            let milliseconds = round.milliseconds.unwrap_or_default();
            eprintln!("  start {number}: {:<28} {milliseconds:.1} ms", place.name);
            contestant.rounds.push(round);
        }
    }

    let mut facts = Facts::new(["measured".to_owned()]);
    facts.add("binary, stripped, MB", vec![binary_megabytes(stand)?]);
    let (on_sqlite, _) = answered(stand, &simulator, &key, &places[0], &user).await?;
    let (on_postgres, _) = answered(stand, &simulator, &key, &places[2], &user).await?;
    let idle = idle_percent(stand, &[on_sqlite.id(), on_postgres.id()]).await?;
    for (name, percent) in ["SQLite", "PostgreSQL"].into_iter().zip(idle) {
        facts.add(&format!("idle CPU time on {name}, %"), vec![percent]);
    }
    Ok(Measured { contestants, facts: Some(facts) })
}

fn start(stand: &Stand, simulator: &Simulator, key: &str, place: &Place<'_>) -> Result<Server> {
    let settings = Settings {
        database_url: place.database_url.as_deref(),
        encryption_keys: Some(key),
        folder: place.folder.map(TempDir::path),
        ..Settings::default()
    };
    Server::start(&stand.programs, simulator, settings)
}

/// A server that has answered a query.
async fn answered(
    stand: &Stand,
    simulator: &Simulator,
    key: &str,
    place: &Place<'_>,
    user: &User,
) -> Result<(Server, Round)> {
    let server = start(stand, simulator, key, place)?;
    server.ask(user, QUERY).await?;
    let milliseconds = Some(server.started.elapsed().as_secs_f64() * 1e3);
    let resident_bytes = resident_bytes(&[server.id()])?;
    Ok((server, Round { resident_bytes, milliseconds, ..Round::default() }))
}

/// The share of a core that each process uses, in percent.
pub async fn idle_percent(stand: &Stand, processes: &[u32]) -> Result<Vec<f64>> {
    let second = Duration::from_secs(1);
    let (settled, idle) = if stand.quick { (SETTLED, second) } else { (SETTLED, IDLE) };
    tokio::time::sleep(settled).await;
    let used = || processes.iter().map(|process| exact_cpu_seconds(*process));
    let before: Vec<_> = used().collect::<Result<_>>()?;
    tokio::time::sleep(idle).await;
    let after: Vec<_> = used().collect::<Result<_>>()?;
    let used = after.iter().zip(before).map(|(after, before)| after - before);
    Ok(used.map(|seconds| seconds / idle.as_secs_f64() * 100.0).collect())
}

/// Of a copy of the program without its symbols.
fn binary_megabytes(stand: &Stand) -> Result<f64> {
    let copy = stand.folder.path().join("provider-connections");
    fs::copy(binary(&stand.programs)?, &copy)?;
    output(Command::new("strip").arg(&copy))
        .map_err(|error| format!("{error}. Install strip (Debian: apt-get install binutils)."))?;
    let kilobytes = u32::try_from(fs::metadata(&copy)?.len() / 1000)?;
    fs::remove_file(copy)?;
    Ok(f64::from(kilobytes) / 1e3)
}
