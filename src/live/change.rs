use domain::Provider;
use uuid::Uuid;

use crate::store::{AppendedEvent, Event};

/// A change of a user's connections, or a possible one. Never contains a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub user_id: Uuid,
    /// `None`: any of them may have changed.
    pub provider: Option<Provider>,
    /// `None`: changes may have been missed.
    pub event: Option<Event>,
}

impl Change {
    /// The subscriber must read everything again.
    pub(super) fn gap(user_id: Uuid) -> Self {
        Self { user_id, provider: None, event: None }
    }
}

impl From<AppendedEvent> for Change {
    fn from(appended: AppendedEvent) -> Self {
        let AppendedEvent { user_id, provider, event } = appended;
        Self { user_id, provider: Some(provider), event: Some(event) }
    }
}

/// Why a subscription has ended, if its subscriber did not end it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The subscriber does not receive changes fast enough.
    TooSlow,
    /// The JWT that it was started with has expired.
    Expired,
}

/// Why a subscription was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("Subscriptions are turned off on this server. Poll providerConnections instead.")]
    Off,
    #[error("This server has reached its limit of subscribers. Try again later.")]
    Full,
    #[error("This user has reached the limit of subscriptions per user. End one of them first.")]
    FullForUser,
}
