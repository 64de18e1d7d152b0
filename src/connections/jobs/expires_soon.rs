use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::outlives_testing;
use tokio::time::{Instant, sleep};

use super::SLICE;
use crate::{
    connections::{Connections, ends::providers_in_testing},
    store::StoreError,
    upstream::life_in_testing,
};

/// Connections that are looked at in one transaction: its locks last for a few milliseconds.
const BATCH: u64 = 32;
/// About so many users are told in a run: an upgrade or a setting may bring many ends near at once, and
/// each of them may be a mail to somebody.
const MOST_TOLD: u64 = 1_000;
/// So often a server reads the connections of a provider whose OAuth app seems to be in testing, for
/// one that shows otherwise: no index leads there.
const CHECKS_TESTING: TimeDelta = TimeDelta::hours(1);

impl Connections {
    /// Looks at the connections whose turn it is, and writes the event `EXPIRES_SOON` for those that
    /// end soon. Answers how many these were.
    pub async fn tell_what_ends_soon(&self) -> Result<u64, StoreError> {
        self.learn_what_is_in_testing().await?;
        let until = Instant::now() + SLICE;
        let mut told = 0;
        while Instant::now() < until && told < MOST_TOLD {
            let began = Instant::now();
            let looked = self.parts.store.look_at_ends(BATCH, |facts| self.look(facts)).await?;
            told += looked.told;
            if looked.rows < BATCH {
                break;
            }
            // SQLite has one writer at a time, and the first look at all rows takes thousands of
            // batches: others get every second turn.
            sleep(began.elapsed()).await;
        }
        if told > 0 {
            tracing::info!(
                number = told,
                "connections expire soon unless their users sign in \
                                           again"
            );
        }
        Ok(told)
    }

    /// Reads what was seen of OAuth apps in testing, and drops what the connections of others show
    /// to be wrong: whoever revokes grants of their own may make it look so.
    async fn learn_what_is_in_testing(&self) -> Result<(), StoreError> {
        let store = &self.parts.store;
        let known = &self.parts.work.in_testing;
        let mut in_testing = BTreeMap::new();
        for provider in providers_in_testing(store).await? {
            let Some(life) = life_in_testing(provider) else { continue };
            let now = store.time().await?;
            let recently = known.checked_at(provider).filter(|at| now - *at < CHECKS_TESTING);
            if let Some(checked_at) = recently {
                in_testing.insert(provider, checked_at);
            } else if store.has_outlived(provider, outlives_testing(life)).await? {
                store.forget_ends_in_testing(provider).await?;
            } else {
                in_testing.insert(provider, now);
            }
        }
        known.set(in_testing);
        Ok(())
    }
}
