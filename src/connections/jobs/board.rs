use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};

use crate::{clock::Clock, metrics};

/// The state of this process's jobs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct JobBoard {
    clock: Clock,
    jobs: Arc<Mutex<BTreeMap<&'static str, Standing>>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Standing {
    state: JobState,
    last_success: Option<DateTime<Utc>>,
    failures_in_a_row: u32,
}

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobStatus {
    pub name: &'static str,
    pub state: JobState,
    /// `None`: no run has succeeded yet.
    pub last_success: Option<DateTime<Utc>>,
    pub failures_in_a_row: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JobState {
    /// Its last run succeeded, or its first one is still running.
    #[default]
    Ok,
    /// Its last run failed or panicked.
    Failing,
    /// Its last run did not finish in time.
    Stuck,
}

impl JobState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failing => "failing",
            Self::Stuck => "stuck",
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RunEnd {
    Ok,
    Failed,
    Panicked,
    TimedOut,
}

impl RunEnd {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::TimedOut => "timed_out",
        }
    }

    fn state(self) -> JobState {
        match self {
            Self::Ok => JobState::Ok,
            Self::Failed | Self::Panicked => JobState::Failing,
            Self::TimedOut => JobState::Stuck,
        }
    }
}

impl JobBoard {
    pub(super) fn new(clock: Clock) -> Self {
        Self { clock, jobs: Arc::default() }
    }

    /// The state of each job, by name.
    pub fn all(&self) -> Vec<JobStatus> {
        let status = |(name, standing): (&&'static str, &Standing)| {
            let Standing { state, last_success, failures_in_a_row } = *standing;
            JobStatus { name, state, last_success, failures_in_a_row }
        };
        self.jobs().iter().map(status).collect()
    }

    pub(super) fn add(&self, name: &'static str) {
        self.jobs().insert(name, Standing::default());
    }

    pub(super) fn ended(&self, name: &'static str, end: RunEnd) {
        metrics::job_ran(name, end.as_str());
        let mut jobs = self.jobs();
        let standing = jobs.entry(name).or_default();
        standing.state = end.state();
        if end == RunEnd::Ok {
            let now = self.clock.now();
            metrics::job_succeeded(name, now);
            standing.last_success = Some(now);
            standing.failures_in_a_row = 0;
        } else {
            standing.failures_in_a_row = standing.failures_in_a_row.saturating_add(1);
        }
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<&'static str, Standing>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
