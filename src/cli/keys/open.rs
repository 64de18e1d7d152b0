//! Opening the database for a look, without bringing its tables up to date.

use crate::{
    app::StartError,
    cli::CommandError,
    config::DatabaseConfig,
    store::{MigrationState, Now, Store},
};

/// A store over tables that are as this version needs them.
pub async fn open_unchanged(config: DatabaseConfig) -> Result<Store, CommandError> {
    let kind = config.url.kind();
    let db = config
        .url
        .connect(config.max_connections)
        .await
        .map_err(|error| StartError::Unreachable { kind, cause: error.root_cause() })?;
    let store = Store::new(db, Now::Database);
    let state = store.migration_state().await;
    match state.map_err(|error| StartError::of_first_statements(kind, &error))? {
        MigrationState::Current => Ok(store),
        MigrationState::Pending(names) => Err(format!(
            "the database lacks the migrations {}. Run `provider-connections migrate` first",
            names.join(", ")
        )
        .into()),
        MigrationState::Newer(name) => Err(crate::store::StoreError::NewerDatabase(name).into()),
    }
}
