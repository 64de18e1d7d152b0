use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use provider_connections::{
    app::{App, Sources, open_store},
    random::Random,
    store::{Carried, Network, Now},
};
use sea_orm::DbErr;

use super::{World, config};

/// A network to the database on which one message makes the task that sends it panic, as a bug would.
#[derive(Debug, Default)]
pub struct Panics(AtomicBool);

impl Panics {
    /// The next message of its kind panics.
    pub fn arm(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it has not happened yet.
    pub fn is_armed(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
struct PanicsAt(Carried, Arc<Panics>);

#[async_trait::async_trait]
impl Network for PanicsAt {
    async fn carry(&self, what: Carried) -> Result<(), DbErr> {
        assert!(what != self.0 || !self.1.0.swap(false, Ordering::Relaxed), "a bug");
        Ok(())
    }
}

impl World {
    /// Another server on the same database, for its rules alone, whose network panics at `what` when it is told to.
    pub async fn app_that_panics_at(&self, what: Carried) -> (App, Arc<Panics>) {
        let panics = Arc::new(Panics::default());
        let now = Now::Injected(self.clock());
        let store = open_store(&self.database.config(), now.clone()).await.unwrap();
        let sources = Sources { clock: self.clock(), random: Random::system(), now };
        let mut config = config(&self.simulator, &self.database);
        config.refresh.spool_dir = self.database.folder.path().join("spool-of-another");
        let store = store.through(Arc::new(PanicsAt(what, panics.clone())));
        (App::new(config, store, sources).unwrap(), panics)
    }
}
