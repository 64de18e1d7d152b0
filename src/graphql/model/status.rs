use async_graphql::Enum;

use crate::connections::Status;

/// Whether a connection works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Status")]
pub enum ProviderConnectionStatus {
    /// The connection works.
    Active,
    /// The last refresh failed, and the server tries again. Until the current access token expires,
    /// it is still returned.
    RefreshFailing,
    /// The grant was revoked or has expired. The user must sign in with the provider again, at
    /// `reauthenticationUrl`.
    ReauthenticationRequired,
}
