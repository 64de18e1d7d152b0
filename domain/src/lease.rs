use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::State;

/// The right to call the upstream for one connection, until it ends by the database's clock.
///
/// It is one budget of time: every call and statement under it takes what is left until `deadline`.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    pub connection_id: Uuid,
    pub owner: Uuid,
    /// The generation that the holder read, and over which alone it may write.
    pub generation: i64,
    /// The state that the holder found. `None`: it is not known, after a restart.
    pub found: Option<State>,
    /// When the holder has to be done by this machine's clock: before another replica may take
    /// over.
    pub deadline: Instant,
}

impl Lease {
    /// How long a holder that was killed keeps others from its connection: as long as the call in
    /// hand may take, and a moment to write what came of it.
    pub const LASTS: Duration = Duration::from_secs(12);

    /// The answer is to be there, and its failure written, so long before the lease ends.
    const MARGIN: Duration = Duration::from_millis(1_500);

    /// The deadline of a lease whose statement was sent at `sent`, which is before the database's
    /// clock began to count.
    pub fn deadline(sent: Instant) -> Instant {
        sent + Self::LASTS.saturating_sub(Self::MARGIN)
    }
}
