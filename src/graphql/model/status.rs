use async_graphql::Enum;

use crate::connections::Status;

/// What is known of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Status")]
pub enum ProviderConnectionStatus {
    /// All is well.
    Active,
    /// The last refresh failed, and is tried again. An access token that is alive is still handed
    /// out.
    RefreshFailing,
    /// The grant was revoked or has ended: the user signs in with the provider again, see
    /// `reauthenticationUrl`.
    ReauthenticationRequired,
}
