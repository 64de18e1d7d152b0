use async_graphql::SimpleObject;

use super::{OAuthProvider, ProviderConnectionEvent};
use crate::{connections::Connections, graphql::scalars::Uuid, live::Change};

/// Something about a user's connections has changed, or may have. It holds no token: whoever
/// hears it reads `providerConnections` again.
#[derive(Clone, Debug, SimpleObject)]
pub struct ProviderConnectionChange {
    /// Whose connections.
    user_id: Uuid,
    /// The provider; null: any of them may have changed.
    provider: Option<OAuthProvider>,
    /// What happened; null: changes may have been missed. So it is in the first message, and after
    /// each gap.
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
