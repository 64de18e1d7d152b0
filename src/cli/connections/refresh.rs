use std::time::Duration;

use clap::Args;

use super::{facts, open::ServerArgs, show::WhichArgs};
use crate::{cli::CommandError, connections::Facts};

/// What a refresh has left to do, such as its commit, when it has been answered.
const DRAIN: Duration = Duration::from_secs(30);

#[derive(Args)]
pub struct RefreshConnectionArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    which: WhichArgs,
}

/// Renews an access token, under the connection's lease as a server does.
pub async fn run(arguments: RefreshConnectionArgs) -> Result<(), CommandError> {
    let opened = arguments.server.open().await?;
    let found = arguments.which.find(&opened).await?;
    let (user_id, provider) = (found.record.user_id, found.record.provider);
    let connections = opened.connections().await?;
    let refreshed = connections.refresh_as_operator(user_id, provider).await;
    let left = connections.drain(DRAIN).await;
    if left.spooled + left.lost > 0 {
        return Err(format!(
            "the database could not store the new tokens, so they are in {}. Start a server with \
             this SPOOL_DIR, which writes them",
            left.folder.display()
        )
        .into());
    }
    refreshed?;
    let found = opened.store.facts_of(found.record.id).await?;
    let found = found.ok_or("the connection was removed in the meantime")?;
    let facts = Facts::of(&found, &opened.vault(), &opened.end_rules().await?);
    println!("{}\n{}", facts::head(), facts::line(&facts));
    opened.store.close().await;
    Ok(())
}
