use std::fmt;

use domain::{ClientId, Provider};

use crate::{auth::Client, upstream::display_name};

/// A rejected request of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotGranted {
    /// `None`: its JWT has no client id that access could be granted to.
    pub client_id: Option<ClientId>,
    what: Ungranted,
}

/// What a client lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ungranted {
    /// A client id: nothing can be granted to it.
    Unnamed,
    /// Any grant.
    Anything,
    /// The grant for this provider.
    Provider(Provider),
    /// An operation that no grant allows.
    MoreThanReading,
    /// A field of a connection that no grant allows.
    Field,
}

impl NotGranted {
    pub(super) fn of(client: &Client, what: Ungranted) -> Self {
        Self { client_id: client.id().cloned(), what }
    }

    /// The provider that the user would have to grant access to.
    pub fn provider(&self) -> Option<Provider> {
        match self.what {
            Ungranted::Provider(provider) => Some(provider),
            _ => None,
        }
    }
}

impl fmt::Display for NotGranted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            Ungranted::Unnamed => f.write_str(
                "This access token was issued to an app but doesn't contain its client id, so no \
                 user can grant it access. Use an access token of the user's own session.",
            ),
            Ungranted::Anything => f.write_str(
                "The user has not granted this app access to any connection. The user can grant it \
                 in the app that manages the connections.",
            ),
            Ungranted::Provider(provider) => write!(
                f,
                "The user has not granted this app access to {}. The user can grant it in the app \
                 that manages the connection.",
                display_name(provider)
            ),
            Ungranted::MoreThanReading => f.write_str(
                "An app that acts for a user can only query providerConnections and \
                 providerConnection, for the connections that the user has granted to it. For \
                 anything else, use an access token of the user's own session.",
            ),
            Ungranted::Field => f.write_str(
                "An app that acts for a user can only select id, provider, status, accessToken, \
                 expiresAt, refreshable and reauthenticationUrl of a connection. Leave the other \
                 fields out.",
            ),
        }
    }
}

impl std::error::Error for NotGranted {}
