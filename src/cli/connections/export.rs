use clap::Args;

use super::{
    facts::{FactsJson, FilterArgs},
    list::each,
    open::ServerArgs,
    print::{Lines, unless_closed},
};
use crate::cli::CommandError;

#[derive(Args)]
pub struct ExportArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    filter: FilterArgs,
}

/// Prints a line of JSON for each connection.
pub async fn run(arguments: ExportArgs) -> Result<(), CommandError> {
    let opened = arguments.server.open().await?;
    let mut lines = Lines::new();
    let mut print = |facts| lines.json(&FactsJson::from(facts));
    each(&opened, arguments.filter.filter(), u64::MAX, &mut print).await?;
    unless_closed(lines.flush())?;
    opened.store.close().await;
    Ok(())
}
