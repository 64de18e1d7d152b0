#![expect(clippy::doc_markdown, reason = "the comments of arguments are help for a terminal")]

use clap::{Args, Subcommand};

use super::CommandError;
use crate::{random::Random, vault::KeyRing};

#[derive(Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Print a new key for ENCRYPTION_KEYS. Put it first to seal with it, and keep the older ones
    /// behind it, so that what they sealed still opens: ENCRYPTION_KEYS=new,old
    Generate(GenerateArgs),
}

#[derive(Args)]
struct GenerateArgs {
    /// The key's name in the key ring: letters, digits, - and _, at most 32. Sealed tokens carry it,
    /// so each key needs its own
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

/// Makes keys.
pub fn run(arguments: &KeysArgs) -> Result<(), CommandError> {
    let KeysCommand::Generate(arguments) = &arguments.command;
    let random = Random::system();
    let id = arguments.id.clone().unwrap_or_else(|| KeyRing::new_id(&random));
    if !KeyRing::is_key_id(&id) {
        return Err(format!(
            "--id {id:?} can't name a key: use 1 to 32 of the characters A-Z a-z 0-9 _ -"
        )
        .into());
    }
    println!("{}", KeyRing::generate(&id, &random));
    Ok(())
}
