use std::{fs, path::Path};

use serde_json::json;

use crate::{flatness::Growth, log::Log, samples::Sample, tally::Tally};

/// What is left of a run.
pub struct Report<'a> {
    pub name: &'a str,
    pub seconds: u64,
    pub tally: &'a Tally,
    pub log: &'a Log,
    /// All that the server logged.
    pub lines: &'a str,
    pub samples: &'a [Sample],
    pub growth: Growth,
}

impl Report<'_> {
    /// Prints it, and writes all of it to `target/soak-NAME.json`, and the server's log beside it.
    pub fn write(&self) {
        let counts = self.tally.counts();
        let Growth { memory, descriptors } = self.growth;
        let calls: u64 = counts.calls.values().sum();
        println!("soak on {}: {} s, {calls} calls", self.name, self.seconds);
        for (kind, times) in &counts.calls {
            println!("  {times:>8}  {kind}");
        }
        for (code, times) in &counts.codes {
            println!("  {times:>8}  {code}");
        }
        println!("  memory       {} KiB, later {} KiB", memory.0, memory.1);
        println!("  descriptors  {}, later {}", descriptors.0, descriptors.1);
        println!("  log lines    {:?}", self.log.levels);

        let samples = self.samples.iter().map(|one| {
            json!([
                u64::try_from(one.at.as_millis()).unwrap(),
                one.memory,
                one.descriptors,
                one.threads
            ])
        });
        let report = json!({
            "database": self.name,
            "seconds": self.seconds,
            "calls": counts.calls,
            "unanswered": counts.unanswered,
            "codes": counts.codes,
            "log": { "levels": self.log.levels, "errors": self.log.errors },
            "memoryKiB": { "early": memory.0, "late": memory.1 },
            "descriptors": { "early": descriptors.0, "late": descriptors.1 },
            "sampleFields": ["milliseconds", "memoryKiB", "descriptors", "threads"],
            "samples": samples.collect::<Vec<_>>(),
        });
        let report = serde_json::to_string_pretty(&report).unwrap();
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("..");
        fs::write(target.join(format!("soak-{}.json", self.name)), report).unwrap();
        fs::write(target.join(format!("soak-{}.log", self.name)), self.lines).unwrap();
    }
}
