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
    let file = arguments.out.join("results.json");
    fs::write(&file, serde_json::to_string_pretty(results)? + "\n")?;
    eprintln!("scripts/bench: wrote {}", file.display());
    Ok(())
}

/// Of the last run.
pub fn complete_results(arguments: &Arguments) -> Result<Results> {
    let file = arguments.out.join("results.json");
    let text = fs::read_to_string(&file).map_err(|error| {
        format!("{} can't be read: {error}. Run scripts/bench first.", file.display())
    })?;
    let results: Results = serde_json::from_str(&text)?;
    if results.complete {
        return Ok(results);
    }
    Err("the last run had --only or --quick. Run scripts/bench without them first.".into())
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

/// Results of a run, as they were recorded, for tests.
#[cfg(test)]
fn recorded() -> Results {
    serde_json::from_str(include_str!("recorded.json")).unwrap()
}
