use async_graphql::SimpleObject;

use super::OAuthProvider;
use crate::{
    graphql::scalars::{Timestamptz, Uuid},
    store::AccessGrant,
};

/// A user's word that an app may read fresh access tokens of one of their connections.
#[derive(Clone, Debug, SimpleObject)]
pub struct ProviderAccessGrant {
    /// The app, by its client id at Nhost Auth.
    client_id: String,
    /// The provider that the connection is to.
    provider: OAuthProvider,
    /// Whose connection it is.
    user_id: Uuid,
    /// When access was granted.
    granted_at: Timestamptz,
    /// When the app was last handed an access token, a few seconds late; null: not yet.
    last_used_at: Option<Timestamptz>,
}

impl From<AccessGrant> for ProviderAccessGrant {
    fn from(grant: AccessGrant) -> Self {
        Self {
            client_id: grant.client_id,
            provider: grant.provider.into(),
            user_id: Uuid(grant.user_id),
            granted_at: Timestamptz(grant.granted_at),
            last_used_at: grant.last_used_at.map(Timestamptz),
        }
    }
}
