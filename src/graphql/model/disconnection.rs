use async_graphql::Object;

use crate::{
    connections::Disconnected,
    graphql::{
        model::OAuthProvider,
        scalars::{Timestamptz, Uuid},
    },
};

#[derive(Clone, Debug)]
pub struct ProviderDisconnection(pub Disconnected);

/// A connection that was removed.
#[Object]
impl ProviderDisconnection {
    /// The id that the connection had.
    async fn id(&self) -> Uuid {
        Uuid(self.0.id)
    }

    /// Whose connection it was.
    async fn user_id(&self) -> Uuid {
        Uuid(self.0.user_id)
    }

    /// The provider that it was a connection to.
    async fn provider(&self) -> OAuthProvider {
        self.0.provider.into()
    }

    /// When it was removed.
    async fn disconnected_at(&self) -> Timestamptz {
        Timestamptz(self.0.at)
    }
}
