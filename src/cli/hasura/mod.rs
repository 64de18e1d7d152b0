//! `hasura`: the Hasura metadata for this server.

mod addresses;
mod args;
mod check;
mod names;

use args::Format;
pub use args::HasuraArgs;

use super::CommandError;
use crate::hasura::{Api, folder, requests};

/// Prints the metadata, or applies it to a running Hasura.
pub async fn run(arguments: HasuraArgs) -> Result<(), CommandError> {
    let format = arguments.format;
    let checked = arguments.check()?;
    let Some((endpoint, secret, action)) = checked.running else {
        match format {
            Format::Json => {
                println!("{}", serde_json::to_string_pretty(&requests(&checked.wanted))?);
            }
            Format::Yaml => print!("{}", folder(&checked.wanted)?),
        }
        return Ok(());
    };
    let api = Api::new(endpoint, secret.as_ref())?;
    crate::hasura::run(&api, &checked.wanted, action, |line| println!("{line}")).await?;
    Ok(())
}
