use clap::Args;

use crate::{
    app::{Sources, StartError, connections_of, refuse_shredded_keys},
    cli::{CommandError, logging::LogArgs},
    config::{Config, ConfigArgs},
    connections::Connections,
    store::{MigrationState, Store, StoreError},
    vault::Vault,
};

/// The settings of `serve`.
#[derive(Args)]
pub struct ServerArgs {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    log: LogArgs,
}

/// What a server of these settings works with.
pub struct Opened {
    pub config: Config,
    pub store: Store,
    sources: Sources,
}

impl ServerArgs {
    /// Opens the database, and applies no migration: that is for a start, or `migrate`.
    pub async fn open(self) -> Result<Opened, CommandError> {
        self.log.start("warn");
        let config = self.config.check()?;
        let sources = Sources::system();
        let kind = config.database.url.kind();
        if let Some(file) = config.database.url.file()
            && !file.exists()
        {
            return Err(format!(
                "there is no database {}: set DATABASE_URL as the server has it, and run this in \
                 the server's folder if the path is relative",
                file.display()
            )
            .into());
        }
        let unreachable =
            |error: StoreError| StartError::Unreachable { kind, cause: error.root_cause() };
        let url = config.database.url.clone();
        let db = url.connect(config.database.max_connections).await.map_err(unreachable)?;
        let store = Store::new(db, sources.now.clone());
        require_migrated(&store, kind).await?;
        Ok(Opened { config, store: store.with_notifications().await, sources })
    }
}

/// Makes sure that the tables are those of this version.
pub async fn require_migrated(store: &Store, kind: &'static str) -> Result<(), CommandError> {
    let state = store.migration_state().await;
    match state.map_err(|error| StartError::of_first_statements(kind, &error))? {
        MigrationState::Current => Ok(()),
        MigrationState::Newer(name) => Err(StoreError::NewerDatabase(name).into()),
        MigrationState::Pending(names) => Err(format!(
            "the database lacks {} migration(s) of this version: run `provider-connections \
             migrate`, or use the version that the servers run",
            names.len()
        )
        .into()),
    }
}

impl Opened {
    pub fn vault(&self) -> Vault {
        Vault::new(self.config.encryption_keys.clone(), self.sources.random.clone())
    }

    /// The rules, for what changes something.
    pub async fn connections(&self) -> Result<Connections, CommandError> {
        refuse_shredded_keys(&self.store, &self.config.encryption_keys).await?;
        Ok(connections_of(&self.config, &self.store, &self.sources)?)
    }
}
