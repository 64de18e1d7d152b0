//! Sends requests, and measures meanwhile: closed loop by wrk and pgbench, open loop on its own.

mod open_loop;
mod pgbench;
mod target;
mod wrk;

pub use open_loop::{open_loop, open_loop_while};
pub use pgbench::Statement;
pub use target::Target;

use std::{path::Path, time::Duration};

use crate::Result;

/// Connections of the closed loop, as many as the server may open to PostgreSQL.
pub const CONNECTIONS: u32 = 16;
/// Threads of wrk and pgbench.
pub const THREADS: u32 = 2;

/// What is measured: an endpoint, or the bare statement.
pub enum Load<'a> {
    Http(&'a Target),
    /// The same endpoint of several servers at once.
    Replicas(&'a [Target]),
    Statement(&'a Statement),
}

/// What a load generator reports.
pub struct Report {
    pub per_second: f64,
    pub latency: Option<crate::results::Latency>,
}

impl Load<'_> {
    /// Keeps [`CONNECTIONS`] requests in progress for so long.
    pub fn closed_loop(&self, folder: &Path, duration: Duration) -> Result<Report> {
        match self {
            Load::Http(target) => wrk::run(target, folder, duration),
            Load::Replicas(targets) => wrk::run_all(targets, folder, duration),
            Load::Statement(statement) => pgbench::run(statement, folder, duration),
        }
    }
}
