//! Counts connections and reads the upstreams' health for the metrics. Every replica reads the same
//! database, so all report the same.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use domain::{Provider, State};

use super::MINUTE;
use crate::{
    connections::Connections,
    metrics,
    store::{StatusOfConnections, StoreError},
};

/// The maximum share of the time of one database connection that counting may take.
const SHARE: u32 = 100;

impl Connections {
    /// Counts, and returns how long to wait before the next time: large tables take longer, and are
    /// counted less often.
    pub(super) async fn count(&self) -> Result<Duration, StoreError> {
        let began = Instant::now();
        let counted = self.parts.store.connections_by_state().await?;
        self.tell(&counted);
        for of in self.parts.store.upstreams().await? {
            metrics::upstream_health(&of.name, of.is_down, of.failures, of.last_success_at);
        }
        if self.sends_webhooks() {
            let webhooks = self.parts.store.webhook_status().await?;
            let number = |of: i64| u64::try_from(of).unwrap_or_default();
            let is_gone = webhooks.disabled_since.is_some();
            metrics::webhooks(number(webhooks.pending), number(webhooks.dead), is_gone);
        }
        Ok(MINUTE.max(began.elapsed() * SHARE))
    }

    fn tell(&self, counted: &[StatusOfConnections]) {
        let mut numbers = BTreeMap::<(Provider, &str), u64>::new();
        let mut overdue = BTreeMap::<Provider, TimeDelta>::new();
        let mut ending = BTreeMap::<Provider, u64>::new();
        // A provider without connections is reported as well, to overwrite an earlier value.
        for provider in Provider::ALL.iter().copied() {
            for status in ["active", "refresh_failing", "reauthentication_required"] {
                numbers.insert((provider, status), 0);
            }
            ending.insert(provider, 0);
            if self.has_worker() && self.can_refresh_alone(provider) {
                overdue.insert(provider, TimeDelta::zero());
            }
        }
        for of in counted {
            let status = match of.shown {
                State::ReauthenticationRequired => "reauthentication_required",
                State::RefreshFailing => "refresh_failing",
                State::Active | State::Connecting => "active",
            };
            let number = u64::try_from(of.number).unwrap_or_default();
            *numbers.entry((of.provider, status)).or_default() += number;
            *ending.entry(of.provider).or_default() +=
                u64::try_from(of.ending_soon()).unwrap_or_default();
            if let (Some(due), Some(worst)) = (of.oldest_due_at, overdue.get_mut(&of.provider)) {
                *worst = (of.now - due).max(*worst);
            }
        }
        for ((provider, status), number) in numbers {
            metrics::connections(provider, status, number);
        }
        for (provider, number) in ending {
            metrics::ending_soon(provider, number);
        }
        for (provider, late) in overdue {
            metrics::refresh_overdue(provider, late);
        }
    }
}
