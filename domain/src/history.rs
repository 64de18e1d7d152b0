use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::State;

/// What is known of a connection before it is refreshed: all that the rules need of its row.
#[derive(Clone, Copy, Debug)]
pub struct History {
    pub connection_id: Uuid,
    pub state: State,
    pub connected_at: DateTime<Utc>,
    /// The last refresh that worked. It may be of an earlier sign-in.
    pub refreshed_at: Option<DateTime<Utc>>,
    /// Refreshes that failed, for whatever reason, since the last one that worked.
    pub failures: i32,
    pub first_failed_at: Option<DateTime<Utc>>,
    pub last_failed_at: Option<DateTime<Utc>>,
    /// Those of them that count towards the end of the grant.
    pub refusals: i32,
    /// The first that refused the grant, or may have.
    pub first_refused_at: Option<DateTime<Utc>>,
}

impl History {
    /// Nothing has failed since the last success or sign-in. Only then does a failure say something
    /// of the upstream: later failures of the same connection may be its own.
    pub fn is_healthy(&self) -> bool {
        self.last_failed_at.is_none()
    }

    /// The grant was never renewed since its user signed in.
    pub fn is_unused(&self) -> bool {
        self.refreshed_at.is_none_or(|at| at < self.connected_at)
    }
}
