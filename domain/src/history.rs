use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::State;

/// What is known about a connection before it is refreshed: everything that the rules need from its
/// row.
#[derive(Clone, Copy, Debug)]
pub struct History {
    pub connection_id: Uuid,
    pub state: State,
    pub connected_at: DateTime<Utc>,
    /// The last successful refresh. It may belong to an earlier sign-in.
    pub refreshed_at: Option<DateTime<Utc>>,
    /// Refreshes that failed, for any reason, since the last success.
    pub failures: i32,
    pub first_failed_at: Option<DateTime<Utc>>,
    pub last_failed_at: Option<DateTime<Utc>>,
    /// Those of them that count towards the end of the grant.
    pub refusals: i32,
    /// The first that rejected the grant, or may have.
    pub first_refused_at: Option<DateTime<Utc>>,
}

impl History {
    /// Nothing has failed since the last success or sign-in. Only then does a failure say something
    /// about the upstream: later failures of the same connection may be its own.
    pub fn is_healthy(&self) -> bool {
        self.last_failed_at.is_none()
    }

    /// The grant was never refreshed since its user signed in.
    pub fn is_unused(&self) -> bool {
        self.refreshed_at.is_none_or(|at| at < self.connected_at)
    }
}
