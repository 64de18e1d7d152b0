use strum::{EnumString, IntoStaticStr};

use crate::ClientId;

/// What happened to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "sea-orm",
    derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum),
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
pub enum Kind {
    Connected,
    TokenRead,
    Refreshed,
    /// Refreshed, and the provider issued a new refresh token.
    Rotated,
    RefreshFailed,
    ReauthenticationRequired,
    Disconnected,
    /// The grant of a disconnected connection was revoked at the provider.
    Revoked,
    /// The grant can't be revoked: the provider has no API for it, or this server has no client
    /// credentials.
    RevocationUnsupported,
    /// The provider did not revoke the grant after repeated attempts.
    RevocationFailed,
    /// The tokens were re-encrypted with another key.
    KeyRotated,
    /// A client was given access to the tokens.
    AccessGranted,
    /// A client's access was revoked.
    AccessRevoked,
    /// The tokens belong to a different account at the provider than before.
    AccountChanged,
    /// The provider returned the account.
    AccountRead,
    /// The scopes of the tokens changed.
    ScopesChanged,
    /// The user must sign in again soon, or the connection ends.
    ExpiresSoon,
}

/// On whose behalf something happens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    User,
    Service,
    /// A background job of this server.
    Worker,
    /// An app that acts for the user.
    Client(ClientId),
}

impl Actor {
    pub fn kind(&self) -> ActorKind {
        match self {
            Self::User => ActorKind::User,
            Self::Service => ActorKind::Service,
            Self::Worker => ActorKind::Worker,
            Self::Client(_) => ActorKind::Client,
        }
    }

    /// Its client id.
    pub fn client_id(&self) -> Option<&ClientId> {
        match self {
            Self::Client(id) => Some(id),
            Self::User | Self::Service | Self::Worker => None,
        }
    }

    /// The actor from its parts. `None`: a client without an id.
    pub fn of(kind: ActorKind, client_id: Option<&str>) -> Option<Self> {
        Some(match kind {
            ActorKind::User => Self::User,
            ActorKind::Service => Self::Service,
            ActorKind::Worker => Self::Worker,
            ActorKind::Client => Self::Client(ClientId::parse(client_id?)?),
        })
    }
}

/// An [`Actor`] without its client id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr)]
#[cfg_attr(
    feature = "sea-orm",
    derive(sea_orm::EnumIter, sea_orm::DeriveActiveEnum),
    sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")
)]
#[strum(serialize_all = "snake_case")]
pub enum ActorKind {
    User,
    Service,
    Worker,
    Client,
}
