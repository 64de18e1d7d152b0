use clap::Args;

use super::{CommandError, logging::LogArgs};
use crate::{
    app::{StartError, open_store},
    config::DatabaseArgs,
    store::{Now, Store},
};

#[derive(Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    log: LogArgs,
    /// Take back this many migrations, the newest first. Their tables are dropped, with every
    /// connection in them
    #[arg(long, value_name = "NUMBER")]
    down: Option<u32>,
}

/// Brings the tables up to date.
pub async fn run(arguments: MigrateArgs) -> Result<(), CommandError> {
    arguments.log.start("info");
    let config = arguments.database.check()?;
    match arguments.down {
        None => {
            let store = open_store(&config, Now::Database).await?;
            store.close().await;
            println!("The database is up to date.");
        }
        Some(steps) => {
            let kind = config.url.kind();
            let url = config.direct_url.unwrap_or(config.url);
            let db = url
                .connect_without_limits()
                .await
                .map_err(|error| StartError::Unreachable { kind, cause: error.root_cause() })?;
            let store = Store::new(db, Now::Database);
            let taken_back = store.migrate_down(steps).await;
            taken_back.map_err(|error| StartError::of_migrations(kind, error))?;
            store.close().await;
            println!("Took back {steps} migration(s).");
        }
    }
    Ok(())
}
