//! What a run leaves behind: results.json, tables on the terminal, and with all scenarios the page and its plots.

mod page;
mod plot;
mod requirements;
mod tables;

use std::{fs, path::Path};

use crate::{Result, arguments::Arguments, results::Results};

pub use tables::tables;

const PAGE: &str = "docs/performance.md";
const PLOTS: &str = "docs/images";

pub fn write_results(arguments: &Arguments, results: &Results) -> Result<()> {
    fs::create_dir_all(&arguments.out)?;
    // A run of one scenario leaves the results of everything as they are.
    let name = if results.complete { "results.json" } else { "partial.json" };
    let file = arguments.out.join(name);
    fs::write(&file, serde_json::to_string_pretty(results)? + "\n")?;
    eprintln!("scripts/bench: wrote {}", file.display());
    Ok(())
}

/// Of the last run of everything.
pub fn complete_results(arguments: &Arguments) -> Result<Results> {
    let file = arguments.out.join("results.json");
    let text = fs::read_to_string(&file).map_err(|error| {
        format!("{} can't be read: {error}. Run scripts/bench first.", file.display())
    })?;
    let results: Results = serde_json::from_str(&text)?;
    if results.complete {
        return Ok(results);
    }
    Err("results.json is from a run with --only or --quick. Run scripts/bench without them first."
        .into())
}

/// Writes the page of the documentation, and a plot for each scenario.
pub fn write_page(results: &Results) -> Result<()> {
    for scenario in &results.scenarios {
        let file = Path::new(PLOTS).join(page::plot_file(&scenario.name));
        fs::write(&file, plot::plot(scenario)?)?;
    }
    fs::write(PAGE, page::page(results))?;
    eprintln!("scripts/bench: wrote {PAGE}, and its plots in {PLOTS}");
    Ok(())
}

/// Invented results, for tests.
#[cfg(test)]
fn example() -> Results {
    serde_json::from_str(include_str!("example.json")).unwrap()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn only_a_run_of_everything_replaces_its_results() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let arguments = Arguments::try_parse_from(["bench", "--out", out]).unwrap();
        assert!(complete_results(&arguments).is_err());
        write_results(&arguments, &example()).unwrap();
        let partial = Results { complete: false, scenarios: Vec::new(), ..example() };
        write_results(&arguments, &partial).unwrap();
        assert_eq!(complete_results(&arguments).unwrap().scenarios.len(), 7);
    }

    #[test]
    fn results_that_are_not_complete_make_no_page() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let arguments = Arguments::try_parse_from(["bench", "--out", out]).unwrap();
        let partial = Results { complete: false, ..example() };
        fs::write(folder.path().join("results.json"), serde_json::to_string(&partial).unwrap())
            .unwrap();
        assert!(complete_results(&arguments).unwrap_err().to_string().contains("--only"));
    }
}
