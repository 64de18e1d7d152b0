//! `keys`: one file per command.

#![expect(clippy::doc_markdown, reason = "the comments of arguments are help for a terminal")]

mod check;
mod generate;
mod progress;
mod retire;
mod rotate;

use clap::{Args, Subcommand};

use super::CommandError;
use crate::vault::KeyRing;

#[derive(Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Print a new key for ENCRYPTION_KEYS. First add it after the current key on every server,
    /// then move it to the front, and keep the older keys after it until `keys rotate` has
    /// finished: ENCRYPTION_KEYS=new,old
    Generate(Box<generate::GenerateArgs>),
    /// Print all keys, how many stored tokens need each, and whether each is the key that encrypted
    /// them. Changes nothing. Exits with 1 if something is wrong
    Check(Box<check::CheckArgs>),
    /// Re-encrypt everything that is stored with the first key of ENCRYPTION_KEYS, while servers
    /// run. Run it again if it was interrupted. Exits with 1 while an older key is still needed
    Rotate(Box<rotate::RotateArgs>),
    /// Mark a key that you removed from ENCRYPTION_KEYS as no longer needed, so that servers start
    /// without it
    Retire(Box<retire::RetireArgs>),
}

/// What it means for imports to take an older key out of the ring.
fn of_imports(number: u64) -> String {
    format!(
        "{number} imported tokens can be recognized only with the key that was first when they \
         were imported. Finish imports before you remove an older key: after that, importing the \
         same file again may send its tokens again."
    )
}

/// Refuses what can't name a key; `shown` is how the argument is shown.
fn check_id(id: &str, shown: &str) -> Result<(), CommandError> {
    if KeyRing::is_key_id(id) {
        return Ok(());
    }
    Err(format!("{shown} is not a valid key name: use 1 to 32 of the characters A-Z a-z 0-9 _ -")
        .into())
}

/// Runs the command. Answers whether all is well.
pub async fn run(arguments: KeysArgs) -> Result<bool, CommandError> {
    match arguments.command {
        KeysCommand::Generate(arguments) => generate::run(*arguments).await.map(|()| true),
        KeysCommand::Check(arguments) => check::run(*arguments).await,
        KeysCommand::Rotate(arguments) => rotate::run(*arguments).await,
        KeysCommand::Retire(arguments) => retire::run(*arguments).await.map(|()| true),
    }
}
