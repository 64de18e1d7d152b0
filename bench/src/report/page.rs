//! `docs/performance.md`, from the template in this folder.

use std::fmt::Write as _;

use super::tables::{requirements, table, title};
use crate::results::Results;

const TEMPLATE: &str = include_str!("page.md");

/// The name of a scenario's plot.
pub fn plot_file(scenario: &str) -> String {
    format!("performance-{scenario}.svg")
}

pub fn page(results: &Results) -> String {
    let mut scenarios = String::new();
    for scenario in &results.scenarios {
        let title = title(&scenario.name);
        let plot = plot_file(&scenario.name);
        let _ =
            write!(scenarios, "### {title}\n\n![{title}](images/{plot})\n\n{}\n", table(scenario));
    }
    TEMPLATE
        .replace("{{run}}", &run(results))
        .replace("{{requirements}}\n", &requirements(results))
        .replace("{{scenarios}}\n", scenarios.trim_end_matches('\n'))
        .replace("{{rounds}}", &results.rounds.to_string())
        .replace("{{seconds}}", &results.seconds.to_string())
        .replace("{{command}}", &results.command)
        + if scenarios.is_empty() { "" } else { "\n" }
}

/// When and where the figures were measured.
fn run(results: &Results) -> String {
    let machine = &results.machine;
    let mut text = format!(
        "Measured on {} with `{}`, on {} with {} cores and {:.0} GB of memory:",
        results.date, results.command, machine.cpu, machine.cores, machine.memory_gb
    );
    for (index, (program, version)) in machine.versions.iter().enumerate() {
        let _ = write!(text, "{} {program} {version}", if index == 0 { "" } else { "," });
    }
    text.push('.');
    if !machine.is_quiet() {
        let load = machine.load_before;
        let _ = write!(
            text,
            "\n\n**The machine was not quiet** (load {load:.2} before the run). Don't trust these figures."
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn the_page_has_the_run_the_requirements_and_every_scenario() {
        let page = page(&example());
        assert!(
            page.contains("Measured on 2026-11-30 with `scripts/bench --rounds 3 --seconds 5`")
        );
        assert!(page.contains("| RS256, against HS256 | 0.97 or more | 0.80 | **no** |"), "{page}");
        assert!(page.contains("![Kinds of JWTs](images/performance-jwt.svg)"), "{page}");
        assert!(!page.contains("{{"), "a placeholder is left: {page}");
        assert!(!page.contains("not quiet") && page.ends_with("|\n"), "{page}");
    }

    #[test]
    fn a_busy_machine_is_named_on_the_page() {
        let mut results = example();
        results.machine.load_before = 3.0;
        assert!(page(&results).contains("**The machine was not quiet** (load 3.00"));
    }
}
