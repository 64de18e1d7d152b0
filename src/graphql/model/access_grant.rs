use async_graphql::SimpleObject;

use super::OAuthProvider;
use crate::{
    graphql::scalars::{Timestamptz, Uuid},
    store::AccessGrant,
};

/// A user's permission for an app to read fresh access tokens of one of their connections.
#[derive(Clone, Debug, SimpleObject)]
pub struct ProviderAccessGrant {
    /// The app's client id at Nhost Auth.
    client_id: String,
    /// The provider whose access tokens the app may read.
    provider: OAuthProvider,
    /// The user who owns the connection, by their Nhost id.
    user_id: Uuid,
    /// When the user granted access.
    granted_at: Timestamptz,
    /// When the app last read an access token; null if it never has. Updated a few seconds after
    /// the read.
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
