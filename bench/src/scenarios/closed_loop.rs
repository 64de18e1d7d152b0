//! Contestants that are measured in turns, each with as many requests as it can answer.

use std::time::Duration;

use super::Stand;
use crate::{
    Result,
    load::{Load, Target},
    results::{Contestant, Round},
};

/// Before the first round: connections are opened, statements prepared, pages of memory touched.
const WARM_UP: Duration = Duration::from_secs(1);

/// What takes part, under which name, and its processes.
pub struct Entry<'a> {
    pub name: &'a str,
    pub load: Load<'a>,
    pub processes: Vec<u32>,
}

impl<'a> Entry<'a> {
    /// An endpoint that one process serves.
    pub fn http(name: &'a str, target: &'a Target, process: u32) -> Self {
        Self { name, load: Load::Http(target), processes: vec![process] }
    }
}

/// A, B, C, A, B, C and so on: what changes on the machine meanwhile changes for all.
pub async fn take_turns(stand: &Stand, entries: &[Entry<'_>]) -> Result<Vec<Contestant>> {
    let mut contestants: Vec<_> = entries.iter().map(|entry| Contestant::new(entry.name)).collect();
    for entry in entries {
        check(entry).await?;
        entry.load.closed_loop(stand.folder.path(), WARM_UP)?;
    }
    for number in 1..=stand.rounds {
        for (entry, contestant) in entries.iter().zip(&mut contestants) {
            let round = measure(stand, entry, stand.duration)?;
            check(entry).await?;
            eprintln!("  round {number}: {:<28} {:>9.0} a second", entry.name, round.per_second);
            contestant.rounds.push(round);
        }
    }
    Ok(contestants)
}

/// One contestant for so long.
pub fn measure(stand: &Stand, entry: &Entry<'_>, duration: Duration) -> Result<Round> {
    let watch = stand.watch(&entry.processes)?;
    let report = entry.load.closed_loop(stand.folder.path(), duration)?;
    Ok(Round { per_second: report.per_second, latency: report.latency, ..watch.end()? })
}

async fn check(entry: &Entry<'_>) -> Result<()> {
    match &entry.load {
        Load::Http(target) => target.check().await,
        Load::Replicas(targets) => {
            for target in *targets {
                target.check().await?;
            }
            Ok(())
        }
        Load::Statement(_) => Ok(()),
    }
}
