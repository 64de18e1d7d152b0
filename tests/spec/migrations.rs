//! Each state of the schema that ever was can be upgraded, and taken back to.

mod schema;
mod states;
mod take_back;

use migration::{MigrationTrait, Migrator, MigratorTrait};
use provider_connections::store::{Now, Store};

use crate::harness::Database;

/// All migrations, the oldest first.
fn all() -> Vec<Box<dyn MigrationTrait>> {
    Migrator::migrations()
}

impl Database {
    /// Brings it to the state that the first `number` migrations make.
    pub async fn at_state(&self, number: usize) {
        let store = self.store().await;
        store.apply(&all()[..number]).await.unwrap();
        store.close().await;
    }

    /// What there is, without bringing it up to date.
    pub async fn store(&self) -> Store {
        Store::new(self.connect().await, Now::Database)
    }
}
