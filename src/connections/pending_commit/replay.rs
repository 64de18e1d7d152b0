use std::sync::Arc;

use domain::State;
use futures_util::future::join_all;

use super::{PendingCommit, waiting::Waiting, write::SLOW};
use crate::{
    connections::Connections,
    store::{ConnectionRecord, StoreError},
};

impl Connections {
    /// Reads what earlier runs left in the spool. Once this returns, none of these connections is
    /// refreshed with the older tokens of the database any more.
    pub async fn replay_spool(&self) {
        let spool = self.parts.spool.clone();
        let folder = spool.folder().to_owned();
        let read = tokio::task::spawn_blocking(move || spool.commits()).await;
        let (commits, unreadable) = match read.map_err(std::io::Error::other).flatten() {
            Ok(read) => read,
            Err(error) => {
                tracing::error!(%error, folder = %folder.display(), "the spool can't be read: make \
                                                                     sure that this server can \
                                                                     read and write it, and \
                                                                     restart the server");
                return;
            }
        };
        fail::fail_point!("replay.read");
        for (path, why) in &unreadable {
            tracing::error!(file = %path.display(), "tokens in the spool can't be read and stay \
                                                     there: {why}");
        }
        let mut writes = Vec::new();
        for commit in &commits {
            self.parts.work.pending.begin(commit);
        }
        for commit in commits {
            tracing::warn!(
                connection = %commit.connection_id,
                provider = %commit.key.provider,
                "an earlier run could not write these tokens to the database: writing them now"
            );
            // A row that can't be read must not keep the server from serving the others.
            let before = self.followed_by(&commit).await.inspect_err(|error| {
                tracing::error!(cause = error.causes(), "the connection can't be read");
            });
            if let Ok(Some(before)) = before {
                self.parts.work.pending.hold(&commit, &before);
            }
            self.parts.work.pending.is_in_spool(&commit);
            let this = self.clone();
            writes.push(self.parts.work.tasks.spawn(async move {
                // The lease is that of the process that died, unless another has taken it since.
                let lease = commit.lease();
                this.write(commit, Some(lease), None, Arc::new(Waiting::in_spool())).await;
                fail::fail_point!("replay.committed");
            }));
        }
        // The database has just answered, so what it accepts at once is there before any request.
        let _ = tokio::time::timeout(SLOW, join_all(writes)).await;
    }

    /// The row that the tokens follow, as far as that can be told without its events.
    async fn followed_by(
        &self,
        commit: &PendingCommit,
    ) -> Result<Option<ConnectionRecord>, StoreError> {
        let store = &self.parts.store;
        let row = store.find(commit.key).await?.filter(|row| {
            row.generation <= commit.generation
                && (row.id == commit.connection_id || row.state == State::Connecting)
        });
        let removed = store.was_removed_since(commit.key, commit.read_at).await?;
        Ok(row.filter(|_| !removed))
    }
}
