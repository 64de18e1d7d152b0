use std::{fs, time::Duration};

/// How long answers took, sorted.
pub struct Latencies(Vec<Duration>);

impl Latencies {
    pub fn of(mut latencies: Vec<Duration>) -> Self {
        latencies.sort();
        Self(latencies)
    }

    /// Half of the answers took no longer.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }

    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.0.len().saturating_sub(1);
        self.0.get(last * percent / 100).copied().unwrap_or_default()
    }
}

/// What a process has used since a moment.
pub struct Usage {
    process: u32,
    ticks: u64,
}

/// What it used.
#[derive(Clone, Copy)]
pub struct Used {
    pub cpu_seconds: f64,
    /// The most memory that it had at once, in KiB.
    pub peak_kib: u64,
    /// Of it, pages of files: its own, above all.
    pub file_kib: u64,
}

impl Usage {
    pub fn begin(process: u32) -> Self {
        // Forgets the peak so far (proc(5)); where that is not allowed, it is that of the whole run.
        let _ = fs::write(format!("/proc/{process}/clear_refs"), "5");
        Self { process, ticks: ticks(process) }
    }

    pub fn end(self) -> Used {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process)).unwrap();
        let kib = |field| {
            let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
            line.trim().trim_end_matches(" kB").parse().unwrap()
        };
        let ticks = u32::try_from(ticks(self.process) - self.ticks).unwrap();
        Used {
            // Linux tells of hundredths of a second, whatever its clock does (USER_HZ).
            cpu_seconds: f64::from(ticks) / 100.0,
            peak_kib: kib("VmHWM:"),
            file_kib: kib("RssFile:"),
        }
    }
}

/// CPU time of a process in hundredths of a second, in user and in kernel mode (proc(5), `stat`, fields 14 and 15).
pub fn ticks(process: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The name of the program, which is in brackets, may have spaces.
    let fields = stat.rsplit_once(") ").unwrap().1;
    fields.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum()
}
