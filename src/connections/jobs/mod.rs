//! Background jobs. Every replica runs all of them, independently of each other; no replica is
//! special.

mod batches;
mod board;
mod busy;
mod count;
mod expires_soon;
mod idle;
mod look_up;
mod prune;
mod refresh_ahead;
mod revoke;
mod supervisor;
mod under_way;
mod webhooks;

use std::{future::Future, sync::Arc, time::Duration};

pub use board::{JobBoard, JobState, JobStatus};
pub use busy::{Busy, Place};
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
pub use look_up::LookUps;
pub use revoke::Revocation;
pub(super) use revoke::Told;
pub use supervisor::{Backoff, Failed, Job, Ran, Supervisor};
pub(super) use under_way::AT_PROVIDER;

use super::Connections;

const MINUTE: Duration = Duration::from_mins(1);

/// Never pauses for long, because tokens expire in the meantime.
const REFRESH_AHEAD: Job = Job {
    name: "refresh_ahead",
    every: MINUTE,
    deadline: Some(Duration::from_secs(30)),
    backoff: Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(5) },
};
const PUT_OFF_IDLE: Job = minutely("put_off_idle");
const REVOKE: Job = minutely("revoke");
/// A user is waiting for their name.
const LOOK_UP: Job = Job {
    name: "look_up",
    every: MINUTE,
    deadline: Some(MINUTE),
    backoff: Backoff { first: Duration::from_secs(1), longest: Duration::from_mins(1) },
};
const EXPIRES_SOON: Job = minutely("expires_soon");
const PRUNE_EVENTS: Job = minutely("prune_events");
/// A run may end with the revocation of a user's grants at several providers.
const REMOVE_DELETED_USERS: Job =
    Job { deadline: Some(Duration::from_mins(2)), ..minutely("remove_deleted_users") };
const PRUNE_TOMBSTONES: Job = minutely("prune_tombstones");
/// Recorded reads are only in memory, so this job does not pause for long either.
const WRITE_TOKEN_READS: Job = Job {
    name: "write_token_reads",
    every: Duration::from_secs(5),
    deadline: Some(Duration::from_secs(30)),
    backoff: Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(10) },
};
/// A webhook should arrive within seconds; this is how often the job looks for those of other
/// processes.
const DELIVER_WEBHOOKS: Job = Job {
    name: "deliver_webhooks",
    every: Duration::from_secs(5),
    deadline: Some(MINUTE),
    backoff: Backoff { first: Duration::from_secs(1), longest: MINUTE },
};
const COUNT_CONNECTIONS: Job = minutely("count_connections");
const FOLLOW_EVENTS: Job = Job {
    name: "follow_events",
    every: MINUTE,
    deadline: None,
    backoff: Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) },
};

/// How long a run starts new batches. The rest is left to the next run. Shorter than any deadline
/// by the time that one batch may take.
const SLICE: Duration = Duration::from_secs(30);

const fn minutely(name: &'static str) -> Job {
    Job {
        name,
        every: MINUTE,
        deadline: Some(MINUTE),
        backoff: Backoff { first: Duration::from_secs(2), longest: Duration::from_mins(5) },
    }
}

impl Connections {
    /// Starts all background jobs for connections.
    pub fn start_jobs(&self, supervisor: &mut Supervisor) {
        if self.has_worker() {
            self.start(supervisor, REFRESH_AHEAD, self.refresh_news(), |this| async move {
                Ok(Some(this.refresh_due().await?))
            });
            self.start(supervisor, PUT_OFF_IDLE, never(), |this| async move {
                this.put_off_idle().await?;
                Ok(None)
            });
        }
        self.start(supervisor, REVOKE, never(), |this| async move {
            let more = this.revoke_due().await?;
            Ok(more.then_some(Duration::ZERO))
        });
        self.start(supervisor, LOOK_UP, self.sign_ins(), |this| async move {
            Ok(Some(this.look_up_due().await?))
        });
        self.start(supervisor, EXPIRES_SOON, never(), |this| async move {
            this.tell_what_ends_soon().await?;
            Ok(None)
        });
        if self.searches_deleted_users() {
            self.start(supervisor, REMOVE_DELETED_USERS, never(), |this| async move {
                let more = this.remove_deleted_users().await?;
                Ok(more.then_some(Duration::ZERO))
            });
        }
        self.start(supervisor, PRUNE_EVENTS, never(), |this| async move {
            this.prune_events().await?;
            this.prune_webhooks().await?;
            Ok(None)
        });
        self.start(supervisor, PRUNE_TOMBSTONES, never(), |this| async move {
            this.prune_tombstones().await?;
            Ok(None)
        });
    }

    /// Starts to send webhooks, if there is a receiver.
    pub fn start_webhooks(&self, supervisor: &mut Supervisor) {
        if self.sends_webhooks() {
            self.start(supervisor, DELIVER_WEBHOOKS, self.webhook_news(), |this| async move {
                this.deliver_webhooks().await?;
                Ok(None)
            });
        }
    }

    /// Starts to count connections for the metrics.
    pub fn start_counting(&self, supervisor: &mut Supervisor) {
        self.start(supervisor, COUNT_CONNECTIONS, never(), |this| async move {
            Ok(Some(this.count().await?))
        });
    }

    /// Starts to write which tokens were read. Even a server without other background jobs needs
    /// this for its events.
    pub fn start_writing_reads(&self, supervisor: &mut Supervisor) {
        self.start(supervisor, WRITE_TOKEN_READS, self.full_batches(), |this| async move {
            this.flush_reads().await?;
            Ok(None)
        });
    }

    fn start<R>(
        &self,
        supervisor: &mut Supervisor,
        job: Job,
        wake: BoxStream<'static, ()>,
        run: impl Fn(Self) -> R + Send + Sync + 'static,
    ) where
        R: Future<Output = Ran> + Send + 'static,
    {
        let this = self.clone();
        supervisor.start(job, wake, move || run(this.clone()));
    }
}

/// Notifies this server's subscribers of changes; `follow` never returns.
pub fn start_following<R>(
    supervisor: &mut Supervisor,
    follow: impl Fn() -> R + Send + Sync + 'static,
) where
    R: Future<Output = ()> + Send + 'static,
{
    let follow = Arc::new(follow);
    supervisor.start(FOLLOW_EVENTS, never(), move || {
        let follow = follow.clone();
        async move {
            follow().await;
            Ok(None)
        }
    });
}

/// No reason to run before it is time.
fn never() -> BoxStream<'static, ()> {
    stream::pending().boxed()
}
