use async_graphql::{Enum, ID, SimpleObject};
use domain::{ActorKind, Kind};
use uuid::Uuid;

use crate::{connections::Connections, graphql::scalars::Timestamptz, store::Event};

/// Something that happened to a connection.
#[derive(Clone, Debug, SimpleObject)]
pub struct ProviderConnectionEvent {
    /// The id of the event, an opaque string. To get the next page, pass the id of the last event
    /// as `after`.
    id: ID,
    /// The kind of event.
    kind: ProviderConnectionEventKind,
    /// Who caused it.
    actor: ProviderConnectionEventActor,
    /// The client id of the app that caused the event (`actor` is `CLIENT`), or that gained or lost
    /// access; null if no app is involved.
    client_id: Option<String>,
    /// When it happened. For reads that are counted together, the time of the first.
    at: Timestamptz,
    /// How many times it happened. Reads of the access token within a few seconds are counted as
    /// one event.
    times: i32,
    /// The error code of a failure, as in `extensions.code`; null if nothing failed.
    code: Option<String>,
    /// Details of a failure for an operator, such as who answered with which status; null if there
    /// are none. Never contains a secret.
    evidence: Option<String>,
}

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum ProviderConnectionEventKind {
    /// The user signed in with the provider, and the tokens were fetched and stored.
    Connected,
    /// The access token was read.
    TokenRead,
    /// The access token was refreshed.
    Refreshed,
    /// The access token was refreshed, and the provider issued a new refresh token.
    Rotated,
    /// The access token could not be refreshed. The server tries again.
    RefreshFailed,
    /// The grant was revoked or has expired: the user must sign in again.
    ReauthenticationRequired,
    /// The connection and its tokens were deleted from this server.
    Disconnected,
    /// The grant of a deleted connection was revoked at the provider.
    Revoked,
    /// The grant of a deleted connection can't be revoked: the provider has no API for it, or this
    /// server has no client credentials.
    RevocationUnsupported,
    /// The provider did not revoke the grant of a deleted connection after repeated attempts, and
    /// the server has given up.
    RevocationFailed,
    /// The stored tokens were re-encrypted with another key.
    KeyRotated,
    /// An app was allowed to read access tokens.
    AccessGranted,
    /// An app's access was revoked.
    AccessRevoked,
    /// The user signed in with a different account at the provider than before.
    AccountChanged,
    /// The provider returned the account that the tokens belong to: `account` is now known.
    AccountRead,
    /// The scopes of the tokens changed.
    ScopesChanged,
    /// The connection expires soon unless the user signs in with the provider again.
    ExpiresSoon,
}

/// Who caused an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "ActorKind")]
pub enum ProviderConnectionEventActor {
    /// The user.
    User,
    /// Hasura, a serverless function or another service on the user's behalf.
    Service,
    /// A background job of this server.
    Worker,
    /// An OAuth app or MCP client that acts for the user. See `clientId`.
    Client,
}

impl ProviderConnectionEvent {
    pub fn new(connections: &Connections, user_id: Uuid, event: &Event) -> Self {
        Self {
            id: connections.event_id(user_id, event).into(),
            kind: event.kind.into(),
            actor: event.actor.into(),
            client_id: event.client_id.clone(),
            at: Timestamptz(event.at),
            times: event.times,
            code: event.detail.clone(),
            evidence: event.evidence.clone(),
        }
    }
}
