//! pgbench: what PostgreSQL itself can do with the server's statement.

use std::{fs, path::Path, process::Command, time::Duration};

use super::{CONNECTIONS, Report, THREADS};
use crate::{Result, process::output};

/// A statement, and the values of its parameters `$1`, `$2` and so on.
pub struct Statement {
    pub url: String,
    pub sql: String,
    pub values: Vec<String>,
}

pub(super) fn run(statement: &Statement, folder: &Path, duration: Duration) -> Result<Report> {
    let file = folder.join("statement.sql");
    fs::write(&file, script(statement))?;
    let mut pgbench = Command::new("pgbench");
    pgbench.args(["-n", "-M", "prepared"]).arg(format!("-c{CONNECTIONS}"));
    pgbench.arg(format!("-j{THREADS}")).arg(format!("-T{}", duration.as_secs()));
    for (number, value) in statement.values.iter().enumerate() {
        pgbench.arg("-D").arg(format!("value{}={value}", number + 1));
    }
    let report = output(pgbench.arg("-f").arg(&file).arg(&statement.url))?;
    let per_second = parse(&report);
    let per_second =
        per_second.ok_or_else(|| format!("pgbench's report can't be read:\n{report}"))?;
    // pgbench reports the average latency only.
    Ok(Report { per_second, latency: None })
}

/// pgbench names variables, and sends them as `$1` and so on itself. From the last to the first, so
/// that `$1` is not found in `$12`.
fn script(statement: &Statement) -> String {
    let numbers = (1..=statement.values.len()).rev();
    let sql = numbers.fold(statement.sql.replace('\n', " "), |sql, number| {
        sql.replace(&format!("${number}"), &format!(":value{number}"))
    });
    format!("{sql};\n")
}

fn parse(report: &str) -> Option<f64> {
    let line = report.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_pgbench_is_read() {
        let report =
            "latency average = 0.257 ms\ntps = 62200.123456 (without initial connection time)\n";
        assert_eq!(parse(report), Some(62_200.123_456));
        assert_eq!(parse("pgbench: error: connection refused"), None);
    }

    #[test]
    fn parameters_become_variables() {
        let sql = "SELECT a\nFROM b WHERE c = $1 AND d <> $2 AND e = $10".to_owned();
        let values = vec![String::new(); 10];
        let statement = Statement { url: String::new(), sql, values };
        let expected = "SELECT a FROM b WHERE c = :value1 AND d <> :value2 AND e = :value10;\n";
        assert_eq!(script(&statement), expected);
    }
}
