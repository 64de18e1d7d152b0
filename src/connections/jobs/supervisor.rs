//! Keeps jobs running. Each is isolated: if one fails, hangs or panics, the others go on, and it is
//! restarted.

use std::{future::Future, sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::BoxStream};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::board::{JobBoard, RunEnd};
use crate::{clock::Clock, random::Random, store::StoreError};

/// How long a run may continue once the server shuts down.
const GRACE: Duration = Duration::from_secs(1);

/// A task that is repeated while the server runs.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Its name in the log, in `/readyz` and in the metrics.
    pub name: &'static str,
    /// From the end of a run to the next one, plus or minus a tenth.
    pub every: Duration,
    /// A run that takes longer is cut off and counts as failed. `None`: it doesn't end, and each
    /// `every` that it keeps running counts as a success.
    pub deadline: Option<Duration>,
    pub backoff: Backoff,
}

/// How long a job pauses after it failed: twice as long after each failure in a row, with jitter.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    pub first: Duration,
    pub longest: Duration,
}

/// The result of a run. `Some`: the next one is due after this time, instead of after `every`.
pub type Ran = Result<Option<Duration>, Failed>;

/// Why a run failed: a text for the log, without any secret.
#[derive(Debug)]
pub struct Failed(pub String);

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self(error.causes())
    }
}

/// Runs jobs until it is stopped or dropped.
#[derive(Debug)]
pub struct Supervisor {
    random: Random,
    board: JobBoard,
    stop: CancellationToken,
    jobs: JoinSet<()>,
}

impl Supervisor {
    pub fn new(clock: Clock, random: Random) -> Self {
        let (board, stop) = (JobBoard::new(clock), CancellationToken::new());
        Self { random, board, stop, jobs: JoinSet::new() }
    }

    /// The state of its jobs.
    pub fn board(&self) -> JobBoard {
        self.board.clone()
    }

    /// Runs `run` at once, and then as `job` specifies, or sooner when `wake` resolves.
    pub fn start<R>(
        &mut self,
        job: Job,
        wake: BoxStream<'static, ()>,
        run: impl Fn() -> R + Send + Sync + 'static,
    ) where
        R: Future<Output = Ran> + Send + 'static,
    {
        self.board.add(job.name);
        let run = Arc::new(move || run().boxed());
        let supervised = Supervised { job, run, board: self.board(), random: self.random.clone() };
        let stop = self.stop.clone();
        self.jobs.spawn(async move {
            tokio::select! {
                () = supervised.keep_running(&stop, wake) => {}
                () = async {
                    stop.cancelled().await;
                    // Claims should not be left behind.
                    sleep(if job.deadline.is_some() { GRACE } else { Duration::ZERO }).await;
                } => {}
            }
        });
    }

    /// Stops all jobs. Running ones may finish; those that don't finish quickly are cut off.
    pub async fn stop(mut self) {
        self.stop.cancel();
        while self.jobs.join_next().await.is_some() {}
    }
}

struct Supervised {
    job: Job,
    // Not generic: all that keeps a job running is compiled once, and not for each of them.
    run: Arc<dyn Fn() -> BoxFuture<'static, Ran> + Send + Sync>,
    board: JobBoard,
    random: Random,
}

impl Supervised {
    async fn keep_running(self, stop: &CancellationToken, mut wake: BoxStream<'static, ()>) {
        let mut failures = 0;
        while !stop.is_cancelled() {
            let next = self.run_once().await;
            let pause = if next.is_ok() {
                failures = 0;
                next.ok().flatten().unwrap_or_else(|| self.interval())
            } else {
                failures += 1;
                self.backoff(failures)
            };
            tokio::select! {
                () = sleep(pause) => {}
                // A job that failed is not woken early.
                Some(()) = wake.next(), if failures == 0 => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// `Err`: it failed, and this was logged.
    async fn run_once(&self) -> Result<Option<Duration>, ()> {
        let name = self.job.name;
        let run = self.run.clone();
        // In its own task, so that a panic ends only that.
        let mut running = AbortOnDropHandle::new(tokio::spawn(async move { run().await }));
        let ended = loop {
            let limit = self.job.deadline.unwrap_or(self.job.every);
            match timeout(limit, &mut running).await {
                Ok(ended) => break Some(ended),
                Err(_) if self.job.deadline.is_some() => break None,
                Err(_) => self.board.ended(name, RunEnd::Ok),
            }
        };
        match ended {
            Some(Ok(Ok(next))) => {
                self.board.ended(name, RunEnd::Ok);
                return Ok(next);
            }
            Some(Ok(Err(Failed(cause)))) => {
                self.board.ended(name, RunEnd::Failed);
                tracing::warn!(
                    job = name,
                    cause,
                    "a job failed and will be tried again: the cause says why. If it is the \
                     database, check that it is up, reachable and writable"
                );
            }
            // A panic's message may contain anything.
            Some(Err(_)) => {
                self.board.ended(name, RunEnd::Panicked);
                tracing::error!(
                    job = name,
                    "a job panicked and is restarted: this is a bug, \
                                             please report it"
                );
            }
            None => {
                self.board.ended(name, RunEnd::TimedOut);
                tracing::error!(
                    job = name,
                    deadline_seconds = self.job.deadline.unwrap_or_default().as_secs(),
                    "a job did not finish in time, so it is cut off and restarted: check the \
                     network between this server and the database"
                );
                running.abort();
                // A run that blocks its thread can't be cut off, so no second one is started.
                let _ = running.await;
            }
        }
        Err(())
    }

    /// Replicas that were started together drift apart.
    fn interval(&self) -> Duration {
        let every = self.job.every;
        every * 9 / 10 + self.jitter(every / 5)
    }

    fn backoff(&self, failures: u32) -> Duration {
        let Backoff { first, longest } = self.job.backoff;
        let doublings = (failures - 1).min(16);
        let longest = longest.min(first * 2_u32.pow(doublings));
        longest / 2 + self.jitter(longest / 2)
    }

    fn jitter(&self, at_most: Duration) -> Duration {
        at_most.mul_f64(f64::from(u32::from_be_bytes(self.random.bytes())) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests;
