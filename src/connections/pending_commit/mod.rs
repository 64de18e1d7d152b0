//! Answers of upstreams that are not in the database yet. None may be lost: Nhost Auth returns a
//! session only once, and a rotated refresh token exists nowhere else.
//!
//! - `write.rs` writes it, however long the database takes to be back; `together.rs` writes the
//!   tokens of several refreshes at once.
//! - `waiting.rs` keeps it in memory (`memory.rs`), which readers are answered from, and in the
//!   spool (`spool.rs`), which survives this process.
//! - `replay.rs` takes up what an earlier process left in the spool.

mod memory;
mod replay;
pub mod spool;
mod together;
mod waiting;
mod write;

use chrono::{DateTime, Utc};
use domain::{Actor, ConnectionKey, Grant, Kind, Lease};
pub use memory::{HeldOf, InMemory};
pub use together::Together;
use tokio::time::Instant;
use uuid::Uuid;

use crate::store::{ConnectionRecord, Refreshed};

/// Sealed tokens from an upstream, and what they follow.
#[derive(Clone, Debug)]
pub struct PendingCommit {
    /// The id of the write, as in the database.
    pub commit_id: Uuid,
    /// The lease under which the upstream was called.
    pub lease_owner: Uuid,
    pub connection_id: Uuid,
    pub key: ConnectionKey,
    /// The generation that the tokens follow.
    pub generation: i64,
    /// The database has no tokens of this connection.
    pub first: bool,
    /// When the row was read, before the upstream was called.
    pub read_at: DateTime<Utc>,
    pub kind: Kind,
    pub actor: Actor,
    pub grant: Grant,
}

/// What happened to the tokens from an upstream.
#[derive(Debug)]
pub(in crate::connections) enum Committed {
    /// The connection has them, in the database or, until it can be written to, in this process and
    /// its spool.
    Yes(ConnectionRecord),
    /// The write of another holder of the lease stands. `None`: the connection was deleted.
    Overtaken(Option<ConnectionRecord>),
}

impl PendingCommit {
    /// The tokens of a refresh, for the database. `before`: the connection as it was read before
    /// the upstream was called, if that is known.
    fn refreshed(&self, lease: Lease, before: Option<&ConnectionRecord>) -> Refreshed {
        let Self { grant, kind, actor, commit_id, .. } = self.clone();
        let unchanged_scopes = before.map(|before| &before.scopes).filter(|scopes| {
            scopes.after(self.key.provider, &grant.scopes) == ((*scopes).clone(), None)
        });
        let unchanged_scopes = unchanged_scopes.cloned();
        Refreshed { lease, grant, kind, actor, commit_id, unchanged_scopes }
    }

    /// The lease under which the upstream was called.
    fn lease(&self) -> Lease {
        Lease {
            connection_id: self.connection_id,
            owner: self.lease_owner,
            generation: self.generation,
            found: None,
            deadline: Lease::deadline(Instant::now().into_std()),
        }
    }
}
