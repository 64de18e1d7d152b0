//! The options of `scripts/bench`.

use std::{fmt::Write as _, path::PathBuf, time::Duration};

use clap::Parser;

use crate::{Result, scenarios};

/// Of one contestant in all rounds.
const MOST_SECONDS: u32 = 60;
const ROWS: u64 = 1_000_000;

/// Measures the server next to other ways to the same data.
///
/// It takes about half an hour and needs a machine that does nothing else. Every run writes target/bench/partial.json
/// after each scenario. A run of all scenarios then writes docs/performance.md, its plots, and
/// target/bench/results.json.
#[derive(Clone, Debug, Parser)]
#[command(name = "scripts/bench", bin_name = "scripts/bench")]
pub struct Arguments {
    /// Print the scenarios.
    #[arg(long)]
    pub list: bool,
    /// Run this scenario alone; may be repeated. The page is not written.
    #[arg(long, value_name = "SCENARIO", value_parser = scenarios::parse_name)]
    pub only: Vec<String>,
    /// How often each contestant is measured. The contestants take turns.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub rounds: u32,
    /// How long each contestant is measured in a round.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub seconds: u32,
    /// Connections in the large table of the scenario `scale`.
    #[arg(long, default_value_t = ROWS, value_parser = clap::value_parser!(u64).range(20_000..=100_000_000))]
    pub rows: u64,
    /// Check that every scenario works: one round of a second with debug builds. The figures mean nothing, and the
    /// page is not written.
    #[arg(long)]
    pub quick: bool,
    /// Measure nothing: write docs/performance.md again from results.json.
    #[arg(long, conflicts_with_all = ["quick", "only"])]
    pub page: bool,
    /// The folder of the built programs. scripts/bench sets it.
    #[arg(long, value_name = "FOLDER", default_value = "target/release", hide = true)]
    pub programs: PathBuf,
    /// The load average before anything was built. scripts/bench sets it.
    #[arg(long, value_name = "NUMBER", default_value_t = 0.0, hide = true)]
    pub load_before: f64,
    /// The folder of results.json and partial.json.
    #[arg(long, value_name = "FOLDER", default_value = "target/bench")]
    pub out: PathBuf,
}

impl Arguments {
    /// A scenario has to end before its users' JWTs do, which is after 15 minutes.
    pub fn check(&self) -> Result<()> {
        if self.rounds * self.seconds > MOST_SECONDS {
            return Err(format!(
                "{} rounds of {} seconds take too long. Choose at most {MOST_SECONDS} seconds in all rounds together.",
                self.rounds, self.seconds
            )
            .into());
        }
        Ok(())
    }

    pub fn rounds(&self) -> u32 {
        if self.quick { 1 } else { self.rounds }
    }

    pub fn duration(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { self.seconds.into() })
    }

    /// Only such a run has every figure of the page.
    pub fn measures_everything(&self) -> bool {
        self.only.is_empty() && !self.quick
    }

    pub fn wants(&self, scenario: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == scenario)
    }

    /// The command that repeats this run.
    pub fn command(&self) -> String {
        let mut command =
            format!("scripts/bench --rounds {} --seconds {}", self.rounds, self.seconds);
        if self.rows != ROWS {
            let _ = write!(command, " --rows {}", self.rows);
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Arguments {
        Arguments::try_parse_from(["bench"].into_iter().chain(line.split_whitespace())).unwrap()
    }

    #[test]
    fn a_run_is_as_long_as_it_is_asked_to_be() {
        let asked = arguments("--rounds 3 --seconds 4");
        assert_eq!((asked.rounds(), asked.duration()), (3, Duration::from_secs(4)));
        assert_eq!(asked.command(), "scripts/bench --rounds 3 --seconds 4");
        let large = arguments("--rows 10000000").command();
        assert_eq!(large, "scripts/bench --rounds 5 --seconds 5 --rows 10000000");
        assert!(asked.check().is_ok() && arguments("--rounds 20 --seconds 60").check().is_err());
    }

    #[test]
    fn only_a_run_of_everything_makes_a_page() {
        assert!(arguments("").measures_everything());
        assert!(!arguments("--quick").measures_everything());
        assert!(!arguments("--only list").measures_everything());
    }

    #[test]
    fn scenarios_are_known_by_name() {
        let asked = arguments("--only jwt --only worker");
        assert!(asked.wants("jwt") && asked.wants("worker") && !asked.wants("list"));
        assert!(Arguments::try_parse_from(["bench", "--only", "everything"]).is_err());
        assert!(Arguments::try_parse_from(["bench", "--page", "--quick"]).is_err());
    }
}
