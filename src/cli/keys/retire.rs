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
    /// Name of the key
    #[arg(value_name = "ID")]
    id: String,
    /// Retire a lost key that stored tokens still need. The tokens stay, and can be decrypted again
    /// if the key is found. Until then their users have to sign in again
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
            "The key {id} is retired as lost. {values} stored values can't be decrypted without \
             it, and their users have to sign in again."
        );
    }
    Ok(())
}
