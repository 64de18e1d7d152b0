//! The soak: the server as a process of its own under everything at once, for a while. Users of all
//! kinds call it, strangers send it nonsense, Nhost Auth and the providers fail, slow down and
//! revoke grants. Its memory and its descriptors stay flat, every error has a code that
//! `docs/errors.md` lists, and nothing panics.
//!
//! A run takes `SOAK_SECONDS` for each database, 45 unless that says otherwise; `SOAK_SEED` makes
//! other choices, and `TEST_SERVER` names another binary. Each run leaves `target/soak-sqlite.json`
//! or `target/soak-postgres.json`, and prints the same as a table.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

#[path = "../spec/harness/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the specification's; this needs a part of it"
)]
mod harness;

mod faults;
mod field;
mod flatness;
mod log;
mod report;
mod samples;
mod strangers;
mod subscribers;
mod tally;
mod users;

use harness::Database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_and_descriptors_stay_flat_and_every_code_is_documented_sqlite() {
    Box::pin(field::soak("sqlite", Database::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_and_descriptors_stay_flat_and_every_code_is_documented_postgres() {
    Box::pin(field::soak("postgres", Database::postgres().await)).await;
}
