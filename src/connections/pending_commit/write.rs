use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use domain::{Actor, Kind, Lease, State};
use futures_util::FutureExt;

use super::{Committed, PendingCommit, waiting::Waiting};
use crate::{
    connections::{Connections, pause::Pause},
    store::{ConnectionRecord, StoreError},
    telemetry::carried,
    upstream::ProviderSession,
};

/// A commit that takes longer is treated as failed: its tokens go to the spool, and those who wait
/// for them get them from memory.
pub(super) const SLOW: Duration = Duration::from_secs(1);

/// The result of one step towards a written commit.
enum Step {
    Leased(Lease),
    /// The lease is not available, or no longer.
    NotLeased,
    Done(Box<Committed>),
}

impl Step {
    fn done(committed: Committed) -> Self {
        Self::Done(Box::new(committed))
    }
}

impl Connections {
    /// Writes a session that exists nowhere else, however long the database is unavailable. The
    /// caller waits only for a moment.
    ///
    /// `lease`: the lease under which `before` was read. `None`: `before` itself is not written
    /// yet.
    pub(in crate::connections) async fn commit(
        &self,
        lease: impl Into<Option<Lease>>,
        before: &ConnectionRecord,
        session: &ProviderSession,
        kind: Kind,
        actor: &Actor,
    ) -> Committed {
        let lease = lease.into();
        let pending = &self.parts.work.pending;
        // Not the owner of the lease, which is the same for everything that a worker claims at
        // once: the spool names its files by this.
        let commit_id = self.parts.random.uuid();
        let commit = PendingCommit {
            commit_id,
            lease_owner: lease.map_or(commit_id, |lease| lease.owner),
            connection_id: before.id,
            key: before.key(),
            generation: before.generation,
            first: before.state == State::Connecting || pending.is_first(before.key()),
            read_at: before.now,
            kind,
            actor: actor.clone(),
            grant: self.seal(before, session),
        };
        pending.begin(&commit);
        let waiting = Arc::new(Waiting::default());
        let write =
            self.clone().write(commit.clone(), lease, Some(before.clone()), waiting.clone());
        let mut write = self.parts.work.tasks.spawn(carried(write));
        tokio::select! {
            written = &mut write => return written.unwrap_or(Committed::Overtaken(None)),
            () = waiting.kept.notified() => {}
            () = tokio::time::sleep(SLOW) => {
                self.keep(&commit, Some(before), &waiting, "it takes too long").await;
            }
        }
        match pending.get(commit.key) {
            Some(kept) => Committed::Yes(kept),
            None if pending.was_removed(&commit) => Committed::Overtaken(None),
            // It has succeeded in the meantime.
            None => write.await.unwrap_or(Committed::Overtaken(None)),
        }
    }

    /// Writes the tokens, again if that panics. Then revokes them if their connection was deleted, and
    /// releases those who wait.
    pub(super) async fn write(
        self,
        commit: PendingCommit,
        lease: Option<Lease>,
        before: Option<ConnectionRecord>,
        waiting: Arc<Waiting>,
    ) -> Committed {
        let (before, mut pause, mut alone) = (before.as_ref(), Pause::new(), false);
        let committed = loop {
            let written = self.write_until_stored(&commit, lease, before, &waiting, alone);
            if let Ok(committed) = AssertUnwindSafe(written).catch_unwind().await {
                break committed;
            }
            // Nobody else would write these tokens, and later ones would wait for them. If the write succeeded
            // before the panic, the next attempt finds its commit id.
            let cause = "writing it panicked: this is a bug, please report it";
            self.keep(&commit, before, &waiting, cause).await;
            alone = true;
            pause.wait().await;
        };
        match &committed {
            Committed::Yes(record) => {
                self.parts.work.busy.is_due(record);
                if commit.kind == Kind::Connected {
                    self.signed_in(record);
                }
            }
            Committed::Overtaken(Some(_)) => {}
            // At most providers, that would end the grant of a later sign-in too.
            Committed::Overtaken(None) if self.parts.work.pending.is_followed(&commit) => {}
            Committed::Overtaken(None) => self.revoke_unwanted(&commit).await,
        }
        let written = matches!(committed, Committed::Yes(_));
        self.settle(&commit, &waiting, written).await;
        committed
    }

    /// Retries until the database has these tokens or newer ones. `alone`: in a statement of its own, so that
    /// a failure affects no other refresh.
    async fn write_until_stored(
        &self,
        commit: &PendingCommit,
        mut lease: Option<Lease>,
        before: Option<&ConnectionRecord>,
        waiting: &Waiting,
        mut alone: bool,
    ) -> Committed {
        let mut pause = Pause::new();
        loop {
            let PendingCommit { grant, kind, actor, commit_id, .. } = commit;
            // The refresh token that it keeps comes from the commit before it.
            if grant.refresh_token.is_none() && self.parts.work.pending.follows_unsettled(commit) {
                self.keep(commit, before, waiting, "it follows tokens that are not written yet")
                    .await;
                pause.wait().await;
                continue;
            }
            let step = match lease {
                Some(lease) => {
                    let store = &self.parts.store;
                    let written = if *kind == Kind::Connected {
                        store.commit_sign_in(lease, grant, actor, *commit_id).await
                    } else {
                        self.commit_refresh(commit.refreshed(lease, before), alone).await
                    };
                    written.map(|row| match row {
                        Some(row) => Step::done(Committed::Yes(row)),
                        None => Step::NotLeased,
                    })
                }
                None => self.lease_to_write(commit).await,
            };
            match step {
                Ok(Step::Done(committed)) => return *committed,
                Ok(Step::Leased(taken)) => lease = Some(taken),
                Ok(Step::NotLeased) if lease.is_some() => lease = None,
                Ok(Step::NotLeased) => pause.wait().await,
                Err(error) => {
                    alone |= matches!(error, StoreError::Database(_));
                    self.keep(commit, before, waiting, &error.causes()).await;
                    pause.wait().await;
                }
            }
        }
    }

    /// The lease was lost, or there never was one: what does the database have?
    async fn lease_to_write(&self, commit: &PendingCommit) -> Result<Step, StoreError> {
        let store = &self.parts.store;
        let row = store.find(commit.key).await?;
        // Read again each time: it may be deleted while this waits for a lease.
        if store.was_removed_since(commit.key, commit.read_at).await? {
            store
                .clear_prepared(commit.connection_id, [commit.lease_owner, commit.commit_id])
                .await?;
            let anew =
                row.filter(|row| row.state != State::Connecting && row.id != commit.connection_id);
            return Ok(Step::done(Committed::Overtaken(anew)));
        }
        let Some(row) = row else {
            // A tombstone that is younger than this sign-in would still be there.
            let is_known = commit.read_at > self.parts.clock.now() - self.parts.event_retention;
            let signed_in_again = commit.kind == Kind::Connected && is_known;
            if !commit.first && !signed_in_again {
                return Ok(Step::done(Committed::Overtaken(None)));
            }
            // The row that the first connectProvider created was cleared away, or the connection was removed
            // before this sign-in.
            store.prepare(commit.key, commit.connection_id).await?;
            return Ok(Step::NotLeased);
        };
        if store.was_committed(commit.key, commit.commit_id).await? {
            return Ok(Step::done(Committed::Yes(row)));
        }
        let is_of_another = row.id != commit.connection_id;
        let is_ahead = row.generation > commit.generation;
        // A sign-in is newer than anything refreshed in the meantime, but not than another sign-in.
        let stands = if commit.kind == Kind::Connected {
            row.state != State::Connecting
                && row.connected_at > commit.read_at
                && (is_of_another || is_ahead)
        } else {
            is_of_another || row.generation != commit.generation
        };
        if stands {
            return Ok(Step::done(Committed::Overtaken(Some(row))));
        }
        let generation = row.generation.max(commit.generation);
        let lease = store.take_lease_at(&row, commit.commit_id, generation).await?;
        Ok(lease.map_or(Step::NotLeased, Step::Leased))
    }

    /// The connection was deleted while these tokens were fetched: their grant must be revoked as
    /// well.
    async fn revoke_unwanted(&self, commit: &PendingCommit) {
        let PendingCommit { connection_id, key, grant, .. } = commit;
        if !self.parts.direct.revokes(key.provider) {
            return;
        }
        let id = self.parts.random.uuid();
        match self.parts.store.add_revocation(id, *connection_id, *key, grant).await {
            Ok(true) => {
                let told = self.clone().revoke_now(id);
                self.parts.work.tasks.spawn(carried(told));
            }
            Ok(false) => {}
            Err(error) => tracing::warn!(
                cause = error.causes(),
                connection = %connection_id,
                provider = %key.provider,
                "tokens of a deleted connection could not be queued for revocation: the user can \
                 remove the grant in their account settings at the provider"
            ),
        }
    }
}
