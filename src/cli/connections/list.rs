use std::io;

use clap::Args;

use super::{
    facts::{self, FactsJson, FilterArgs},
    open::{Opened, ServerArgs},
    print::{Lines, unless_closed},
};
use crate::{
    cli::CommandError,
    connections::Facts,
    store::{ConnectionFacts, FactsFilter},
};

/// Connections that are read at once: only so many are ever in memory.
const PAGE: u64 = 500;

#[derive(Args)]
pub struct ListArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    filter: FilterArgs,
    /// Maximum number of connections to print
    #[arg(long, value_name = "NUMBER", default_value_t = 100, conflicts_with = "all")]
    limit: u64,
    /// Print all connections
    #[arg(long)]
    all: bool,
    /// Print one line of JSON for each connection
    #[arg(long)]
    json: bool,
}

/// Prints connections in the order of their ids.
pub async fn run(arguments: ListArgs) -> Result<(), CommandError> {
    let opened = arguments.server.open().await?;
    let mut lines = Lines::new();
    let limit = if arguments.all { u64::MAX } else { arguments.limit };
    let mut print = |facts: Facts| {
        if arguments.json {
            lines.json(&FactsJson::from(facts))
        } else {
            lines.text(&facts::line(&facts))
        }
    };
    if !arguments.json {
        println!("{}", facts::head());
    }
    let more = each(&opened, arguments.filter.filter(), limit, &mut print).await?;
    unless_closed(lines.flush())?;
    if more {
        eprintln!("There are more connections. Use --all to print all of them, or --limit NUMBER.");
    }
    opened.store.close().await;
    Ok(())
}

/// Hands out up to `limit` connections, page by page, until their reader has seen enough. Answers
/// whether there are more.
pub async fn each(
    opened: &Opened,
    filter: FactsFilter,
    limit: u64,
    print: &mut impl FnMut(Facts) -> io::Result<()>,
) -> Result<bool, CommandError> {
    let (vault, ends) = (opened.vault(), opened.end_rules().await?);
    let mut after = None;
    let mut left = limit;
    loop {
        // One more than is printed tells whether there are more.
        let wanted = PAGE.min(left.saturating_add(1));
        let page = opened.store.facts(filter, after, wanted).await?;
        let is_last = (page.len() as u64) < wanted;
        for found in page {
            if left == 0 {
                return Ok(true);
            }
            left -= 1;
            after = Some(id(&found));
            match print(Facts::of(&found, &vault, &ends)) {
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(false),
                printed => printed?,
            }
        }
        if is_last {
            return Ok(false);
        }
    }
}

fn id(found: &ConnectionFacts) -> uuid::Uuid {
    found.record.id
}
