//! SQL, and nothing else: what is written when, and under which condition, so that concurrent
//! writers can't overwrite each other. The rules that decide *what* to write are in `connections`.

mod appended;
mod commit;
mod database;
mod diagnosis;
mod disconnect;
mod due;
mod error;
mod event_pages;
mod events;
mod lease;
mod migrations;
mod notifications;
mod now;
mod read;
mod record;
mod revocations;
mod token_reads;
mod upstream;

use std::time::Duration;

pub use appended::{Appended, AppendedEvent};
pub use commit::{Count, Failure};
pub use database::{DatabaseUrl, DatabaseUrlError};
pub use diagnosis::{SealedUnder, ServerFacts};
pub use disconnect::Removed;
pub use due::{DueOf, DueSoon};
pub use error::StoreError;
pub use event_pages::{Event, EventPage};
pub use lease::Lease;
pub use migrations::MigrationState;
pub use notifications::{NOTIFICATIONS, Notifications};
pub use now::Now;
pub use record::{Columns, ConnectionRecord};
pub use revocations::{DueRevocation, RevocationEnd};
use sea_orm::DatabaseConnection;
pub use token_reads::TokenReads;
use tokio::sync::watch;
pub use upstream::{Admission, Health, PROBE_EVERY, Targets};

/// How long a holder may call the upstream before another replica may take over.
pub const LEASE: Duration = Duration::from_secs(30);

/// The database, shared by all replicas. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: DatabaseConnection,
    now: Now,
    /// Whoever follows the events of this process hears by it that there are new ones.
    appended: watch::Sender<()>,
    /// Whether each event is told on PostgreSQL's channel as well.
    notifies: bool,
}

impl Store {
    /// A store over an open pool; see [`DatabaseUrl::connect`].
    pub fn new(db: DatabaseConnection, now: Now) -> Self {
        Self { db, now, appended: watch::Sender::default(), notifies: false }
    }

    /// Closes the pool: waits for the connections that are in use.
    pub async fn close(self) {
        // The pool is going away either way; there is nobody left to tell.
        let _ = self.db.close().await;
    }
}
