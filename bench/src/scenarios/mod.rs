//! What is measured. Each scenario starts what it needs, and stops it again.

mod closed_loop;
mod jwt;
mod list;
mod open_loop;
mod sqlite;
mod stand;
mod tokens;
mod worker;

use crate::{
    Result,
    arguments::Arguments,
    contestants::BetterAuth,
    machine::Machine,
    results::{Results, Scenario},
};
use stand::Stand;

/// A scenario that `--only` can name.
pub struct Description {
    pub name: &'static str,
    pub title: &'static str,
}

pub const ALL: [Description; 6] = [
    Description { name: "list", title: "A user's connections, on PostgreSQL" },
    Description { name: "tokens", title: "A user's connections with access tokens, on PostgreSQL" },
    Description { name: "sqlite", title: "A user's connections, on SQLite" },
    Description { name: "jwt", title: "Kinds of JWTs" },
    Description { name: "open-loop", title: "Latency at half the peak" },
    Description { name: "worker", title: "Background refreshes, upstream at 50 ms" },
];

/// For clap: one of [`ALL`].
pub fn parse_name(name: &str) -> std::result::Result<String, String> {
    if ALL.iter().any(|scenario| scenario.name == name) {
        return Ok(name.to_owned());
    }
    Err("there is no such scenario. --list prints all".to_owned())
}

/// Runs the scenarios that were asked for, one after the other.
pub async fn run(arguments: &Arguments) -> Result<Results> {
    let mut stand = Stand::new(arguments).await?;
    let postgres = stand.database.text("SHOW server_version").await?;
    let machine = Machine::read(postgres, BetterAuth::version()?, arguments.load_before)?;
    if !machine.is_quiet() && !arguments.quick {
        eprintln!(
            "scripts/bench: other programs are running (load {:.2}). End them, or don't trust the figures.",
            machine.load_before
        );
    }
    let mut scenarios = Vec::new();
    for description in ALL.iter().filter(|scenario| arguments.wants(scenario.name)) {
        eprintln!("{}: {}", description.name, description.title);
        let contestants = match description.name {
            "list" => list::run(&mut stand).await,
            "tokens" => tokens::run(&mut stand).await,
            "sqlite" => sqlite::run(&mut stand).await,
            "jwt" => jwt::run(&mut stand).await,
            "open-loop" => open_loop::run(&mut stand).await,
            _ => worker::run(&mut stand).await,
        };
        let contestants = contestants.map_err(|error| format!("{}: {error}", description.name))?;
        scenarios.push(Scenario { name: description.name.to_owned(), contestants });
    }
    Ok(Results {
        date: today(),
        command: arguments.command(),
        complete: arguments.measures_everything(),
        rounds: arguments.rounds(),
        seconds: arguments.duration().as_secs(),
        machine,
        scenarios,
    })
}

#[expect(clippy::disallowed_methods, reason = "a measurement has the date of its day")]
fn today() -> String {
    chrono::Utc::now().format("%Y-%m-%d").to_string()
}
