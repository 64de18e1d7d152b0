//! What operators do to connections at the command line, beside running servers or without any. No
//! command prints a token, sealed or not.

mod disconnect;
mod export;
mod facts;
mod import;
mod import_report;
mod list;
mod open;
mod print;
mod receipts;
mod refresh;
mod revoke;
mod show;
mod shred;

use clap::{Args, Subcommand};

use super::CommandError;

#[derive(Args)]
pub struct ConnectionsArgs {
    #[command(subcommand)]
    command: ConnectionsCommand,
}

#[derive(Subcommand)]
enum ConnectionsCommand {
    /// List connections
    List(Box<list::ListArgs>),
    /// Show one connection and what happened to it lately
    Show(Box<show::ShowArgs>),
    /// Print every connection as a line of JSON
    Export(Box<export::ExportArgs>),
    /// Renew a connection's access token now
    Refresh(Box<refresh::RefreshConnectionArgs>),
    /// Remove one connection, and end its grant at the provider where that is possible
    Disconnect(Box<disconnect::DisconnectArgs>),
    /// End many grants, here and at their providers, with a receipt for each: what to do after a
    /// theft of tokens. Can be repeated, and goes on where it ended
    Revoke(Box<revoke::RevokeArgs>),
    /// Make refresh tokens of another system connections: each is proved by one refresh, and reported
    Import(Box<import::ImportArgs>),
}

/// Runs the command. Answers whether nothing is left to be done.
pub async fn run(arguments: ConnectionsArgs) -> Result<bool, CommandError> {
    match arguments.command {
        ConnectionsCommand::List(arguments) => Box::pin(list::run(*arguments)).await?,
        ConnectionsCommand::Show(arguments) => Box::pin(show::run(*arguments)).await?,
        ConnectionsCommand::Export(arguments) => Box::pin(export::run(*arguments)).await?,
        ConnectionsCommand::Refresh(arguments) => Box::pin(refresh::run(*arguments)).await?,
        ConnectionsCommand::Disconnect(arguments) => {
            return Box::pin(disconnect::run(*arguments)).await;
        }
        ConnectionsCommand::Import(arguments) => return Box::pin(import::run(*arguments)).await,
        ConnectionsCommand::Revoke(arguments) => return Box::pin(revoke::run(*arguments)).await,
    }
    Ok(true)
}
