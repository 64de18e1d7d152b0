//! The rules of refreshing, specified: a file a promise, each test a sentence.
//!
//! The promises about crowds are property tests over a simulation of the callers (`simulation`), in
//! simulated time. The histories are the same each time. `PROPTEST_RNG_SEED=2` plays others, and
//! this plays 2,000 of each property:
//!
//! ```text
//! PROPTEST_CASES=2000 cargo nextest run --release -p provider-connections-domain
//! ```

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod breaker;
mod dead_grants_are_found;
mod forecasts;
mod given;
mod healthy_stay_healthy;
mod lanes;
mod outages_end_nobody;
mod scenarios;
mod simulation;
mod upstreams_are_spared;
mod verdicts;
