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
    /// What was measured once, in its own table.
    #[serde(default)]
    pub facts: Option<Facts>,
}

/// Figures that belong to no round.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Facts {
    /// The headings.
    pub columns: Vec<String>,
    pub rows: Vec<Fact>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Fact {
    /// What it is, with its unit.
    pub name: String,
    /// One for each column.
    pub figures: Vec<f64>,
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
    /// How long the contestant took, where each round is one run of it.
    #[serde(default)]
    pub milliseconds: Option<f64>,
    /// The same operation on two tables.
    #[serde(default)]
    pub sizes: Option<Sizes>,
}

/// Milliseconds of an operation on a small table and on a large one, measured one after the other.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Sizes {
    pub small: f64,
    pub large: f64,
}

impl Sizes {
    /// How many times as long it takes on the large table.
    pub fn ratio(self) -> f64 {
        self.large / self.small
    }
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

    pub fn contestants(&self, scenario: &str) -> &[Contestant] {
        let scenario = self.scenarios.iter().find(|candidate| candidate.name == scenario);
        scenario.map_or(&[], |scenario| &scenario.contestants)
    }

    /// The first figure of a fact.
    pub fn fact(&self, scenario: &str, name: &str) -> Option<f64> {
        let scenario = self.scenarios.iter().find(|candidate| candidate.name == scenario)?;
        let fact = scenario.facts.as_ref()?.rows.iter().find(|fact| fact.name == name)?;
        fact.figures.first().copied()
    }
}

impl Facts {
    pub fn new(columns: impl IntoIterator<Item = String>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    pub fn add(&mut self, name: &str, figures: Vec<f64>) {
        self.rows.push(Fact { name: name.to_owned(), figures });
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

    /// `None`: its rounds have no requests.
    pub fn per_second(&self) -> Option<f64> {
        self.median(|round| Some(round.per_second).filter(|figure| *figure > 0.0))
    }

    pub fn milliseconds(&self) -> Option<f64> {
        self.median(|round| round.milliseconds)
    }

    /// How many times as long it takes on the large table: the median of the rounds' ratios, so that
    /// what changes on the machine between rounds has no part in it.
    pub fn ratio_of_sizes(&self) -> Option<f64> {
        self.median(|round| Some(round.sizes?.ratio()))
    }

    /// Bytes: the most in any round.
    pub fn resident(&self) -> Option<u64> {
        self.rounds.iter().map(|round| round.resident_bytes).max()
    }

    /// Requests for each second of CPU time, of the contestant and of PostgreSQL together.
    pub fn per_core_second(&self) -> Option<f64> {
        self.median(|round| {
            let cores = round.cores + round.database_cores;
            (cores > 0.0 && round.per_second > 0.0).then(|| round.per_second / cores)
        })
    }
}
