//! What a run measured: `target/bench/results.json`.

use serde::{Deserialize, Serialize};

use crate::{machine::Machine, statistics::median};

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Results {
    /// The day of the run, UTC.
    pub date: String,
    /// The command that repeats it.
    pub command: String,
    /// Whether it has every scenario, measured with release builds. Only then can it be a page.
    pub complete: bool,
    pub rounds: u32,
    /// How long a contestant is measured in a round.
    pub seconds: u64,
    pub machine: Machine,
    pub scenarios: Vec<Scenario>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Scenario {
    pub name: String,
    pub contestants: Vec<Contestant>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Contestant {
    pub name: String,
    /// What the scenario's own limit allows per second, such as 64 refreshes at a time of 50 ms each.
    pub ideal_per_second: Option<f64>,
    pub rounds: Vec<Round>,
}

/// One contestant in one round.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Round {
    /// Answered requests, or refreshes.
    pub per_second: f64,
    pub latency: Option<Latency>,
    /// CPU time of the contestant's own processes, for each second of the round.
    pub cores: f64,
    /// CPU time of PostgreSQL, for each second of the round.
    pub database_cores: f64,
    /// Resident memory of the contestant's own processes at the end of the round.
    pub resident_bytes: u64,
    /// Transactions that PostgreSQL committed for each refresh.
    pub transactions: Option<f64>,
}

/// Milliseconds from when a request was due to the end of its answer.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Latency {
    pub p50: f64,
    pub p99: f64,
    /// `None`: wrk doesn't report it.
    pub p999: Option<f64>,
}

impl Results {
    pub fn contestant(&self, scenario: &str, contestant: &str) -> Option<&Contestant> {
        let scenario = self.scenarios.iter().find(|candidate| candidate.name == scenario)?;
        scenario.contestants.iter().find(|candidate| candidate.name == contestant)
    }
}

impl Contestant {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ideal_per_second: None, rounds: Vec::new() }
    }

    /// The median of the rounds that have this figure.
    pub fn median(&self, figure: impl Fn(&Round) -> Option<f64>) -> Option<f64> {
        median(self.rounds.iter().filter_map(figure).collect())
    }

    pub fn per_second(&self) -> Option<f64> {
        self.median(|round| Some(round.per_second))
    }

    /// Bytes: the most in any round.
    pub fn resident(&self) -> Option<u64> {
        self.rounds.iter().map(|round| round.resident_bytes).max()
    }

    /// Requests for each second of CPU time, of the contestant and of PostgreSQL together.
    pub fn per_core_second(&self) -> Option<f64> {
        self.median(|round| {
            let cores = round.cores + round.database_cores;
            (cores > 0.0).then(|| round.per_second / cores)
        })
    }
}
