use std::str::FromStr;

use super::{Connections, Error};
use crate::store::{Event, EventPage};

/// Events that are removed at once: few enough for a write that nobody waits for.
const PRUNED_AT_ONCE: u64 = 1_000;

/// How many events are answered: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u32);

impl PageSize {
    pub const LARGEST: u32 = 100;

    pub fn new(first: i32) -> Result<Self, Error> {
        match u32::try_from(first) {
            Ok(size) if (1..=Self::LARGEST).contains(&size) => Ok(Self(size)),
            _ => Err(Error::BadInput(format!(
                "first is a number of events from 1 to {}; it was {first}.",
                Self::LARGEST
            ))),
        }
    }

    pub fn get(self) -> u32 {
        self.0
    }
}

/// The id of an event, by which a client says how far it has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventId(pub i64);

impl FromStr for EventId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        text.parse().map(Self).map_err(|_| {
            Error::BadInput(
                "after is not the id of an event: send the id of the last event that you have, as \
                 it was answered."
                    .to_owned(),
            )
        })
    }
}

impl Connections {
    /// The events of each of these pages, newest first. Callers hold a [`super::Subject`] for the
    /// user of each.
    pub async fn events(&self, pages: &[EventPage]) -> Result<Vec<Vec<Event>>, Error> {
        Ok(self.parts.store.events(pages).await?)
    }

    /// Removes the events that are older than the setting says, and the tombstones with them.
    /// Answers how many events there were.
    pub async fn prune_events(&self) -> Result<u64, Error> {
        let parts = &self.parts;
        let mut all = 0;
        loop {
            let pruned = parts.store.prune_events(parts.event_retention, PRUNED_AT_ONCE).await?;
            all += pruned;
            if pruned < PRUNED_AT_ONCE {
                break;
            }
        }
        while parts.store.prune_tombstones(parts.event_retention, PRUNED_AT_ONCE).await?
            >= PRUNED_AT_ONCE
        {}
        Ok(all)
    }
}
