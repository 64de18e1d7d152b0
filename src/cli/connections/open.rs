use clap::Args;
use domain::Provider;

use crate::{
    app::{Sources, check_key_ring, connections_of},
    cli::{CommandError, database::open_unchanged, logging::LogArgs},
    config::{Config, ConfigArgs},
    connections::{Connections, EndRules, providers_in_testing},
    store::Store,
    upstream::Direct,
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
        let store = open_unchanged(&config.database, sources.now.clone()).await?;
        Ok(Opened { config, store: store.with_notifications().await?, sources })
    }
}

impl Opened {
    pub fn vault(&self) -> Vault {
        Vault::new(self.config.encryption_keys.clone(), self.sources.random.clone())
    }

    /// Calls to providers with this server's own client credentials. Writes nothing here.
    pub fn direct(&self) -> Result<Direct, CommandError> {
        Ok(Direct::new(self.config.providers.clone(), self.sources.clock.clone())?)
    }

    /// What servers with these settings forecast the ends of connections by.
    pub async fn end_rules(&self) -> Result<EndRules, CommandError> {
        let refresh = &self.config.refresh;
        let alone = refresh.service_pat.is_some() || self.config.jwt_secrets.can_mint();
        let direct = self.direct()?;
        let mut kept_alive = Provider::ALL.to_vec();
        kept_alive.retain(|provider| {
            refresh.pacing.concurrency > 0 && (alone || direct.handles(*provider))
        });
        Ok(EndRules { kept_alive, in_testing: providers_in_testing(&self.store).await? })
    }

    /// The rules, for what changes something. Notes new keys, and makes the spool's folder.
    pub async fn connections(&self) -> Result<Connections, CommandError> {
        check_key_ring(&self.store, &self.config, &self.sources).await?;
        Ok(connections_of(&self.config, &self.store, &self.sources)?)
    }
}
