use domain::Provider;
use tokio::time::Instant;

use super::{SLICE, batches::in_batches};
use crate::{connections::Connections, store::StoreError};

impl Connections {
    /// Stops background refreshes of connections that have not been used for a long time, until
    /// they are used again. Returns their number.
    pub async fn put_off_idle(&self) -> Result<u64, StoreError> {
        let until = Instant::now() + SLICE;
        let mut all = 0;
        for provider in Provider::ALL {
            if self.has_worker() && self.can_refresh_alone(*provider) {
                all += self.put_off_idle_of(*provider, until).await?;
            }
        }
        Ok(all)
    }

    async fn put_off_idle_of(&self, provider: Provider, until: Instant) -> Result<u64, StoreError> {
        let of = self.due_of(provider);
        let mut number = 0;
        for healthy in [true, false] {
            let put_off = |limit| self.parts.store.put_off_idle(of, healthy, limit);
            number += in_batches(until, put_off).await?;
        }
        if number > 0 {
            tracing::info!(
                number,
                %provider,
                "connections that have not been used for a long time are no longer refreshed until \
                 they are used again"
            );
        }
        Ok(number)
    }
}
