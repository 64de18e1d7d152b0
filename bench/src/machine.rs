//! The machine and the versions that figures belong to.

use std::{collections::BTreeMap, fs, process::Command};

use serde::{Deserialize, Serialize};

use crate::{Result, process::output};

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Machine {
    pub cpu: String,
    pub cores: usize,
    pub memory_gb: f64,
    /// How many processes wanted to run, on average over the minute before scripts/bench was started.
    pub load_before: f64,
    /// By program.
    pub versions: BTreeMap<String, String>,
}

/// More than this, and something else is running too.
const QUIET: f64 = 0.5;

impl Machine {
    pub fn read(postgres: String, better_auth: String, load_before: f64) -> Result<Self> {
        let versions = [
            ("PostgreSQL", postgres),
            ("better-auth", better_auth),
            ("Node", output(Command::new("node").arg("--version"))?),
            ("Rust", output(Command::new("rustc").arg("--version"))?),
            ("provider-connections", commit()),
        ];
        let versions =
            versions.map(|(program, version)| (program.to_owned(), number(&version).to_owned()));
        Ok(Self {
            cpu: cpu(&fs::read_to_string("/proc/cpuinfo")?),
            cores: std::thread::available_parallelism()?.get(),
            memory_gb: memory(&fs::read_to_string("/proc/meminfo")?),
            load_before,
            versions: versions.into(),
        })
    }

    pub fn is_quiet(&self) -> bool {
        self.load_before <= QUIET
    }
}

/// The commit, and whether the working copy differs from it.
fn commit() -> String {
    let described = output(Command::new("git").args(["describe", "--always", "--dirty"]));
    described.unwrap_or_else(|_| "unknown commit".to_owned())
}

/// The version's number alone: `1.95.0` of `rustc 1.95.0 (59807616e 2026-04-14)`.
fn number(version: &str) -> &str {
    let starts_with_digit = |word: &&str| word.starts_with(|first: char| first.is_ascii_digit());
    version.split(' ').find(starts_with_digit).unwrap_or(version).trim()
}

fn cpu(cpuinfo: &str) -> String {
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

/// Gigabytes.
fn memory(meminfo: &str) -> f64 {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    (kib.unwrap_or(0.0) * 1024.0 / 1e9).round()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers() {
        let versions =
            ["rustc 1.95.0 (59807616e 2026-04-14)\n", "15.18 (Debian 15.18-0)", "v20.20.2\n"];
        assert_eq!(versions.map(number), ["1.95.0", "15.18", "v20.20.2"]);
    }

    #[test]
    fn the_processor_and_the_memory_are_named() {
        assert_eq!(cpu("processor\t: 0\nmodel name\t: Fast CPU @ 3 GHz\n"), "Fast CPU @ 3 GHz");
        assert_eq!(cpu("processor\t: 0\n"), std::env::consts::ARCH);
        assert!((memory("MemTotal:        8000000 kB\n") - 8.0).abs() < f64::EPSILON);
    }
}
