//! `webhooks`: one file per command.

#![expect(clippy::doc_markdown, reason = "the comments of arguments are help for a terminal")]

mod list;
mod replay;
mod secret;
mod test;

use clap::{Args, Subcommand};

use super::CommandError;

#[derive(Args)]
pub struct WebhooksArgs {
    #[command(subcommand)]
    command: WebhooksCommand,
}

#[derive(Subcommand)]
enum WebhooksCommand {
    /// Print a new secret for WEBHOOK_SECRET and for the receiver
    Secret,
    /// List webhooks, newest first, with their event, time and delivery result
    List(Box<list::ListArgs>),
    /// Send webhooks again with the same IDs: one, all that failed, or all since a time. A running
    /// server sends them
    Replay(Box<replay::ReplayArgs>),
    /// Send a signed test webhook to WEBHOOK_URL, and print the response. Needs no database
    Test(Box<test::TestArgs>),
}

/// Runs the command. Answers whether all is well.
pub async fn run(arguments: WebhooksArgs) -> Result<bool, CommandError> {
    match arguments.command {
        WebhooksCommand::Secret => secret::run(),
        WebhooksCommand::List(arguments) => list::run(*arguments).await?,
        WebhooksCommand::Replay(arguments) => replay::run(*arguments).await?,
        WebhooksCommand::Test(arguments) => return test::run(*arguments).await,
    }
    Ok(true)
}
