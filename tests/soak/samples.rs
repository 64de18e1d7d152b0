use std::{
    fs,
    time::{Duration, Instant},
};

/// How often the server is looked at.
const EVERY: Duration = Duration::from_millis(250);

/// What a process has at one moment.
#[derive(Clone, Copy)]
pub struct Sample {
    /// Since the beginning.
    pub at: Duration,
    /// Memory of its own, in KiB (`RssAnon`): pages of its file come as its code is first used.
    pub memory: u64,
    pub descriptors: u64,
    pub threads: u64,
}

/// Looks at a process by /proc.
pub struct Sampler {
    process: u32,
    began: Instant,
}

impl Sampler {
    pub fn of(process: u32) -> Self {
        Self { process, began: Instant::now() }
    }

    pub fn take(&self) -> Sample {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process)).unwrap();
        let field = |name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse().unwrap()
        };
        let descriptors = fs::read_dir(format!("/proc/{}/fd", self.process)).unwrap().count();
        Sample {
            at: self.began.elapsed(),
            memory: field("RssAnon:"),
            descriptors: descriptors as u64,
            threads: field("Threads:"),
        }
    }

    pub async fn until(&self, goes_on: impl Fn() -> bool) -> Vec<Sample> {
        let mut pace = tokio::time::interval(EVERY);
        let mut samples = Vec::new();
        while goes_on() {
            pace.tick().await;
            samples.push(self.take());
        }
        samples
    }
}
