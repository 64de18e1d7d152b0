//! SQL, and nothing else: what is written when, and under which condition, so that concurrent
//! writers can't overwrite each other. The rules that decide *what* to write are in `connections`.

mod access_grants;
mod appended;
mod backup;
mod claims;
mod columns;
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
mod refreshed;
mod refreshed_in_one_statement;
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
mod user_search;
mod webhook_facts;
mod webhook_outbox;
mod webhooks;

use std::{sync::Arc, time::Duration};

pub use access_grants::{AccessGrant, Granted};
pub use appended::{Appended, AppendedEvent};
pub use columns::Columns;
pub use connection::{Database, Transaction};
pub use database::{DatabaseUrl, DatabaseUrlError, files_of, is_in_memory};
pub use diagnosis::ServerFacts;
pub use disconnect::Removed;
pub use due::{DueLane, DueOf, DueSoon};
pub use early_signals::EarlySignal;
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
pub use profile::{DueLookUp, KeptAccount, KnownAccount, LookUpsDue};
pub use rate::Rate;
pub use receipts::Receipt;
pub use record::ConnectionRecord;
pub use refreshed::Refreshed;
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
pub use user_search::{SearchTurn, UserSearch, UserSearchStatus};
pub use webhook_facts::{Replay, WebhookFilter, WebhookStatus};
pub use webhook_outbox::WebhookOutbox;
pub use webhooks::Webhook;

use crate::metrics::PoolUse;

/// A read's own statement, and most of the one before it that it waited for.
const READ_LIMIT: Duration = Duration::from_millis(2_750);

/// The database, shared by all replicas. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: Database,
    now: Now,
    /// Notifies those who follow the events of this process.
    appended: watch::Sender<()>,
    /// Whether each event is also sent on PostgreSQL's channel.
    notifies: bool,
    /// The webhooks for events. `None`: there are none.
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

    /// The same store, which also writes webhooks for events.
    #[must_use]
    pub fn with_webhooks(self, outbox: WebhookOutbox) -> Self {
        Self { webhooks: Some(Arc::new(outbox)), ..self }
    }

    /// The same store for an operation that must finish by `deadline`: on PostgreSQL, no statement
    /// takes longer.
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        Self { db: self.db.until(deadline), ..self.clone() }
    }

    /// The same store behind a test's network.
    #[must_use]
    pub fn through(self, network: Arc<dyn Network>) -> Self {
        Self { db: self.db.through(network), ..self }
    }

    /// How long a read waits for its answer, whatever runs before it. `None`: SQLite has its own
    /// limits.
    pub fn read_limit(&self) -> Option<Duration> {
        self.db.is_limited().then_some(READ_LIMIT)
    }

    /// The current use of the pool.
    pub fn pool_use(&self) -> PoolUse {
        self.db.pool_use()
    }

    /// Closes the pool.
    pub async fn close(self) {
        // The pool is discarded either way, and there is nobody left to notify.
        let _ = self.db.close().await;
    }
}
