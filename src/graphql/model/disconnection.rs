use async_graphql::{Enum, Object};

use crate::{
    connections::{Disconnected, Revocation},
    graphql::{
        model::OAuthProvider,
        scalars::{Timestamptz, Uuid},
    },
};

/// What happened to the grant at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Revocation")]
pub enum ProviderRevocation {
    /// The provider has revoked the grant.
    Revoked,
    /// The grant has not been revoked yet. This server keeps asking the provider to revoke it.
    Pending,
    /// The provider has no API for revoking a grant, or this server has no client credentials for
    /// it. The grant lasts until the user removes it in their account settings at the provider.
    Unsupported,
}

#[derive(Clone, Debug)]
pub struct ProviderDisconnection(pub Disconnected);

/// A connection that was deleted.
#[Object]
impl ProviderDisconnection {
    /// The id of the deleted connection.
    async fn id(&self) -> Uuid {
        Uuid(self.0.id)
    }

    /// The user who owned the connection, by their Nhost id.
    async fn user_id(&self) -> Uuid {
        Uuid(self.0.user_id)
    }

    /// The provider.
    async fn provider(&self) -> OAuthProvider {
        self.0.provider.into()
    }

    /// Whether the grant was revoked at the provider.
    async fn revocation(&self) -> ProviderRevocation {
        self.0.revocation.into()
    }

    /// When the connection was deleted.
    async fn disconnected_at(&self) -> Timestamptz {
        Timestamptz(self.0.at)
    }
}
