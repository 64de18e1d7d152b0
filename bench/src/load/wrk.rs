//! wrk: as many requests as a fixed number of connections can have answered.

use std::{fmt::Write as _, fs, path::Path, process::Command, thread, time::Duration};

use super::{CONNECTIONS, Report, THREADS, Target};
use crate::{Result, process::output, results::Latency};

pub(super) fn run(target: &Target, folder: &Path, duration: Duration) -> Result<Report> {
    let shape = [format!("-t{THREADS}"), format!("-c{CONNECTIONS}")];
    run_one(target, &folder.join("wrk.lua"), &shape, duration)
}

/// One wrk for each server. Together they have as many connections as the one of [`run`].
pub(super) fn run_all(targets: &[Target], folder: &Path, duration: Duration) -> Result<Report> {
    let connections = CONNECTIONS / u32::try_from(targets.len())?;
    let shape = ["-t1".to_owned(), format!("-c{connections}")];
    let ended: Vec<Result<Report>> = thread::scope(|scope| {
        let started = targets.iter().enumerate().map(|(number, target)| {
            let (script, shape) = (folder.join(format!("wrk-{number}.lua")), &shape);
            scope.spawn(move || run_one(target, &script, shape, duration))
        });
        // All are started before the first is waited for.
        let started: Vec<_> = started.collect();
        let joined =
            started.into_iter().map(|thread| thread.join().map_err(|_| "wrk's thread panicked")?);
        joined.collect()
    });
    // All of them are shown: what one server did means little without the others.
    if ended.iter().any(Result::is_err) {
        let shown = targets.iter().zip(ended).map(|(target, ended)| match ended {
            Ok(report) => format!("{}: {:.0} a second", target.url, report.per_second),
            Err(error) => format!("{}: {error}", target.url),
        });
        return Err(shown.collect::<Vec<_>>().join("\n").into());
    }
    let per_second = ended.iter().flatten().map(|report| report.per_second).sum();
    // Percentiles of several programs can't be merged.
    Ok(Report { per_second, latency: None })
}

fn run_one(target: &Target, script: &Path, shape: &[String], duration: Duration) -> Result<Report> {
    fs::write(script, lua(target)?)?;
    let mut wrk = Command::new("wrk");
    wrk.args(shape).arg(format!("-d{}s", duration.as_secs())).arg("--latency");
    parse(&output(wrk.arg("-s").arg(script).arg(&target.url))?)
}

/// The request as wrk's script. JSON's strings are Lua's too, except for `\u`, which no target has.
fn lua(target: &Target) -> Result<String> {
    let text = serde_json::to_string::<str>;
    let mut script = format!("wrk.method = {}\n", text(target.method)?);
    if !target.body.is_empty() {
        writeln!(script, "wrk.body = {}", text(&target.body)?)?;
    }
    for (name, value) in &target.headers {
        writeln!(script, "wrk.headers[{}] = {}", text(name)?, text(value)?)?;
    }
    if !target.users.is_empty() {
        let users: std::result::Result<Vec<_>, _> =
            target.users.iter().map(|user| text(user)).collect();
        writeln!(script, "local users = {{ {} }}\n{TAKE_TURNS}", users?.join(", "))?;
    }
    Ok(script)
}

/// Each request is formatted once, so that wrk itself stays as fast.
const TAKE_TURNS: &str = r#"
local requests, last = {}, 0
function init()
  for index, user in ipairs(users) do
    wrk.headers["authorization"] = user
    requests[index] = wrk.format()
  end
end
function request()
  last = last % #requests + 1
  return requests[last]
end
"#;

fn parse(report: &str) -> Result<Report> {
    if report.contains("Non-2xx") || report.contains("Socket errors") {
        return Err(format!("wrk saw requests that failed:\n{report}").into());
    }
    let value =
        |name: &str| report.lines().find_map(|line| Some(line.trim().strip_prefix(name)?.trim()));
    let parsed = (|| {
        let per_second = value("Requests/sec:")?.parse().ok()?;
        let p50 = milliseconds(value("50%")?)?;
        let p99 = milliseconds(value("99%")?)?;
        Some(Report { per_second, latency: Some(Latency { p50, p99, p999: None }) })
    })();
    parsed.ok_or_else(|| format!("wrk's report can't be read:\n{report}").into())
}

/// wrk writes `850.00us`, `1.20ms`, `2.00s`, or `1.5m`.
fn milliseconds(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(char::is_alphabetic);
    let factor = match &text[digits.len()..] {
        "us" => 1e-3,
        "ms" => 1.0,
        "s" => 1e3,
        "m" => 60e3,
        _ => return None,
    };
    Some(digits.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
Running 2s test @ http://127.0.0.1:4000/graphql
  2 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   746.45us  190.43us   8.68ms   91.99%
    Req/Sec    10.76k   464.88    11.45k    77.50%
  Latency Distribution
     50%  722.00us
     75%  796.00us
     90%    0.89ms
     99%    1.31ms
  42836 requests in 2.00s, 12.66MB read
Requests/sec:  21409.53
Transfer/sec:      6.33MB
";

    #[test]
    fn a_report_of_wrk_is_read() {
        let report = parse(REPORT).unwrap();
        let latency = report.latency.unwrap();
        assert!((report.per_second - 21409.53).abs() < 1e-6);
        assert!((latency.p50 - 0.722).abs() < 1e-6 && (latency.p99 - 1.31).abs() < 1e-6);
    }

    #[test]
    fn failed_requests_are_no_figure() {
        assert!(parse(&format!("{REPORT}  Non-2xx or 3xx responses: 3\n")).is_err());
        assert!(parse(&format!("{REPORT}  Socket errors: connect 0, read 1\n")).is_err());
        assert!(parse("unable to connect to 127.0.0.1:4000").is_err());
    }

    #[test]
    fn units_are_milliseconds() {
        let all = ["850.00us", "1.20ms", "2.00s", "1.50m", "7"].map(milliseconds);
        assert_eq!(all, [Some(0.85), Some(1.2), Some(2000.0), Some(90_000.0), None]);
    }

    #[test]
    fn a_script_has_the_whole_request() {
        let query = "{ providerConnections { id } }";
        let target = Target::graphql("http://x/graphql".to_owned(), "ey.j", query, ("id", 3));
        let script = lua(&target).unwrap();
        assert!(script.contains("wrk.method = \"POST\"\n"), "{script}");
        assert!(script.contains(r#"wrk.body = "{\"query\":\"{ providerConnections { id } }\"}""#));
        assert!(script.contains("wrk.headers[\"authorization\"] = \"Bearer ey.j\"\n"), "{script}");
    }

    #[test]
    fn users_take_turns() {
        let target = Target::graphql("http://x/".to_owned(), "a", "{ __typename }", ("", 1));
        assert!(!lua(&target).unwrap().contains("function request"));
        let script = lua(&target.as_users(&["b".to_owned(), "c".to_owned()])).unwrap();
        assert!(script.contains("local users = { \"Bearer b\", \"Bearer c\" }"), "{script}");
        assert!(script.contains("function request()"), "{script}");
    }
}
