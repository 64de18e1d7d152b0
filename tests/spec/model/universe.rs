//! The servers that stories are played on.

use std::{path::PathBuf, pin::pin, sync::atomic::Ordering::Relaxed, time::Duration};

use chrono::TimeDelta;
use futures_util::future::select_all;
use nhost_auth_simulator::{Endpoint, Fault, Provider, Signing};
use proptest::test_runner::TestCaseError;
use provider_connections::{
    app::Sources, clock::Clock, config::Config, random::Random, store::Now,
};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use tokio::{
    runtime::{Builder, Runtime},
    time::{sleep, timeout},
};

use super::{
    case::Case,
    network::Surroundings,
    replica::Replica,
    story::{PROVIDERS, REPLICAS, Story},
};
use crate::harness::{Database, World, config, directly};

/// Longer than a lease.
pub const LEASE_OVER: TimeDelta = TimeDelta::seconds(13);

/// Longer than a lease's holder waits for an answer, and shorter than the lease.
pub const HANGS: Duration = Duration::from_secs(11);

/// Longer than a commit is waited for.
const SLOW: Duration = Duration::from_millis(1_100);

/// What a thread needs to see that time has passed.
const MOMENT: Duration = Duration::from_millis(50);

/// Whoever is at work is done by then, unless it waits for time to pass.
const PATIENCE: Duration = Duration::from_millis(250);

/// The longest pause of whoever tries again.
const PAUSE: Duration = Duration::from_secs(1);

/// What waits is written within so many pauses, a lease of somebody who is gone included.
const TURNS: u32 = 40;

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
    /// Of each replica.
    pub surroundings: Vec<Surroundings>,
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
            timeout(limit, Case::begin(&mut self.stage).play(story)).await
        };
        self.runtime.block_on(played).unwrap_or_else(|_| Err(TestCaseError::fail("it hangs")))
    }
}

impl Stage {
    async fn new(direct: Option<Provider>) -> Self {
        let world = World::on_with(Database::sqlite(), Signing::hs256(), |_| {}).await;
        let db = world.database.connect().await;
        let mut stage = Self {
            world,
            db,
            replicas: Vec::new(),
            surroundings: Vec::new(),
            http: reqwest::Client::new(),
            direct,
            nhost_auth_is_down: false,
            told: 0,
        };
        for number in 0..REPLICAS {
            stage.surroundings.push(Surroundings::of(&stage.world.simulator).await);
            let replica = stage.start(number).await;
            stage.replicas.push(replica);
        }
        stage
    }

    /// Each has a spool of its own, which its successor finds.
    async fn start(&self, number: usize) -> Replica {
        let around = &self.surroundings[number];
        let mut config: Config = config(&self.world.simulator, &self.world.database);
        config.nhost_auth_url = around.upstream.url(config.nhost_auth_url);
        for url in config.userinfo_urls.values_mut() {
            *url = around.upstream.url(url.clone());
        }
        if let Some(provider) = self.direct {
            directly(&mut config, provider);
        }
        config.refresh.spool_dir = self.spool(number);
        config.refresh.pacing.concurrency = 8;
        let (right, ahead) = (self.world.clock(), around.ahead.clone());
        // Two writes are of one moment only by a clock that stands still.
        let now = Now::Injected(self.world.ticking_clock());
        let clock = Clock::from_fn(move || right.now() + TimeDelta::seconds(ahead.load(Relaxed)));
        let sources = Sources { clock, random: Random::system(), now };
        Replica::start(config, sources, around.database.clone()).await
    }

    fn spool(&self, number: usize) -> PathBuf {
        self.world.database.folder.path().join(format!("spool-{number}"))
    }

    pub async fn restart(&mut self, number: usize) {
        self.replicas[number].crash().await;
        // One that can't reach the database would not start.
        self.surroundings[number].heal();
        self.surroundings[number].database.partition(false);
        self.replicas[number] = self.start(number).await;
    }

    /// Takes the table away from everyone, or gives it back.
    pub async fn database_is_away(&self, away: bool) {
        let (from, to) = if away { ("", "_away") } else { ("_away", "") };
        let rename =
            format!("ALTER TABLE provider_connection{from} RENAME TO provider_connection{to}");
        self.db.execute_unprepared(&rename).await.unwrap();
    }

    pub fn is_cut_off(&self, replica: usize) -> bool {
        self.surroundings[replica].database.is_partitioned()
    }

    pub fn clock_is_wrong(&self, replica: usize) -> bool {
        self.surroundings[replica].ahead.load(Relaxed) != 0
    }

    /// Everything that was answered is in the database, but for what is cut off from it, and nobody
    /// is at work any more.
    pub async fn is_written(&self) -> Result<(), TestCaseError> {
        for _ in 0..TURNS {
            if self.is_quiet_soon().await {
                return Ok(());
            }
            self.pass(PAUSE).await;
        }
        Err(TestCaseError::fail("what waits in the spool is not written"))
    }

    /// Gives other threads the little time that they need, and does not wait for a pause to end.
    async fn is_quiet_soon(&self) -> bool {
        for _ in 0..10 {
            if self.is_quiet().await {
                return true;
            }
            sleep(Duration::from_millis(2)).await;
        }
        false
    }

    async fn is_quiet(&self) -> bool {
        for (number, replica) in self.replicas.iter().enumerate() {
            let left = replica.left().await;
            let is_spool_empty = || std::fs::read_dir(self.spool(number)).unwrap().next().is_none();
            if left.lost > 0 || !(self.is_cut_off(number) || is_spool_empty()) {
                return false;
            }
        }
        true
    }

    pub async fn holds_no_lease(&self) -> Result<(), TestCaseError> {
        // A row that never had tokens has nothing to be refreshed, and waits for the next sign-in.
        let sql = "SELECT COUNT(*) FROM provider_connection \
                   WHERE lease_owner IS NOT NULL AND state <> 'connecting'";
        let select = Statement::from_string(self.db.get_database_backend(), sql);
        let row = self.db.query_one_raw(select).await.unwrap().unwrap();
        let number: i64 = row.try_get_by_index(0).unwrap();
        if number == 0 {
            return Ok(());
        }
        Err(TestCaseError::fail(format!("{number} leases are held by nobody")))
    }

    /// Time passes for every machine's timers, and by the clocks.
    pub async fn pass(&self, time: Duration) {
        self.world.advance(TimeDelta::from_std(time).unwrap());
        for replica in &self.replicas {
            replica.jump(time).await;
        }
    }

    /// Waits until a replica's commit is held on its way.
    async fn holds(&self) -> usize {
        let held = self.surroundings.iter().map(|around| Box::pin(around.database.holds()));
        select_all(held).await.1
    }

    /// Waits for something that a replica does, which may wait for a lease of one that is cut off,
    /// or for a commit: answers how many leases had to end for it.
    pub async fn wait_for<T>(&self, does: impl Future<Output = T>) -> (T, u8) {
        let (mut does, mut ended) = (pin!(does), 0);
        loop {
            tokio::select! {
                done = &mut does => return (done, ended),
                replica = self.holds() => {
                    self.world.advance(TimeDelta::from_std(SLOW).unwrap());
                    self.replicas[replica].jump(SLOW).await;
                    if let Ok(done) = timeout(MOMENT, &mut does).await {
                        return (done, ended);
                    }
                    self.surroundings[replica].database.release();
                }
                () = sleep(PATIENCE) => {
                    ended += 1;
                    self.world.advance(LEASE_OVER);
                    for replica in &self.replicas {
                        replica.jump(PAUSE).await;
                    }
                }
            }
        }
    }

    /// What went wrong on the networks in one step is over.
    pub fn heal_networks(&self) {
        self.surroundings.iter().for_each(Surroundings::heal);
    }

    /// Each is on a network that works, and the clocks are right.
    pub fn reconnect(&self) {
        for around in &self.surroundings {
            around.heal();
            around.database.partition(false);
            around.ahead.store(0, Relaxed);
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
        self.reconnect();
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
