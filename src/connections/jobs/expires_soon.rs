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

/// Connections that are checked in one transaction: its locks last for a few milliseconds.
const BATCH: u64 = 32;
/// About how many users are notified per run: after an upgrade or a changed setting many
/// connections may suddenly end soon, and each notification may cause an email.
const MOST_TOLD: u64 = 1_000;
/// How often a server reads the connections of a provider whose OAuth app seems to be in testing,
/// to find one that contradicts it: no index helps here.
const CHECKS_TESTING: TimeDelta = TimeDelta::hours(1);

impl Connections {
    /// Checks the due connections, and writes the event `EXPIRES_SOON` for those that end soon.
    /// Returns their number.
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
            // SQLite has one writer at a time, and the first check of all rows takes thousands of
            // batches: every second turn is left to others.
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

    /// Reads what was observed about OAuth apps in testing, and drops what the connections of
    /// others contradict: anyone who revokes their own grants could make it look that way.
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
