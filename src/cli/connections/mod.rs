//! What operators do to connections at the command line, with or without running servers. No
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
    /// Show one connection and its latest events
    Show(Box<show::ShowArgs>),
    /// Print each connection as one line of JSON
    Export(Box<export::ExportArgs>),
    /// Refresh a connection's access token now
    Refresh(Box<refresh::RefreshConnectionArgs>),
    /// Remove one connection, and revoke its grant at the provider if the provider supports it
    Disconnect(Box<disconnect::DisconnectArgs>),
    /// Remove many connections and revoke their grants, with a receipt for each, for example after
    /// a theft of tokens. Run it again to continue after an interruption
    Revoke(Box<revoke::RevokeArgs>),
    /// Import refresh tokens from another system. Each token is checked with one refresh, and
    /// reported
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
