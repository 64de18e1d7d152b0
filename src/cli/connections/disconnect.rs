use std::time::Duration;

use clap::Args;

use super::{open::ServerArgs, show::WhichArgs};
use crate::{
    cli::{CommandError, confirm::confirm},
    connections::Revocation,
    upstream::display_name,
};

/// How long the provider's answer is waited for.
const DRAIN: Duration = Duration::from_secs(15);

#[derive(Args)]
pub struct DisconnectArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    which: WhichArgs,
    /// Don't ask for confirmation
    #[arg(long)]
    yes: bool,
}

/// Removes a connection. Answers whether its grant needs no more seeing to by a server.
pub async fn run(arguments: DisconnectArgs) -> Result<bool, CommandError> {
    let opened = arguments.server.open().await?;
    let found = arguments.which.find(&opened).await?;
    let (user_id, provider) = (found.record.user_id, found.record.provider);
    confirm(
        &format!(
            "This removes the connection of user {user_id} to {provider}, and the user has to sign \
             in with {} again.",
            display_name(provider)
        ),
        arguments.yes,
    )?;
    let connections = opened.connections().await?;
    let disconnected = connections.disconnect_as_operator(user_id, provider).await?;
    connections.drain(DRAIN).await;
    let name = display_name(provider);
    let id = disconnected.id;
    match disconnected.revocation {
        Revocation::Revoked => println!("{id} was removed, and {name} revoked its grant."),
        Revocation::Pending => println!(
            "{id} was removed. {name} has not confirmed the revocation of its grant yet: a running \
             server tries again."
        ),
        Revocation::Unsupported => println!(
            "{id} was removed. This server can't revoke its grant at {name}: docs/incident.md \
             describes what to do."
        ),
    }
    opened.store.close().await;
    Ok(disconnected.revocation != Revocation::Pending)
}
