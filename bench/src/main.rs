//! Measures the server next to other ways to the same data, and writes `docs/performance.md`.
//!
//! `scripts/bench` builds the programs and runs this inside a private PostgreSQL. `scenarios` says what is measured,
//! `contestants` starts what is compared, `load` sends the requests, `report` writes the page.

mod arguments;
mod contestants;
mod database;
mod load;
mod machine;
mod process;
mod report;
mod results;
mod scenarios;
mod statistics;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;

/// What can't be measured ends the run, with what happened and what to do.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scripts/bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    if arguments.list {
        for scenario in scenarios::ALL {
            println!("{:<12} {}", scenario.name, scenario.title);
        }
        return Ok(());
    }
    if arguments.page {
        return report::write_page(&report::complete_results(arguments)?);
    }
    arguments.check()?;
    let keep = |so_far: &_| report::write_results(arguments, so_far);
    let results = scenarios::run(arguments, keep).await?;
    print!("{}", report::tables(&results));
    if arguments.measures_everything() {
        report::write_page(&results)?;
    }
    Ok(())
}
