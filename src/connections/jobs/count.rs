//! Counts connections and looks at the upstreams' health, for the metrics. Every replica sees the
//! same database, and says the same.

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
    store::{Counted, StoreError},
};

/// It takes no more than this share of the time of a connection to the database.
const SHARE: u32 = 100;

impl Connections {
    /// Counts, and says how long to wait before the next time: large tables take longer, and are
    /// counted less often.
    pub(super) async fn count(&self) -> Result<Duration, StoreError> {
        let began = Instant::now();
        let counted = self.parts.store.count_connections().await?;
        let took = began.elapsed();
        self.tell(&counted);
        for of in self.parts.store.health_of_all().await? {
            metrics::upstream_health(&of.target, of.is_down, of.failures, of.last_success_at);
        }
        Ok(MINUTE.max(took * SHARE))
    }

    fn tell(&self, counted: &[Counted]) {
        let mut numbers = BTreeMap::<(Provider, &str), u64>::new();
        let mut overdue = BTreeMap::<Provider, TimeDelta>::new();
        // A provider without any is told as well: what was said of it before must not stand.
        for provider in Provider::ALL.iter().copied() {
            for status in ["active", "refresh_failing", "reauthentication_required"] {
                numbers.insert((provider, status), 0);
            }
            if self.has_worker() && self.can_refresh_alone(provider) {
                overdue.insert(provider, TimeDelta::zero());
            }
        }
        for of in counted {
            let status = match of.state {
                State::ReauthenticationRequired => "reauthentication_required",
                _ if of.ended => "reauthentication_required",
                State::RefreshFailing => "refresh_failing",
                State::Active | State::Connecting => "active",
            };
            *numbers.entry((of.provider, status)).or_default() += of.number;
            // One that requires a sign-in is tried now and then, and nobody waits for it.
            if of.state != State::ReauthenticationRequired
                && let (Some(late), Some(worst)) = (of.overdue, overdue.get_mut(&of.provider))
            {
                *worst = late.max(*worst);
            }
        }
        for ((provider, status), number) in numbers {
            metrics::connections(provider, status, number);
        }
        for (provider, late) in overdue {
            metrics::refresh_overdue(provider, late);
        }
    }
}
