//! Programs that are started and stopped, and what they use of the machine (Linux: `/proc`).

use std::{
    fs,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::Result;

/// Linux counts CPU time for programs in hundredths of a second on every architecture (`USER_HZ`).
const TICKS_PER_SECOND: f64 = 100.0;

/// A program that ends with this value.
pub struct Program {
    child: Child,
}

/// Where a program says that it is ready.
#[derive(Clone, Copy)]
pub enum Says {
    OnOutput,
    OnError,
}

impl Program {
    /// Starts a program, and reads its lines until one is what is waited for.
    pub fn start<T>(
        command: &mut Command,
        says: Says,
        ready: impl Fn(&str) -> Option<T>,
    ) -> Result<(Self, T)> {
        let name = Path::new(command.get_program()).display().to_string();
        match says {
            Says::OnOutput => command.stdout(Stdio::piped()).stderr(Stdio::inherit()),
            Says::OnError => command.stdout(Stdio::null()).stderr(Stdio::piped()),
        };
        let child = command.stdin(Stdio::null()).spawn();
        let child = child.map_err(|error| format!("{name} did not start: {error}"))?;
        let mut program = Self { child };
        let stream: Box<dyn Read + Send> = match says {
            Says::OnOutput => Box::new(program.child.stdout.take().ok_or("no output")?),
            Says::OnError => Box::new(program.child.stderr.take().ok_or("no output")?),
        };
        let mut lines = BufReader::new(stream).lines();
        let mut said = String::new();
        for line in lines.by_ref() {
            let line = line?;
            if let Some(ready) = ready(&line) {
                // A full pipe would stop the program.
                std::thread::spawn(move || show_warnings(&name, lines));
                return Ok((program, ready));
            }
            said.push_str(&line);
            said.push('\n');
        }
        Err(format!("{name} ended before it was ready. It said:\n{said}").into())
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many warnings of a program are shown.
const WARNINGS: u32 = 3;

/// Reads a program's log to its end. The first warnings, if the log is JSON, say what went wrong in a round.
fn show_warnings(program: &str, log: impl Iterator<Item = io::Result<String>>) {
    let is_warning = |line: &str| {
        [r#""level":"WARN""#, r#""level":"ERROR""#].iter().any(|level| line.contains(level))
    };
    let mut shown = 0;
    for line in log {
        let Ok(line) = line else { continue };
        if shown < WARNINGS && is_warning(&line) {
            eprintln!("  {program}: {line}");
            shown += 1;
        }
    }
}

/// Runs a program to its end, and returns what it printed.
pub fn output(command: &mut Command) -> Result<String> {
    let name = Path::new(command.get_program()).display().to_string();
    let output = command.output().map_err(|error| format!("{name} did not start: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{name} failed with {}:\n{text}{errors}", output.status).into());
    }
    Ok(text)
}

/// CPU seconds of these processes, without those that they started.
pub fn cpu_seconds(processes: &[u32]) -> Result<f64> {
    let mut sum = 0.0;
    for process in processes {
        let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
        sum += Stat::parse(&stat).ok_or_else(|| unreadable("stat", *process))?.own_cpu;
    }
    Ok(sum)
}

/// CPU seconds of a process and all that it started, whether they still run or not.
pub fn cpu_seconds_of_family(parent: u32) -> Result<f64> {
    let mut sum = 0.0;
    for entry in fs::read_dir("/proc")? {
        let path = entry?.path();
        // A process may end between the two reads; its time is then the parent's.
        let Ok(stat) = fs::read_to_string(path.join("stat")) else { continue };
        let Some(stat) = Stat::parse(&stat) else { continue };
        if stat.id == parent {
            sum += stat.own_cpu + stat.waited_for_cpu;
        } else if stat.parent == parent {
            sum += stat.own_cpu;
        }
    }
    Ok(sum)
}

/// CPU seconds of a process, to the nanosecond: for one that does next to nothing. Threads that have ended are left out.
pub fn exact_cpu_seconds(process: u32) -> Result<f64> {
    let mut sum = 0.0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        // It may end between the two reads.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        sum += parse_schedstat(&text).ok_or_else(|| unreadable("schedstat", process))?;
    }
    Ok(sum)
}

/// Resident memory of these processes, in bytes.
pub fn resident_bytes(processes: &[u32]) -> Result<u64> {
    let mut sum = 0;
    for process in processes {
        let status = fs::read_to_string(format!("/proc/{process}/status"))?;
        sum += parse_resident(&status).ok_or_else(|| unreadable("status", *process))?;
    }
    Ok(sum)
}

fn unreadable(file: &str, process: u32) -> String {
    format!("/proc/{process}/{file} is not as Linux writes it. Run scripts/bench on Linux.")
}

/// What is read of `/proc/PID/stat` (`man 5 proc_pid_stat`).
#[derive(Debug, PartialEq)]
struct Stat {
    id: u32,
    parent: u32,
    /// Seconds.
    own_cpu: f64,
    /// Seconds of processes that it started, that have ended, and that it waited for.
    waited_for_cpu: f64,
}

impl Stat {
    fn parse(text: &str) -> Option<Self> {
        let id = text.split(' ').next()?.parse().ok()?;
        // The name is in parentheses, and may have spaces and parentheses itself.
        let mut fields = text.rsplit_once(") ")?.1.split(' ');
        let parent = fields.nth(1)?.parse().ok()?;
        let mut ticks = fields.skip(9).map(|field| field.parse::<f64>().ok());
        let mut seconds = || Some((ticks.next()?? + ticks.next()??) / TICKS_PER_SECOND);
        Some(Self { id, parent, own_cpu: seconds()?, waited_for_cpu: seconds()? })
    }
}

/// The first number is the nanoseconds that a thread has run (`Documentation/scheduler/sched-stats.rst` of Linux).
fn parse_schedstat(text: &str) -> Option<f64> {
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

fn parse_resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let stat = "4711 (a) b (c) S 42 4711 4711 0 -1 4194560 1 2 3 4 150 50 7 3 20 0 1 0 9 10 11";
        let expected = Stat { id: 4711, parent: 42, own_cpu: 2.0, waited_for_cpu: 0.1 };
        assert_eq!(Stat::parse(stat), Some(expected));
        assert_eq!(Stat::parse("4711 (cut off) S 42"), None);
    }

    #[test]
    fn resident_memory_is_in_bytes() {
        let status = "Name:\tserver\nVmHWM:\t   40 kB\nVmRSS:\t   30 kB\n";
        assert_eq!(parse_resident(status), Some(30 * 1024));
        assert_eq!(parse_resident("Name:\tkthreadd\n"), None);
    }

    #[test]
    fn the_time_of_a_thread_is_in_nanoseconds() {
        assert_eq!(parse_schedstat("1500000000 112841624 1788\n"), Some(1.5));
        assert_eq!(parse_schedstat(""), None);
    }

    #[test]
    fn this_process_can_be_measured() {
        let id = std::process::id();
        assert!(resident_bytes(&[id]).unwrap() > 0);
        assert!(cpu_seconds(&[id]).unwrap() >= 0.0);
        assert!(cpu_seconds_of_family(id).unwrap() >= 0.0);
        assert!(exact_cpu_seconds(id).unwrap() > 0.0);
    }
}
