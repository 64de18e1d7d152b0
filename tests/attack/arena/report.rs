use std::{fmt, fs, path::PathBuf, time::Duration};

use super::figures::{Latencies, Used};

/// Two answers of a millisecond differ by more than a half, for no reason: what is asserted of
/// ratios holds from here on.
const GRAIN: Duration = Duration::from_millis(2);

/// Pages of its own file that a release of the server has in memory, about.
const RELEASE_FILE_KIB: u64 = 16 * 1024;

/// What came of one attack.
pub struct Row {
    pub family: &'static str,
    pub name: String,
    pub requests: u64,
    pub usage: Used,
    /// Of the normal client.
    pub before: Latencies,
    pub during: Latencies,
    /// What should not have happened.
    pub wrong: Vec<String>,
}

impl Row {
    /// How many times as long the normal client waits while the attack goes on.
    pub fn ratio(&self) -> f64 {
        self.during.median().as_secs_f64() / self.before.median().as_secs_f64()
    }

    pub fn is_slower_than(&self, times: u32) -> bool {
        self.during.median() > (self.before.median() * times).max(GRAIN * times)
    }

    pub fn peak_mib(&self) -> u64 {
        self.usage.peak_kib / 1024
    }

    /// Without what a debug build's own file takes more than a release's.
    pub fn counted_mib(&self) -> u64 {
        let more = self.usage.file_kib.saturating_sub(RELEASE_FILE_KIB);
        self.usage.peak_kib.saturating_sub(more) / 1024
    }
}

const HEAD: &str = "\
| family | attack | requests | CPU s | peak MiB | p50 before | p50 during | p99 before | p99 during | held |
|---|---|--:|--:|--:|--:|--:|--:|--:|---|
";

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |duration: Duration| format!("{:.1} ms", duration.as_secs_f64() * 1000.0);
        write!(
            f,
            "| {} | {} | {} | {:.2} | {} | {} | {} | {} | {} | {} |",
            self.family,
            self.name,
            self.requests,
            self.usage.cpu_seconds,
            self.peak_mib(),
            ms(self.before.median()),
            ms(self.during.median()),
            ms(self.before.percentile(99)),
            ms(self.during.percentile(99)),
            if self.wrong.is_empty() { "yes" } else { "NO" },
        )
    }
}

/// The whole report anew from this family's rows and those that the others have written.
pub fn write(family: &str, rows: &[Row]) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("attacks");
    fs::create_dir_all(&folder).unwrap();
    let lines: Vec<_> = rows.iter().map(ToString::to_string).collect();
    fs::write(folder.join(family), lines.join("\n") + "\n").unwrap();
    let mut files: Vec<_> =
        fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let all: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let report = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../attack-report.md");
    fs::write(report, format!("{HEAD}{all}")).unwrap();
}
