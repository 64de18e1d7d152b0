use uuid::Uuid;

use super::{Connections, Error};
use crate::store::{Event, EventPage};

/// The number of events in a page: 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u32);

impl PageSize {
    pub const LARGEST: u32 = 100;

    pub fn new(first: i32) -> Result<Self, Error> {
        match u32::try_from(first) {
            Ok(size) if (1..=Self::LARGEST).contains(&size) => Ok(Self(size)),
            _ => Err(Error::BadInput(format!(
                "first must be from 1 to {}, but is {first}.",
                Self::LARGEST
            ))),
        }
    }

    pub fn get(self) -> u32 {
        self.0
    }
}

impl Connections {
    /// The events of each of these pages, newest first. Callers must hold a [`super::Subject`] for
    /// the user of each.
    pub async fn events(&self, pages: &[EventPage]) -> Result<Vec<Vec<Event>>, Error> {
        Ok(self.parts.store.events(pages).await?)
    }

    /// The public id of an event, by which a client says where to continue. The number itself would
    /// reveal how many events all users have.
    pub fn event_id(&self, user_id: Uuid, event: &Event) -> String {
        self.parts.vault.opaque_id(user_id, event.id)
    }

    /// The number of an event of the user.
    pub fn event_number(&self, user_id: Uuid, id: &str) -> Result<i64, Error> {
        self.parts.vault.number_of(user_id, id).ok_or_else(|| {
            Error::BadInput(
                "after is not the id of an event of this user. Pass the id of the last event of \
                 the previous page, or leave it out to start with the newest."
                    .to_owned(),
            )
        })
    }
}
