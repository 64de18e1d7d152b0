//! What an operator does with connections: one file a command.

mod import;
mod import_report;

use clap::{Args, Subcommand};

use super::CommandError;

#[derive(Args)]
pub struct ConnectionsArgs {
    #[command(subcommand)]
    command: ConnectionsCommand,
}

#[derive(Subcommand)]
enum ConnectionsCommand {
    /// Make refresh tokens of another system connections: each is proved by one refresh, and reported
    Import(Box<import::ImportArgs>),
}

/// Runs the command.
pub async fn run(arguments: ConnectionsArgs) -> Result<(), CommandError> {
    match arguments.command {
        ConnectionsCommand::Import(arguments) => Box::pin(import::run(*arguments)).await,
    }
}
