//! What the project wants to reach, as ratios within one run: absolute figures say more of the machine.

use crate::results::{Contestant, Latency, Results};

/// One line of the table.
pub struct Requirement {
    pub what: &'static str,
    pub bound: Bound,
    /// `None` if the run has not measured it.
    pub figure: fn(&Results) -> Option<f64>,
}

#[derive(Clone, Copy)]
pub enum Bound {
    AtLeast(f64),
    AtMost(f64),
    Under(f64),
}

impl Bound {
    pub fn is_reached_by(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(bound) => figure >= bound,
            Self::AtMost(bound) => figure <= bound,
            Self::Under(bound) => figure < bound,
        }
    }
}

const SERVER: &str = "provider-connections";
const HANDLER: &str = "hand-written handler";
const BETTER_AUTH: &str = "better-auth";

pub const ALL: [Requirement; 21] = [
    at_least("List on PostgreSQL, against the hand-written handler", 1.5, |results| {
        throughput(results, "list", HANDLER)
    }),
    at_least("List with tokens, against the hand-written handler without", 1.3, |results| {
        throughput(results, "tokens", HANDLER)
    }),
    at_least("List on SQLite, against the hand-written handler", 1.7, |results| {
        throughput(results, "sqlite", HANDLER)
    }),
    at_least("List, against better-auth's `list-accounts`", 30.0, |results| {
        throughput(results, "list", BETTER_AUTH)
    }),
    at_least("List with three tokens, against better-auth's `get-access-token`", 40.0, |results| {
        throughput(results, "tokens", BETTER_AUTH)
    }),
    at_least("List, against plain async-graphql and SeaORM", 3.0, |results| {
        throughput(results, "list", "async-graphql and SeaORM")
    }),
    under("Open loop at half the peak, p99, ms", 3.0, |results| {
        open_loop(results, SERVER, |latency| Some(latency.p99))
    }),
    under("Open loop at half the peak, p99.9, ms", 10.0, |results| {
        open_loop(results, SERVER, |latency| latency.p999)
    }),
    under("Its p99, against better-auth's at its own half rate", 0.05, |results| {
        let p99 = |name| open_loop(results, name, |latency| Some(latency.p99));
        Some(p99(SERVER)? / p99(BETTER_AUTH)?)
    }),
    under("Its p99.9, against better-auth's", 0.05, |results| {
        let p999 = |name| open_loop(results, name, |latency| latency.p999);
        Some(p999(SERVER)? / p999(BETTER_AUTH)?)
    }),
    at_least("RS256, against HS256", 0.97, |results| jwt(results, "RS256")),
    at_least("RS256 by JWKS, against HS256", 0.97, |results| jwt(results, "RS256 by JWKS")),
    at_least("Worker alone, against 64 refreshes at a time", 0.95, |results| {
        worker(results, "worker alone")
    }),
    at_least("Worker with readers, against the same", 0.8, |results| {
        worker(results, "worker with readers")
    }),
    under("Resident memory under full load, MB", 40.0, |results| {
        megabytes(results.contestant("list", SERVER)?)
    }),
    under("Resident memory, against better-auth's", 0.2, |results| {
        let megabytes = |name| megabytes(results.contestant("list", name)?);
        Some(megabytes(SERVER)? / megabytes(BETTER_AUTH)?)
    }),
    at_most("Large table, against 10,000 connections, the worst operation", 1.1, |results| {
        let operations = results.contestants("scale").iter();
        operations.filter_map(Contestant::ratio_of_sizes).max_by(f64::total_cmp)
    }),
    under("Claim of 32 connections out of the large table, all due, ms", 5.0, |results| {
        let claim = results.contestant("scale", "claim of 32, all rows due")?;
        claim.median(|round| Some(round.sizes?.large))
    }),
    under("First answer after a start on SQLite, ms", 60.0, |results| {
        results.contestant("start", "SQLite")?.milliseconds()
    }),
    under("Binary, stripped, MB", 20.0, |results| results.fact("start", "binary, stripped, MB")),
    under("Idle CPU time on SQLite, % of a core", 0.1, |results| {
        results.fact("start", "idle CPU time on SQLite, %")
    }),
];

type Figure = fn(&Results) -> Option<f64>;

const fn at_least(what: &'static str, bound: f64, figure: Figure) -> Requirement {
    Requirement { what, bound: Bound::AtLeast(bound), figure }
}

const fn at_most(what: &'static str, bound: f64, figure: Figure) -> Requirement {
    Requirement { what, bound: Bound::AtMost(bound), figure }
}

const fn under(what: &'static str, bound: f64, figure: Figure) -> Requirement {
    Requirement { what, bound: Bound::Under(bound), figure }
}

/// The server's requests per second as a multiple of a peer's in the same scenario.
fn throughput(results: &Results, scenario: &str, peer: &str) -> Option<f64> {
    let per_second = |name| results.contestant(scenario, name)?.per_second();
    Some(per_second(SERVER)? / per_second(peer)?)
}

fn jwt(results: &Results, kind: &str) -> Option<f64> {
    let per_second = |name| results.contestant("jwt", name)?.per_second();
    Some(per_second(kind)? / per_second("HS256")?)
}

fn worker(results: &Results, name: &str) -> Option<f64> {
    let worker = results.contestant("worker", name)?;
    Some(worker.per_second()? / worker.ideal_per_second?)
}

/// The median of the rounds.
fn open_loop(results: &Results, name: &str, of: fn(&Latency) -> Option<f64>) -> Option<f64> {
    let contestant = results.contestant("open-loop", name)?;
    contestant.median(|round| round.latency.as_ref().and_then(of))
}

#[expect(clippy::cast_precision_loss, reason = "bytes of one process")]
fn megabytes(contestant: &Contestant) -> Option<f64> {
    Some(contestant.resident()? as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    fn figure(what: &str) -> Option<f64> {
        let requirement = ALL.iter().find(|requirement| requirement.what.starts_with(what));
        (requirement.unwrap().figure)(&example())
    }

    #[test]
    fn throughput_is_the_ratio_of_the_medians() {
        assert_eq!(figure("List on PostgreSQL"), Some(1.4));
        assert_eq!(figure("RS256,"), Some(0.8));
    }

    #[test]
    fn a_worker_is_compared_with_its_ideal() {
        assert_eq!(figure("Worker alone"), Some(0.96));
    }

    #[test]
    fn latency_and_memory_are_those_of_the_server() {
        assert_eq!(figure("Open loop at half the peak, p99, ms"), Some(2.0));
        assert_eq!(figure("Its p99,"), Some(0.1));
        assert_eq!(figure("Resident memory under full load"), Some(30.0));
    }

    #[test]
    fn a_large_table_is_judged_by_its_worst_operation() {
        assert_eq!(figure("Large table"), Some(1.2));
        assert_eq!(figure("Claim of 32"), Some(3.6));
    }

    #[test]
    fn a_start_is_the_median_and_what_belongs_to_no_round_is_a_fact() {
        assert_eq!(figure("First answer"), Some(50.0));
        assert_eq!(figure("Binary"), Some(18.0));
        assert_eq!(figure("Idle CPU"), Some(0.05));
    }

    #[test]
    fn what_was_not_measured_has_no_figure() {
        let mut results = example();
        results.scenarios.clear();
        assert!(ALL.iter().all(|requirement| (requirement.figure)(&results).is_none()));
    }

    #[test]
    fn a_bound_is_reached_from_its_own_side() {
        assert!(Bound::AtLeast(1.5).is_reached_by(1.5) && !Bound::AtLeast(1.5).is_reached_by(1.49));
        assert!(Bound::AtMost(1.1).is_reached_by(1.1) && !Bound::AtMost(1.1).is_reached_by(1.11));
        assert!(Bound::Under(3.0).is_reached_by(2.9) && !Bound::Under(3.0).is_reached_by(3.0));
    }
}
