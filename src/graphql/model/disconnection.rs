use async_graphql::{Enum, Object};

use crate::{
    connections::{Disconnected, Revocation},
    graphql::{
        model::OAuthProvider,
        scalars::{Timestamptz, Uuid},
    },
};

/// What became of the grant at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Revocation")]
pub enum ProviderRevocation {
    /// The provider has ended it.
    Revoked,
    /// The provider could not be told yet. This server tells it again until it listens.
    Pending,
    /// The provider can't be told, or this server has no client credentials for it: the grant
    /// stays until the user ends it in the settings of their account there.
    Unsupported,
}

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

    /// Whether the provider was told that the grant has ended.
    async fn revocation(&self) -> ProviderRevocation {
        self.0.revocation.into()
    }

    /// When it was removed.
    async fn disconnected_at(&self) -> Timestamptz {
        Timestamptz(self.0.at)
    }
}
