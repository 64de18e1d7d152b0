//! The health of upstreams as this process last read or wrote it. It is usually still the same, and
//! a statement that relies on it confirms that ([`Store::pace_if_unchanged`]), so that it need not be
//! read for every call.
//!
//! [`Store::pace_if_unchanged`]: crate::store::Store::pace_if_unchanged

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use domain::{Health, Target, Targets};

use crate::{
    connections::Connections,
    store::{KnownHealth, StoreError},
};

#[derive(Debug, Default)]
pub struct LastHealth(Mutex<HashMap<Target, KnownHealth>>);

impl LastHealth {
    /// What is known about all of them, at a time of the database's clock.
    pub(super) fn of(&self, targets: Targets, now: DateTime<Utc>) -> Option<Vec<KnownHealth>> {
        let healths = self.all();
        let known = |target| healths.get(&target).map(|known| known.at(now));
        targets.all().map(known).collect()
    }

    fn keep(&self, known: &KnownHealth) {
        self.all().insert(known.target, known.clone());
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Target, KnownHealth>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connections {
    /// Reads the health of these upstreams, in their order.
    pub(in crate::connections) async fn health(
        &self,
        targets: Targets,
    ) -> Result<Vec<KnownHealth>, StoreError> {
        let known = self.parts.store.health(targets).await?;
        for known in &known {
            self.parts.work.last_health.keep(known);
        }
        Ok(known)
    }

    /// Replaces what was read. `false`: another replica has written in the meantime.
    pub(in crate::connections) async fn replace_health(
        &self,
        known: &KnownHealth,
        health: &Health,
    ) -> Result<bool, StoreError> {
        let replaced = self.parts.store.replace_health(known, health).await?;
        if let Some(known) = &replaced {
            self.parts.work.last_health.keep(known);
        }
        Ok(replaced.is_some())
    }
}
