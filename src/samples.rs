//! Values that are sampled when metrics are scraped, because they change too often to be counted.

use crate::{auth::JwtVerifier, connections::Connections, metrics, store::Store};

/// The parts that are sampled. None of them waits.
#[derive(Debug)]
pub struct Samples {
    pub store: Store,
    pub connections: Connections,
    pub jwt: JwtVerifier,
}

impl Samples {
    /// Takes the samples.
    pub fn take(&self) {
        metrics::pool(self.store.pool_use());
        metrics::spooled(self.connections.unwritten_commits());
        metrics::encryption_keys(self.connections.encryption_keys());
        let published = self.jwt.published_keys();
        if !published.is_empty() {
            let failing = published.iter().filter(|keys| keys.failure.is_some()).count();
            // A key set that was never fetched is failing, and has no time.
            let oldest = published.iter().filter_map(|keys| keys.fetched_at).min();
            metrics::jwks(oldest, failing);
        }
    }
}
