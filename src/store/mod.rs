//! SQL, and nothing else: what is written when, and under which condition, so that concurrent
//! writers can't overwrite each other. The rules that decide *what* to write are in `connections`.

mod access_grants;
mod appended;
mod backup;
mod commit;
mod connection;
mod database;
mod deleted_users;
mod diagnosis;
mod disconnect;
mod due;
mod early_signals;
mod ends;
mod error;
mod event_pages;
mod events;
mod facts;
mod imports;
mod keys;
mod lease;
mod lent;
mod migrations;
mod network;
mod notifications;
mod now;
mod observed;
mod pool;
mod profile;
mod rate;
mod read;
mod receipts;
mod record;
mod revocations;
mod rotation;
mod scopes;
mod sealed_values;
mod selection;
mod server;
mod shredded_keys;
mod signals;
mod skip_locked;
mod status;
mod token_reads;
mod upstream;
mod webhook_facts;
mod webhook_outbox;
mod webhooks;

use std::{sync::Arc, time::Duration};

pub use access_grants::{AccessGrant, Granted};
pub use appended::{Appended, AppendedEvent};
pub use connection::{Database, Transaction};
pub use database::{DatabaseUrl, DatabaseUrlError, files_of, is_in_memory};
pub use diagnosis::ServerFacts;
pub use disconnect::Removed;
pub use due::{DueLane, DueOf, DueSoon};
pub use ends::{AfterLook, EndFacts, Look, Looked};
pub use error::StoreError;
pub use event_pages::{Event, EventPage};
pub use facts::{ConnectionFacts, FactsFilter};
pub use imports::{Buried, ImportRecord};
pub use keys::{KeyUse, KnownKey};
pub use migrations::{Loss, MigrationState, MigrationStatus, TakeBack};
pub use network::{Carried, Network};
pub use notifications::{NOTIFICATIONS, Notifications};
pub use now::Now;
pub use profile::{DueLookUp, KnownAccount, LookUpsDue};
pub use rate::Rate;
pub use receipts::Receipt;
pub use record::{Columns, ConnectionRecord};
pub use revocations::{DueRevocation, RevocationEnd};
pub use rotation::{StalePage, StaleRow};
pub use sealed_values::{SealedColumn, SealedSample, SealedTable, SealedUnder};
pub use selection::{Selected, Selection};
pub use shredded_keys::ShreddedKey;
pub use signals::{SealedRefreshToken, SignalAim, SignalEffect, Signalled, SignalledRows};
pub use status::{Leases, OutboxStatus, StatusOfConnections, UpstreamStatus};
pub use token_reads::TokenReads;
use tokio::{sync::watch, time::Instant};
pub use upstream::KnownHealth;
pub use webhook_facts::{Replay, WebhookFilter, WebhookStatus};
pub use webhook_outbox::WebhookOutbox;
pub use webhooks::Webhook;

use crate::metrics::PoolUse;

/// A read's own statement, and most of one before it that it waited for.
const READ_LIMIT: Duration = Duration::from_millis(2_750);

/// The database, shared by all replicas. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: Database,
    now: Now,
    /// Whoever follows the events of this process hears by it that there are new ones.
    appended: watch::Sender<()>,
    /// Whether each event is told on PostgreSQL's channel as well.
    notifies: bool,
    /// What the app's backend is told of events. `None`: nothing.
    webhooks: Option<Arc<WebhookOutbox>>,
}

impl Store {
    /// A store over an open pool; see [`DatabaseUrl::connect`].
    pub fn new(db: impl Into<Database>, now: Now) -> Self {
        Self {
            db: db.into(),
            now,
            appended: watch::Sender::default(),
            notifies: false,
            webhooks: None,
        }
    }

    /// The same store, which writes webhooks beside the events that they tell of.
    #[must_use]
    pub fn with_webhooks(self, outbox: WebhookOutbox) -> Self {
        Self { webhooks: Some(Arc::new(outbox)), ..self }
    }

    /// The same store for an operation that ends at `deadline`: no statement of it takes longer on
    /// PostgreSQL.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        Self { db: self.db.until(deadline), ..self.clone() }
    }

    /// The same store behind a network that a test owns.
    #[must_use]
    pub fn through(self, network: Arc<dyn Network>) -> Self {
        Self { db: self.db.through(network), ..self }
    }

    /// How long a read waits for its answer, whatever is under way before it. `None`: SQLite has
    /// limits of its own.
    pub fn read_limit(&self) -> Option<Duration> {
        self.db.is_limited().then_some(READ_LIMIT)
    }

    /// How the pool is used now.
    pub fn pool_use(&self) -> PoolUse {
        self.db.pool_use()
    }

    /// Closes the pool.
    pub async fn close(self) {
        // The pool is going away either way; there is nobody left to tell.
        let _ = self.db.close().await;
    }
}
