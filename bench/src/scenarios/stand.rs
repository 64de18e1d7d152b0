//! What all scenarios share: the programs, PostgreSQL, and how long to measure.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    Result,
    arguments::Arguments,
    database::Database,
    process::{cpu_seconds, cpu_seconds_of_family, resident_bytes},
    results::Round,
};

pub struct Stand {
    /// The folder of the programs.
    pub programs: PathBuf,
    pub database: Database,
    postmaster: u32,
    pub rounds: u32,
    pub duration: Duration,
    /// Of the large table.
    pub rows: u64,
    /// Whether it only checks that the scenario works.
    pub quick: bool,
    /// For the files of load generators.
    pub folder: TempDir,
    databases: u32,
}

impl Stand {
    pub async fn new(arguments: &Arguments) -> Result<Self> {
        let mut database = Database::of_environment().await?;
        let postmaster = database.postmaster().await?;
        Ok(Self {
            programs: arguments.programs.clone(),
            database,
            postmaster,
            rounds: arguments.rounds(),
            duration: arguments.duration(),
            rows: arguments.rows,
            quick: arguments.quick,
            folder: tempfile::tempdir()?,
            databases: 0,
        })
    }

    /// A database that no other scenario uses.
    pub async fn new_database(&mut self) -> Result<Database> {
        self.databases += 1;
        self.database.create(&format!("bench_{}", self.databases)).await
    }

    /// Starts to watch what these processes use.
    pub fn watch(&self, processes: &[u32]) -> Result<Watch> {
        Ok(Watch {
            processes: processes.to_vec(),
            postmaster: self.postmaster,
            cpu: cpu_seconds(processes)?,
            database_cpu: cpu_seconds_of_family(self.postmaster)?,
            since: Instant::now(),
        })
    }
}

/// Processes from the beginning to the end of a round.
pub struct Watch {
    processes: Vec<u32>,
    postmaster: u32,
    cpu: f64,
    database_cpu: f64,
    since: Instant,
}

impl Watch {
    /// A round with the figures that Linux has; the caller adds its own.
    pub fn end(self) -> Result<Round> {
        let seconds = self.since.elapsed().as_secs_f64();
        Ok(Round {
            cores: (cpu_seconds(&self.processes)? - self.cpu) / seconds,
            database_cores: (cpu_seconds_of_family(self.postmaster)? - self.database_cpu) / seconds,
            resident_bytes: resident_bytes(&self.processes)?,
            ..Round::default()
        })
    }
}
