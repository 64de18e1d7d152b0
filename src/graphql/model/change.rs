use async_graphql::SimpleObject;

use super::{OAuthProvider, ProviderConnectionEvent};
use crate::{connections::Connections, graphql::scalars::Uuid, live::Change};

/// A message that a user's connections have changed, or may have changed. It contains no token:
/// read `providerConnections` again when you receive it.
#[derive(Clone, Debug, SimpleObject)]
pub struct ProviderConnectionChange {
    /// The user who owns the connections, by their Nhost id.
    user_id: Uuid,
    /// The provider whose connection changed; null if any of them may have changed.
    provider: Option<OAuthProvider>,
    /// What happened; null in the first message and after a gap, when changes may have been missed.
    event: Option<ProviderConnectionEvent>,
}

impl ProviderConnectionChange {
    pub fn new(connections: &Connections, change: &Change) -> Self {
        let shown = |event| ProviderConnectionEvent::new(connections, change.user_id, event);
        Self {
            user_id: Uuid(change.user_id),
            provider: change.provider.map(Into::into),
            event: change.event.as_ref().map(shown),
        }
    }
}
