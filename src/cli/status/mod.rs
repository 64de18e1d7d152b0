//! `status`: how the installation is, for people and for programs.

mod gather;
mod report;
mod text;

use clap::Args;
use report::Report;

use super::{CommandError, logging::LogArgs};
use crate::{
    app::StartError,
    config::ConfigArgs,
    store::{Now, Store},
};

#[derive(Args)]
pub struct StatusArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    log: LogArgs,
    /// Print one JSON object, which docs/status.md describes
    #[arg(long)]
    json: bool,
    /// Don't count the tokens of each key, which reads every row
    #[arg(long)]
    without_keys: bool,
}

/// Prints how the installation is, and changes nothing.
pub async fn run(arguments: StatusArgs) -> Result<(), CommandError> {
    arguments.log.start("warn");
    let config = arguments.config.check()?;
    let kind = config.database.url.kind();
    // Without time limits: it may have much to count.
    let db = config.database.url.clone().look().await;
    let db = db.map_err(|error| StartError::Unreachable { kind, cause: error.root_cause() })?;
    let store = Store::new(db, Now::Database);
    let report = Report::of(&config, &store, !arguments.without_keys).await?;
    store.close().await;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text());
    }
    Ok(())
}
