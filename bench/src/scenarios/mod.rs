//! What is measured. Each scenario starts what it needs, and stops it again.

mod closed_loop;
mod jwt;
mod list;
mod open_loop;
mod refreshing;
mod replicas;
mod scale;
mod sqlite;
mod stand;
mod start;
mod tokens;
mod trouble;
mod users;
mod vacuum;
mod worker;

use crate::{
    Result,
    arguments::Arguments,
    contestants::BetterAuth,
    machine::Machine,
    results::{Contestant, Facts, Results, Scenario},
};
use stand::Stand;

/// A scenario that `--only` can name.
pub struct Description {
    pub name: &'static str,
    pub title: &'static str,
}

/// What a scenario measured.
struct Measured {
    contestants: Vec<Contestant>,
    facts: Option<Facts>,
}

impl From<Vec<Contestant>> for Measured {
    fn from(contestants: Vec<Contestant>) -> Self {
        Self { contestants, facts: None }
    }
}

pub const ALL: [Description; 11] = [
    Description { name: "list", title: "A user's connections, on PostgreSQL" },
    Description { name: "tokens", title: "A user's connections with access tokens, on PostgreSQL" },
    Description { name: "sqlite", title: "A user's connections, on SQLite" },
    Description { name: "jwt", title: "Kinds of JWTs" },
    Description { name: "open-loop", title: "Latency at half the peak" },
    Description { name: "worker", title: "Background refreshes, upstream at 50 ms" },
    Description { name: "trouble", title: "Latency under trouble, at half the peak" },
    Description { name: "replicas", title: "Several servers, on one PostgreSQL" },
    Description { name: "scale", title: "A large table, against 10,000 connections" },
    Description { name: "vacuum", title: "A large table that is refreshed and vacuumed" },
    Description { name: "start", title: "Start, size and idle CPU time" },
];

/// For clap: one of [`ALL`].
pub fn parse_name(name: &str) -> std::result::Result<String, String> {
    if ALL.iter().any(|scenario| scenario.name == name) {
        return Ok(name.to_owned());
    }
    Err("there is no such scenario. --list prints all".to_owned())
}

/// Runs the scenarios that were asked for, one after the other. `keep` gets the results so far after each, and all of
/// them in the end.
pub async fn run(arguments: &Arguments, keep: impl Fn(&Results) -> Result<()>) -> Result<Results> {
    let mut stand = Stand::new(arguments).await?;
    let postgres = stand.database.text("SHOW server_version").await?;
    let machine = Machine::read(postgres, BetterAuth::version()?, arguments.load_before)?;
    if !machine.is_quiet() && !arguments.quick {
        eprintln!(
            "scripts/bench: other programs are running (load {:.2}). End them, or don't trust the figures.",
            machine.load_before
        );
    }
    let mut results = Results {
        date: today(),
        command: arguments.command(),
        complete: false,
        rounds: arguments.rounds(),
        seconds: arguments.duration().as_secs(),
        machine,
        scenarios: Vec::new(),
    };
    for description in ALL.iter().filter(|scenario| arguments.wants(scenario.name)) {
        eprintln!("{}: {}", description.name, description.title);
        let measured = match description.name {
            "list" => list::run(&mut stand).await.map(Measured::from),
            "tokens" => tokens::run(&mut stand).await.map(Measured::from),
            "sqlite" => sqlite::run(&mut stand).await.map(Measured::from),
            "jwt" => jwt::run(&mut stand).await.map(Measured::from),
            "open-loop" => open_loop::run(&mut stand).await.map(Measured::from),
            "worker" => worker::run(&mut stand).await.map(Measured::from),
            "trouble" => trouble::run(&mut stand).await,
            "replicas" => replicas::run(&mut stand).await,
            "scale" => scale::run(&mut stand).await,
            "vacuum" => vacuum::run(&mut stand).await,
            _ => start::run(&mut stand).await,
        };
        let measured = measured.map_err(|error| format!("{}: {error}", description.name))?;
        let Measured { contestants, facts } = measured;
        results.scenarios.push(Scenario { name: description.name.to_owned(), contestants, facts });
        keep(&results)?;
    }
    results.complete = arguments.measures_everything();
    if results.complete {
        keep(&results)?;
    }
    Ok(results)
}

#[expect(clippy::disallowed_methods, reason = "a measurement has the date of its day")]
fn today() -> String {
    chrono::Utc::now().format("%Y-%m-%d").to_string()
}
