//! Opening the database unchanged, for commands that look and for those that run next to servers: no
//! migration is applied.

use super::CommandError;
use crate::{
    app::StartError,
    config::DatabaseConfig,
    store::{MigrationState, Now, Store, StoreError},
};

/// A store over tables that this version can work with.
pub async fn open_unchanged(config: &DatabaseConfig, now: Now) -> Result<Store, CommandError> {
    let kind = config.url.kind();
    if let Some(file) = config.url.file()
        && !file.exists()
    {
        return Err(format!(
            "no database exists at {}: set DATABASE_URL to the server's value, and run this in the \
             server's working directory if the path is relative",
            file.display()
        )
        .into());
    }
    let db = config.url.clone().connect(config.max_connections).await;
    let db = db.map_err(|error| StartError::Unreachable { kind, cause: error.root_cause() })?;
    let store = Store::new(db, now);
    require_migrated(&store, kind).await?;
    Ok(store)
}

/// Makes sure that this version can work with the tables.
pub async fn require_migrated(store: &Store, kind: &'static str) -> Result<(), CommandError> {
    let state = store.migration_state().await;
    match state.map_err(|error| StartError::of_first_statements(kind, &error))? {
        MigrationState::Current | MigrationState::Newer(_) => Ok(()),
        MigrationState::TooNew(name) => Err(StoreError::NewerDatabase(name).into()),
        MigrationState::Pending(names) => Err(format!(
            "the database lacks {} migration(s) of this version: run `provider-connections \
             migrate`, or use the same version as the servers",
            names.len()
        )
        .into()),
    }
}
