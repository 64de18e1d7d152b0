use async_graphql::{Enum, ID, SimpleObject};
use domain::{ActorKind, Kind};
use uuid::Uuid;

use crate::{connections::Connections, graphql::scalars::Timestamptz, store::Event};

/// Something that happened to a connection.
#[derive(Clone, Debug, SimpleObject)]
pub struct ProviderConnectionEvent {
    /// The event's own id, opaque; that of the last event of a page is the next page's `after`.
    id: ID,
    /// What happened.
    kind: ProviderConnectionEventKind,
    /// On whose behalf.
    actor: ProviderConnectionEventActor,
    /// The client id of the app that did it (`CLIENT`), or that access was granted to or revoked
    /// from; null: no app is concerned.
    client_id: Option<String>,
    /// When; of reads that are counted together, the first.
    at: Timestamptz,
    /// How often: reads of the access token within a few seconds are one event.
    times: i32,
    /// The error code of a failure, as in `extensions.code`; null: nothing failed.
    code: Option<String>,
    /// What was seen of a failure: who answered what. Never a secret.
    evidence: Option<String>,
}

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Kind")]
pub enum ProviderConnectionEventKind {
    /// The user signed in with the provider, and the tokens were fetched and kept.
    Connected,
    /// The access token was handed out.
    TokenRead,
    /// The access token was renewed.
    Refreshed,
    /// The access token was renewed, and the provider gave another refresh token.
    Rotated,
    /// The access token could not be renewed; it is tried again.
    RefreshFailed,
    /// The grant was found to have been revoked or to have ended.
    ReauthenticationRequired,
    /// The connection and its tokens were removed from this server.
    Disconnected,
    /// The provider was told that the grant of a removed connection has ended.
    Revoked,
    /// The provider can't be told that the grant has ended.
    RevocationUnsupported,
    /// The provider was told again and again that the grant has ended, and did not listen.
    RevocationFailed,
    /// The stored tokens were sealed with another key.
    KeyRotated,
    /// An app was granted access to the access token.
    AccessGranted,
    /// An app's access was revoked.
    AccessRevoked,
    /// The user signed in with another account at the provider than before.
    AccountChanged,
    /// The provider has said which account the tokens are of: `account` is known.
    AccountRead,
    /// The tokens allow more or less than before: the scopes are others.
    ScopesChanged,
    /// The connection ends soon unless the user signs in with the provider again.
    ExpiresSoon,
}

/// On whose behalf something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "ActorKind")]
pub enum ProviderConnectionEventActor {
    /// The user.
    User,
    /// Hasura, a function or another service, for the user.
    Service,
    /// This server by itself.
    Worker,
    /// An OAuth app or MCP client that acts for the user, see `clientId`.
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
