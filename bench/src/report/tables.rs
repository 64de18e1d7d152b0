//! Tables in Markdown, for the page and the terminal.

use std::fmt::Write as _;

use super::requirements::{ALL, Bound};
use crate::{
    results::{Contestant, Fact, Facts, Results, Scenario},
    scenarios,
};

/// Every table of a run.
pub fn tables(results: &Results) -> String {
    let mut text = requirements(results);
    for scenario in &results.scenarios {
        let _ = write!(text, "\n{}\n\n{}", title(&scenario.name), table(scenario));
    }
    text
}

pub fn title(scenario: &str) -> &str {
    let description = scenarios::ALL.iter().find(|description| description.name == scenario);
    description.map_or(scenario, |description| description.title)
}

/// What has to be reached, and whether it is.
pub fn requirements(results: &Results) -> String {
    let mut table = "| what | to reach | measured | reached |\n|---|---|---|---|\n".to_owned();
    for requirement in ALL {
        let bound = match requirement.bound {
            Bound::AtLeast(bound) => format!("{bound} or more"),
            Bound::AtMost(bound) => format!("at most {bound}"),
            Bound::Under(bound) => format!("under {bound}"),
        };
        let (measured, reached) = match (requirement.figure)(results) {
            None => ("not measured".to_owned(), ""),
            Some(figure) if requirement.bound.is_reached_by(figure) => (short(figure), "yes"),
            Some(figure) => (short(figure), "**no**"),
        };
        let _ = writeln!(table, "| {} | {bound} | {measured} | {reached} |", requirement.what);
    }
    table
}

/// All figures of a scenario.
pub fn table(scenario: &Scenario) -> String {
    let facts = scenario.facts.as_ref().map(facts);
    [Some(contestants(scenario)), facts].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// What was measured once.
fn facts(facts: &Facts) -> String {
    let mut table = format!("| | {} |\n", facts.columns.join(" | "));
    let _ = writeln!(table, "|---|{}", "---:|".repeat(facts.columns.len()));
    for Fact { name, figures } in &facts.rows {
        let figures: Vec<_> = figures.iter().map(|figure| short(*figure)).collect();
        let _ = writeln!(table, "| {name} | {} |", figures.join(" | "));
    }
    table
}

/// The contestants of a scenario. Columns that none of them has a figure for are left out.
fn contestants(scenario: &Scenario) -> String {
    let columns: Vec<_> = COLUMNS
        .iter()
        .filter(|(_, cell)| {
            scenario.contestants.iter().any(|contestant| cell(contestant).is_some())
        })
        .collect();
    let mut table = "| |".to_owned();
    for (heading, _) in &columns {
        let _ = write!(table, " {heading} |");
    }
    let _ = writeln!(table, "\n|---|{}", "---:|".repeat(columns.len()));
    for contestant in &scenario.contestants {
        let _ = write!(table, "| {} |", contestant.name);
        for (_, cell) in &columns {
            let _ = write!(table, " {} |", cell(contestant).unwrap_or_default());
        }
        table.push('\n');
    }
    table
}

type Cell = fn(&Contestant) -> Option<String>;

const COLUMNS: [(&str, Cell); 14] = [
    ("per second, median", |contestant| Some(grouped(contestant.per_second()?))),
    ("lowest – highest round", |contestant| {
        contestant.per_second()?;
        let figures = contestant.rounds.iter().map(|round| round.per_second);
        let lowest = figures.clone().min_by(f64::total_cmp)?;
        let highest = figures.max_by(f64::total_cmp)?;
        Some(format!("{} – {}", grouped(lowest), grouped(highest)))
    }),
    ("of the ideal", |contestant| {
        Some(short(contestant.per_second()? / contestant.ideal_per_second?))
    }),
    ("p50, ms", |contestant| Some(short(contestant.median(|round| Some(round.latency?.p50))?))),
    ("p99, ms", |contestant| Some(short(contestant.median(|round| Some(round.latency?.p99))?))),
    ("p99.9, ms", |contestant| Some(short(contestant.median(|round| round.latency?.p999)?))),
    ("per core-second", |contestant| Some(grouped(contestant.per_core_second()?))),
    ("memory, MB", |contestant| {
        let bytes = contestant.resident().filter(|bytes| *bytes > 0)?;
        Some(grouped(megabytes(bytes)))
    }),
    ("small table, ms", |contestant| {
        Some(short(contestant.median(|round| Some(round.sizes?.small))?))
    }),
    ("large table, ms", |contestant| {
        Some(short(contestant.median(|round| Some(round.sizes?.large))?))
    }),
    ("ratio", |contestant| Some(short(contestant.ratio_of_sizes()?))),
    ("median, ms", |contestant| Some(short(contestant.milliseconds()?))),
    ("longest, ms", |contestant| {
        let figures = contestant.rounds.iter().filter_map(|round| round.milliseconds);
        Some(short(figures.max_by(f64::total_cmp)?))
    }),
    ("transactions each", |contestant| Some(short(contestant.median(|round| round.transactions)?))),
];

#[expect(clippy::cast_precision_loss, reason = "bytes of one process")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// Three significant figures for what is small, none behind the point for what is large.
pub fn short(figure: f64) -> String {
    match figure {
        figure if figure >= 100.0 => grouped(figure),
        figure if figure >= 10.0 => format!("{figure:.1}"),
        figure if figure >= 0.1 => format!("{figure:.2}"),
        figure => format!("{figure:.3}"),
    }
}

/// A whole number with commas: 21,900.
fn grouped(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!(["7", "999", "1,000", "21,900", "1,234,567"], {
            [7.0, 999.0, 1000.0, 21_899.9, 1_234_567.0].map(grouped)
        });
        assert_eq!(["0.048", "0.97", "1.50", "30.1", "193"], {
            [0.048, 0.97, 1.5, 30.12, 193.4].map(short)
        });
    }

    #[test]
    fn a_requirement_that_is_missed_stands_out() {
        let table = requirements(&example());
        assert!(table.contains("handler | 1.5 or more | 1.40 | **no** |\n"), "{table}");
        assert!(
            table.contains("64 refreshes at a time | 0.95 or more | 0.96 | yes |\n"),
            "{table}"
        );
        assert!(table.contains("| 1.7 or more | not measured |  |\n"), "{table}");
    }

    #[test]
    fn a_column_without_figures_is_left_out() {
        let results = example();
        let list = table(&results.scenarios[0]);
        assert!(list.contains("per core-second") && !list.contains("transactions"), "{list}");
        assert!(list.contains("| hand-written handler | 10,000 | 9,000 – 11,000 |"), "{list}");
        let rows = list.lines().map(|line| line.matches('|').count());
        assert!(rows.clone().all(|cells| Some(cells) == rows.clone().next()), "{list}");
    }

    #[test]
    fn operations_on_two_tables_have_both_and_their_ratio() {
        let results = example();
        let scale = results.scenarios.iter().find(|scenario| scenario.name == "scale").unwrap();
        let table = table(scale);
        assert!(table.starts_with("| | small table, ms | large table, ms | ratio |\n"), "{table}");
        assert!(table.contains("| claim of 32, all rows due | 3.00 | 3.60 | 1.20 |\n"), "{table}");
        // What belongs to no round follows.
        assert!(
            table.contains("\n\n| | small table | large table |\n|---|---:|---:|\n"),
            "{table}"
        );
        assert!(table.ends_with("| connections | 10,000 | 1,000,000 |\n"), "{table}");
    }

    #[test]
    fn a_start_has_its_time() {
        let results = example();
        let start = results.scenarios.iter().find(|scenario| scenario.name == "start").unwrap();
        let table = table(start);
        assert!(table.contains("| memory, MB | median, ms | longest, ms |\n"), "{table}");
        assert!(table.contains("| SQLite | 20 | 50.0 | 70.0 |\n"), "{table}");
        assert!(!table.contains("per second"), "{table}");
    }

    #[test]
    fn each_scenario_has_its_title_and_table() {
        let tables = tables(&example());
        assert!(tables.contains("\nA user's connections, on PostgreSQL\n\n| |"), "{tables}");
    }
}
