use domain::outlives_testing;
use tokio::time::Instant;

use super::SLICE;
use crate::{
    connections::{Connections, ends::providers_in_testing},
    store::StoreError,
    upstream::life_in_testing,
};

/// Connections that are looked at in one transaction: its locks last for a few milliseconds.
const BATCH: u64 = 32;

impl Connections {
    /// Looks at the connections whose turn it is, and writes the event `EXPIRES_SOON` for those that
    /// end soon. Answers how many these were.
    pub async fn tell_what_ends_soon(&self) -> Result<u64, StoreError> {
        self.learn_what_is_in_testing().await?;
        let until = Instant::now() + SLICE;
        let mut told = 0;
        while Instant::now() < until {
            let looked = self.parts.store.look_at_ends(BATCH, |facts| self.look(facts)).await?;
            told += looked.told;
            if looked.rows < BATCH {
                break;
            }
        }
        if told > 0 {
            tracing::info!(number = told, "connections end soon unless their users sign in again");
        }
        Ok(told)
    }

    /// Reads what was seen of OAuth apps in testing, and drops what the connections of others show
    /// to be wrong: whoever revokes grants of their own may make it look so.
    async fn learn_what_is_in_testing(&self) -> Result<(), StoreError> {
        let store = &self.parts.store;
        let mut in_testing = Vec::new();
        for provider in providers_in_testing(store).await? {
            let Some(life) = life_in_testing(provider) else { continue };
            if store.has_outlived(provider, outlives_testing(life)).await? {
                store.forget_ends_in_testing(provider).await?;
            } else {
                in_testing.push(provider);
            }
        }
        self.parts.work.in_testing.set(in_testing);
        Ok(())
    }
}
