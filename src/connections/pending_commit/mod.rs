use std::{sync::Arc, time::Duration};

mod memory;
mod retry;
pub mod spool;

use domain::{Actor, Kind, Lease, State};
pub use memory::Held;
use retry::Trouble;
use spool::Entry;

use super::{Connections, pause::Pause};
use crate::{
    store::{ConnectionRecord, StoreError},
    upstream::ProviderSession,
};

/// A commit that takes longer is treated as one that failed: its tokens go to the spool, and those
/// who wait for them get them from memory.
pub(in crate::connections) const PATIENCE: Duration = Duration::from_secs(1);

/// What became of tokens that an upstream handed out.
#[derive(Debug)]
pub(in crate::connections) enum Committed {
    /// The connection has them, in the database or, until that can be written, in this process
    /// and in its spool.
    Yes(ConnectionRecord),
    /// What another holder of the lease wrote stands. `None`: the connection was removed.
    Overtaken(Option<ConnectionRecord>),
}

impl Connections {
    /// Writes a session that exists nowhere else any more, however long the database takes to be
    /// back. Does not wait for that longer than a moment.
    pub(in crate::connections) async fn commit(
        &self,
        lease: Lease,
        before: &ConnectionRecord,
        session: &ProviderSession,
        kind: Kind,
        actor: Actor,
    ) -> Committed {
        let entry = Entry {
            // Not the lease's owner, which is one for all that a worker claims at once: the spool
            // names its files by this.
            commit_id: self.parts.random.uuid(),
            lease_owner: lease.owner,
            connection_id: before.id,
            key: before.key(),
            generation: before.generation,
            first: before.state == State::Connecting,
            read_at: before.now,
            kind,
            actor,
            grant: self.seal(before, session),
        };
        let trouble = Arc::new(Trouble::default());
        let write = {
            let (this, entry) = (self.clone(), entry.clone());
            let (before, trouble) = (before.clone(), trouble.clone());
            async move { this.write_down(entry, Some(lease), Some(&before), &trouble).await }
        };
        let mut write = self.parts.work.tasks.spawn(write);
        let patience = tokio::time::sleep(PATIENCE);
        tokio::select! {
            written = &mut write => return written.unwrap_or(Committed::Overtaken(None)),
            () = trouble.told.notified() => {}
            () = patience => self.put_aside(&entry, Some(before), &trouble, "it takes too long").await,
        }
        match self.parts.work.held.get(entry.key) {
            Some(held) => Committed::Yes(held),
            // It went through meanwhile.
            None => write.await.unwrap_or(Committed::Overtaken(None)),
        }
    }

    /// Writes the entry by its generation, until it is written or something newer is.
    pub(in crate::connections) async fn write_down(
        &self,
        entry: Entry,
        mut lease: Option<Lease>,
        before: Option<&ConnectionRecord>,
        trouble: &Trouble,
    ) -> Committed {
        let mut pause = Pause::new();
        let committed = loop {
            let step = match lease {
                Some(lease) => self.write_under(&entry, lease).await,
                None => self.lease_to_write(&entry).await,
            };
            match step {
                Ok(Step::Done(committed)) => break committed,
                Ok(Step::Leased(taken)) => lease = Some(taken),
                Ok(Step::NotLeased) if lease.is_some() => lease = None,
                Ok(Step::NotLeased) => pause.wait().await,
                Err(error) => {
                    self.put_aside(&entry, before, trouble, &error.causes()).await;
                    pause.wait().await;
                }
            }
        };
        if matches!(committed, Committed::Overtaken(None)) {
            self.revoke_unwanted(&entry).await;
        }
        self.is_over(&entry, trouble).await;
        committed
    }

    async fn write_under(&self, entry: &Entry, lease: Lease) -> Result<Step, StoreError> {
        let Entry { grant, kind, actor, commit_id, .. } = entry;
        let written =
            self.parts.store.commit_grant(lease, grant, *kind, *actor, *commit_id).await?;
        Ok(written.map_or(Step::NotLeased, |record| {
            self.parts.work.busy.is_due(&record);
            Step::Done(Committed::Yes(record))
        }))
    }

    /// The lease was lost, or there never was one here: what does the row say?
    async fn lease_to_write(&self, entry: &Entry) -> Result<Step, StoreError> {
        let store = &self.parts.store;
        let Some(record) = store.find(entry.key).await? else {
            if !entry.first || store.was_disconnected_since(entry.key, entry.read_at).await? {
                return Ok(Step::Done(Committed::Overtaken(None)));
            }
            // The row that the first connectProvider made was cleared away.
            store.prepare(entry.key, entry.connection_id).await?;
            return Ok(Step::NotLeased);
        };
        if store.was_committed(entry.key, entry.commit_id).await? {
            return Ok(Step::Done(Committed::Yes(record)));
        }
        // A sign-in is newer than whatever was refreshed meanwhile, but not than another sign-in.
        let stands = if entry.kind == Kind::Connected {
            record.state != State::Connecting && record.connected_at > entry.read_at
        } else {
            record.generation != entry.generation || record.id != entry.connection_id
        };
        if stands {
            return Ok(Step::Done(Committed::Overtaken(Some(record))));
        }
        let lease = store.take_lease(&record, entry.commit_id).await?;
        Ok(lease.map_or(Step::NotLeased, Step::Leased))
    }

    /// The connection was removed while these tokens were fetched: their grant is to end as well.
    async fn revoke_unwanted(&self, entry: &Entry) {
        let Entry { connection_id, key, grant, .. } = entry;
        if !self.parts.direct.revokes(key.provider) {
            return;
        }
        let id = self.parts.random.uuid();
        match self.parts.store.add_revocation(id, *connection_id, *key, grant).await {
            Ok(true) => {
                let told = self.clone().revoke_now(id);
                self.parts.work.tasks.spawn(told);
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(
                cause = error.causes(),
                %connection_id,
                provider = %key.provider,
                "tokens of a connection that was removed could not be noted for their revocation: \
                 the user can end the grant in the settings of their account at the provider"
            ),
        }
    }

    /// Takes the lease, if it is to be had.
    pub(in crate::connections) async fn take_lease(
        &self,
        record: &ConnectionRecord,
    ) -> Result<Option<Lease>, StoreError> {
        let taken = self.parts.store.take_lease(record, self.parts.random.uuid()).await?;
        if taken.is_some() && record.abandoned {
            tracing::warn!(
                connection_id = %record.id,
                provider = %record.provider,
                "another server's call of this connection ended without a commit: it died, or \
                 was cut off. It is made again, which most providers take; look at why that \
                 server ended"
            );
        }
        Ok(taken)
    }

    /// Gives the lease back, nothing having been written. If that fails it ends by itself.
    pub(in crate::connections) async fn give_back(&self, lease: Lease) {
        if let Err(error) = self.parts.store.release_lease(lease).await {
            tracing::warn!(cause = error.causes(), "a lease could not be given back");
        }
    }

    pub(in crate::connections) async fn reread(
        &self,
        before: &ConnectionRecord,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        self.parts.store.find(before.key()).await
    }
}

/// What a step towards a written entry came to.
enum Step {
    Leased(Lease),
    /// The lease is not, or no longer, to be had.
    NotLeased,
    Done(Committed),
}
