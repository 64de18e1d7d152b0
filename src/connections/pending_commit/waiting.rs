//! A commit that waits for the database: kept in memory and in the spool until the database has it.

use tokio::sync::{Mutex, Notify};

use super::PendingCommit;
use crate::{connections::Connections, store::ConnectionRecord};

/// The state of a commit that did not succeed at once.
#[derive(Default)]
pub(super) struct Waiting {
    state: Mutex<State>,
    /// It is held: readers can get its tokens.
    pub kept: Notify,
}

#[derive(Default)]
struct State {
    in_memory: bool,
    in_spool: bool,
    /// Why it waits, as last logged.
    cause: String,
    over: bool,
}

impl Waiting {
    /// A commit that an earlier run has put into the spool.
    pub fn in_spool() -> Self {
        let state = State { in_memory: true, in_spool: true, ..State::default() };
        Self { state: Mutex::new(state), kept: Notify::new() }
    }
}

impl Connections {
    /// Holds the tokens in memory and in the spool until the database accepts them.
    pub(super) async fn keep(
        &self,
        commit: &PendingCommit,
        before: Option<&ConnectionRecord>,
        waiting: &Waiting,
        cause: &str,
    ) {
        let mut state = waiting.state.lock().await;
        if state.over {
            return;
        }
        let connection_id = commit.connection_id;
        if state.in_spool {
            if state.cause != cause {
                cause.clone_into(&mut state.cause);
                tracing::error!(
                    cause,
                    connection = %connection_id,
                    "new tokens are still waiting in the spool: check that the database is up, \
                     reachable and writable"
                );
            }
            return;
        }
        let said = state.cause == cause;
        cause.clone_into(&mut state.cause);
        if let Some(before) = before.filter(|_| !state.in_memory) {
            state.in_memory = true;
            self.parts.work.pending.hold(commit, before);
        }
        let (spool, written) = (self.parts.spool.clone(), commit.clone());
        let spooled = tokio::task::spawn_blocking(move || spool.write(&written)).await;
        let spooled = spooled.map_err(std::io::Error::other).flatten();
        state.in_spool = spooled.is_ok();
        if state.in_spool {
            self.parts.work.pending.is_in_spool(commit);
        }
        match spooled {
            Ok(()) => tracing::error!(
                cause,
                connection = %connection_id,
                spool = %self.parts.spool.folder().display(),
                "new tokens could not be written to the database yet: they are safe in the spool \
                 until the database is back. Check that it is up, reachable and writable"
            ),
            Err(_) if said => {}
            Err(error) => tracing::error!(
                cause,
                connection = %connection_id,
                spool = %self.parts.spool.folder().display(),
                spool_cause = %error,
                "new tokens could not be written to the database or the spool: they are only in \
                 this server's memory, so don't stop it. Check the database, and that the spool's \
                 disk has space"
            ),
        }
        fail::fail_point!(if commit.kind == domain::Kind::Connected {
            "connect.spooled"
        } else {
            "refresh.spooled"
        });
        waiting.kept.notify_one();
    }

    /// It is `written`, or something newer stands.
    pub(super) async fn settle(&self, commit: &PendingCommit, waiting: &Waiting, written: bool) {
        let mut state = waiting.state.lock().await;
        state.over = true;
        self.parts.work.pending.let_go(commit, written);
        if state.in_spool {
            self.remove_from_spool(commit).await;
        }
    }

    async fn remove_from_spool(&self, commit: &PendingCommit) {
        let (spool, commit_id) = (self.parts.spool.clone(), commit.commit_id);
        let removed = tokio::task::spawn_blocking(move || spool.remove(commit_id)).await;
        match removed.map_err(std::io::Error::other).flatten() {
            Ok(()) => tracing::info!(
                connection = %commit.connection_id,
                "the database is back: the waiting tokens are written, or newer ones have replaced \
                 them"
            ),
            Err(error) => tracing::warn!(
                %error,
                "a spool file could not be removed: this is harmless, and the next start removes it"
            ),
        }
    }
}
