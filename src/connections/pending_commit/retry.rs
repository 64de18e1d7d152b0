//! Tokens that the database does not take: kept in memory and in the spool until it does.

use std::time::Instant;

use domain::{Lease, State};
use futures_util::future::join_all;
use tokio::sync::{Mutex, Notify};

use super::{PATIENCE, spool::Entry};
use crate::{connections::Connections, store::ConnectionRecord};

impl Connections {
    /// Takes up what earlier processes left in the spool. When this returns, nothing of it is
    /// refreshed with the older tokens of the database any more.
    pub async fn replay_spool(&self) {
        let spool = self.parts.spool.clone();
        let folder = spool.folder().to_owned();
        let read = tokio::task::spawn_blocking(move || spool.entries()).await;
        let (entries, unreadable) = match read.map_err(std::io::Error::other).flatten() {
            Ok(read) => read,
            Err(error) => {
                tracing::error!(%error, folder = %folder.display(), "the spool can't be read: see to it that this server may read and write it, and start it again");
                return;
            }
        };
        fail::fail_point!("replay.read");
        for (path, why) in &unreadable {
            tracing::error!(file = %path.display(), "tokens in the spool can't be read and are kept: {why}");
        }
        let mut writes = Vec::new();
        for entry in entries {
            tracing::warn!(
                connection_id = %entry.connection_id,
                provider = %entry.key.provider,
                "an earlier process could not write these tokens to the database: writing them now"
            );
            let trouble = Trouble::spooled();
            // A row that can't be read is no reason not to serve the others.
            let before = self.parts.store.find(entry.key).await.inspect_err(|error| {
                tracing::error!(cause = error.causes(), "the connection can't be read");
            });
            if let Ok(Some(before)) = before.as_ref()
                && entry.may_follow(before)
            {
                self.parts.work.held.hold(&entry, before);
            }
            self.parts.work.held.is_in_spool(&entry);
            let this = self.clone();
            writes.push(self.parts.work.tasks.spawn(async move {
                // Unless somebody has taken it since, the lease is that of the process that died.
                let lease = Lease {
                    connection_id: entry.connection_id,
                    owner: entry.lease_owner,
                    generation: entry.generation,
                    deadline: Lease::deadline(Instant::now()),
                };
                this.write_down(entry, Some(lease), None, &trouble).await;
                fail::fail_point!("replay.committed");
            }));
        }
        // The database has just answered: what it takes at once is there before anybody asks.
        let _ = tokio::time::timeout(PATIENCE, join_all(writes)).await;
    }

    /// Keeps the tokens in memory and in the spool until the database takes them.
    pub(in crate::connections) async fn put_aside(
        &self,
        entry: &Entry,
        before: Option<&ConnectionRecord>,
        trouble: &Trouble,
        cause: &str,
    ) {
        let mut aside = trouble.aside.lock().await;
        if aside.over {
            return;
        }
        let connection_id = entry.connection_id;
        if aside.spooled {
            if aside.cause != cause {
                cause.clone_into(&mut aside.cause);
                tracing::error!(
                    cause,
                    %connection_id,
                    "new tokens still wait in the spool: check that the database is up, reachable \
                     and writable"
                );
            }
            return;
        }
        let said = aside.cause == cause;
        cause.clone_into(&mut aside.cause);
        if let Some(before) = before {
            self.parts.work.held.hold(entry, before);
        }
        let (spool, written) = (self.parts.spool.clone(), entry.clone());
        let spooled = tokio::task::spawn_blocking(move || spool.write(&written)).await;
        let spooled = spooled.map_err(std::io::Error::other).flatten();
        aside.spooled = spooled.is_ok();
        if aside.spooled {
            self.parts.work.held.is_in_spool(entry);
        }
        match spooled {
            Ok(()) => tracing::error!(
                cause,
                %connection_id,
                spool = %self.parts.spool.folder().display(),
                "new tokens could not be written to the database yet: they are safe in the spool \
                 and written when it is back. Check that it is up, reachable and writable"
            ),
            Err(_) if said => {}
            Err(error) => tracing::error!(
                cause,
                %connection_id,
                spool = %self.parts.spool.folder().display(),
                spool_cause = %error,
                "new tokens could be written neither to the database nor to the spool: they are \
                 in this server's memory alone, so don't stop it. Check the database, and that \
                 the spool's disk has room"
            ),
        }
        fail::fail_point!(if entry.kind == domain::Kind::Connected {
            "connect.spooled"
        } else {
            "refresh.spooled"
        });
        trouble.told.notify_one();
    }

    /// It went through, or something newer stands.
    pub(in crate::connections) async fn is_over(&self, entry: &Entry, trouble: &Trouble) {
        let mut aside = trouble.aside.lock().await;
        aside.over = true;
        self.parts.work.held.let_go(entry);
        if aside.spooled {
            self.remove_from_spool(entry).await;
        }
    }

    async fn remove_from_spool(&self, entry: &Entry) {
        let (spool, commit_id) = (self.parts.spool.clone(), entry.commit_id);
        let removed = tokio::task::spawn_blocking(move || spool.remove(commit_id)).await;
        match removed.map_err(std::io::Error::other).flatten() {
            Ok(()) => tracing::info!(
                connection_id = %entry.connection_id,
                "the database has answered: what waited for it is written, or was replaced by \
                 something newer"
            ),
            Err(error) => tracing::warn!(
                %error,
                "a spool file could not be removed: it does no harm, the next start removes it"
            ),
        }
    }
}

impl Entry {
    /// Whether it is newer than what the row has, as far as that can be told without its events.
    fn may_follow(&self, row: &ConnectionRecord) -> bool {
        row.generation <= self.generation
            && (row.id == self.connection_id || row.state == State::Connecting)
    }
}

/// What was done about a commit that does not go through at once.
#[derive(Default)]
pub(in crate::connections) struct Trouble {
    aside: Mutex<Aside>,
    pub told: Notify,
}

#[derive(Default)]
struct Aside {
    spooled: bool,
    /// Why, as it was last said.
    cause: String,
    over: bool,
}

impl Trouble {
    fn spooled() -> Self {
        Self { aside: Mutex::new(Aside { spooled: true, ..Aside::default() }), told: Notify::new() }
    }
}
