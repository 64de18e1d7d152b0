use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::State;

/// The right to call the upstream for one connection, until it expires by the database's clock.
///
/// It is a time budget: every call and statement under it may take what is left until `deadline`.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    pub connection_id: Uuid,
    pub owner: Uuid,
    /// The generation that the holder read, and over which alone it may write.
    pub generation: i64,
    /// The state that the holder found. `None`: unknown after a restart.
    pub found: Option<State>,
    /// When the holder must be done, by this machine's clock: before another replica may take over.
    pub deadline: Instant,
}

impl Lease {
    /// How long a killed holder blocks its connection: the maximum duration of its call, plus a
    /// moment to write the result.
    pub const LASTS: Duration = Duration::from_secs(12);

    /// The answer must have arrived, and its failure been written, this long before the lease
    /// expires.
    const MARGIN: Duration = Duration::from_millis(1_500);

    /// The deadline of a lease whose statement was sent at `sent`, which is before the database's
    /// clock started to count.
    pub fn deadline(sent: Instant) -> Instant {
        sent + Self::LASTS.saturating_sub(Self::MARGIN)
    }
}
