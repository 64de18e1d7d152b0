//! The servers that stories are played on.

use std::{path::PathBuf, time::Duration};

use chrono::TimeDelta;
use nhost_auth_simulator::{Endpoint, Fault, Provider, Signing};
use proptest::test_runner::TestCaseError;
use provider_connections::{app::Sources, config::Config};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio::runtime::{Builder, Runtime};

use super::{
    case::Case,
    replica::Replica,
    story::{PROVIDERS, REPLICAS, Story},
};
use crate::harness::{Database, World, config, directly, happens};

/// Longer than a lease.
pub const LEASE_OVER: TimeDelta = TimeDelta::seconds(31);

/// Where a refresh, or the fetch of a session, calls.
pub const CALLED: [Endpoint; 3] =
    [Endpoint::RefreshProviderToken, Endpoint::ProviderToken, Endpoint::ProviderTokens];

/// A database, an upstream and replicas that live for many stories.
pub struct Universe {
    runtime: Runtime,
    pub stage: Stage,
}

pub struct Stage {
    pub world: World,
    pub db: DatabaseConnection,
    pub replicas: Vec<Replica>,
    pub http: reqwest::Client,
    pub direct: Option<Provider>,
    pub nhost_auth_is_down: bool,
    /// How many stories were begun.
    pub told: usize,
}

impl Universe {
    /// The provider whose refresh tokens are good once is refreshed without Nhost Auth.
    pub fn with_direct_refresh() -> Self {
        Self::new(Some(Provider::Gitlab))
    }

    /// All are refreshed through Nhost Auth.
    pub fn behind_nhost_auth() -> Self {
        Self::new(None)
    }

    fn new(direct: Option<Provider>) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let stage = runtime.block_on(Stage::new(direct));
        Self { runtime, stage }
    }

    pub fn play(&mut self, story: &Story) -> Result<(), TestCaseError> {
        let limit = Duration::from_mins(2);
        let played = async {
            self.stage.clear().await;
            tokio::time::timeout(limit, Case::begin(&mut self.stage).play(story)).await
        };
        self.runtime.block_on(played).unwrap_or_else(|_| Err(TestCaseError::fail("it hangs")))
    }
}

impl Stage {
    async fn new(direct: Option<Provider>) -> Self {
        let world = World::on_with(Database::sqlite(), Signing::hs256(), |_| {}).await;
        let db = world.database.connect().await;
        let (replicas, nhost_auth_is_down, told) = (Vec::new(), false, 0);
        let http = reqwest::Client::new();
        let mut stage = Self { world, db, replicas, http, direct, nhost_auth_is_down, told };
        for number in 0..REPLICAS {
            let replica = stage.start(number).await;
            stage.replicas.push(replica);
        }
        stage
    }

    /// Each has a spool of its own, which its successor finds.
    async fn start(&self, number: usize) -> Replica {
        let mut config: Config = config(&self.world.simulator, &self.world.database);
        if let Some(provider) = self.direct {
            directly(&mut config, provider);
        }
        config.refresh.spool_dir = self.spool(number);
        config.refresh.pacing.concurrency = 8;
        Replica::start(config, Sources::with_clock(self.world.clock())).await
    }

    fn spool(&self, number: usize) -> PathBuf {
        self.world.database.folder.path().join(format!("spool-{number}"))
    }

    pub async fn restart(&mut self, number: usize) {
        self.replicas[number].crash().await;
        self.replicas[number] = self.start(number).await;
    }

    /// Takes the table away from everyone, or gives it back.
    pub async fn database_is_away(&self, away: bool) {
        let (from, to) = if away { ("", "_away") } else { ("_away", "") };
        let rename =
            format!("ALTER TABLE provider_connection{from} RENAME TO provider_connection{to}");
        self.db.execute_unprepared(&rename).await.unwrap();
    }

    /// Everything that was answered is in the database.
    pub async fn is_written(&self) -> Result<(), TestCaseError> {
        let is_empty = |number| std::fs::read_dir(self.spool(number)).unwrap().next().is_none();
        if happens(async || (0..REPLICAS).all(is_empty)).await {
            Ok(())
        } else {
            Err(TestCaseError::fail("what waits in the spool is not written"))
        }
    }

    /// Takes away what went wrong, but for what is down.
    pub fn heal(&self) {
        for endpoint in CALLED {
            self.world.simulator.heal(endpoint);
        }
        self.set_nhost_auth();
    }

    pub fn set_nhost_auth(&self) {
        for endpoint in [Endpoint::RefreshProviderToken, Endpoint::ProviderTokens] {
            if self.nhost_auth_is_down {
                self.world.simulator.fail_always(endpoint, None, Fault::Empty(503));
            }
        }
    }

    pub fn heal_all(&mut self) {
        self.nhost_auth_is_down = false;
        self.heal();
        for provider in PROVIDERS {
            self.world.simulator.provider_outage(provider, false);
        }
    }

    async fn clear(&mut self) {
        self.told += 1;
        self.heal_all();
        self.world.simulator.reset_calls();
        for table in ["", "_event", "_upstream"] {
            let delete = format!("DELETE FROM provider_connection{table}");
            self.db.execute_unprepared(&delete).await.unwrap();
        }
        self.world.advance(TimeDelta::minutes(1));
    }
}
