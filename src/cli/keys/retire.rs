use clap::Args;

use super::check_id;
use crate::{
    app::open_store,
    cli::{CommandError, logging::LogArgs},
    config::DatabaseArgs,
    connections::encryption_keys::retire_key,
    store::Now,
};

#[derive(Args)]
pub struct RetireArgs {
    /// The key's id
    #[arg(value_name = "ID")]
    id: String,
    /// Also if stored tokens need it, because nobody has it any more. They stay as they are, and open
    /// again should the key come back; until then their users have to sign in again
    #[arg(long)]
    lost: bool,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    log: LogArgs,
}

/// Marks a key as no longer needed.
pub async fn run(arguments: RetireArgs) -> Result<(), CommandError> {
    arguments.log.start("warn");
    let RetireArgs { id, lost, database, .. } = arguments;
    check_id(&id, &format!("{id:?}"))?;
    let store = open_store(&database.check()?, Now::Database).await?;
    let values = retire_key(&store, &id, lost).await?;
    store.close().await;
    if values == 0 {
        println!("The key {id} is retired: no stored value needs it.");
    } else {
        println!(
            "The key {id} is retired as lost: {values} stored values don't open without it, and \
             their users have to sign in again."
        );
    }
    Ok(())
}
